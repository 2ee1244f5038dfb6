"""Serves the page on this machine until it is interrupted."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass

import uvicorn

from facethemodel.errors import UsageError
from facethemodel.project import Project
from facethemodel.review.application import make_application
from facethemodel.review.copies import Copies
from facethemodel.review.desk import Desk, Doubts
from facethemodel.review.guard import Keys
from facethemodel.review.pictures import Pictures

HOST = "127.0.0.1"
PORT = 8420
"""Taken where it is free: decisions that a page could not send wait in the browser for the same address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the page is; `once` opens it a single time, in the first browser that asks."""

    page: str
    once: str


def serve(
    project: Project, *, ready: Callable[[Address], None], port: int | None = None, doubts: Doubts = dict
) -> None:
    """Serves the page; returns when it is interrupted (Ctrl+C) or told to end.

    Args:
        project: Whose photos.
        ready: Called once connections are taken.
        port: None takes `PORT`, or any free one where that is in use.
        doubts: Reads how much the newest model doubts each label.

    Raises:
        UsageError: The port is in use.
    """
    listening = _listen(port)
    with listening:
        number = int(listening.getsockname()[1])
        keys = Keys()
        desk, pictures, copies = Desk(project, doubts), Pictures(project), Copies(project)
        try:
            app = make_application(desk, pictures, copies, keys=keys, port=number)
            server = uvicorn.Server(
                uvicorn.Config(
                    app,
                    log_config=None,
                    access_log=False,
                    server_header=False,
                    date_header=False,
                    proxy_headers=False,
                    ws="none",
                    lifespan="off",
                    timeout_graceful_shutdown=2,
                )
            )
            address = f"http://{HOST}:{number}/"
            # The socket takes connections already; they wait until the server looks.
            ready(Address(page=address, once=f"{address}?token={keys.token}"))
            server.run(sockets=[listening])
        finally:
            copies.close()
            pictures.close()
            desk.close()


def _listen(port: int | None) -> socket.socket:
    if port is None:
        try:
            return _listen(PORT)
        except UsageError:
            return _listen(0)
    # The protocol is named because asyncio looks at it: without it every answer waits 40 ms (Nagle).
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # A port of a server that has just ended can be taken again.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        raise UsageError(
            f"port {port} cannot be used: {(error.strerror or str(error)).lower()}",
            remedy="name another one: --port 8421",
        ) from error
    return listening
