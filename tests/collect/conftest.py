from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Protocol

import pytest
from PIL import Image

from facethemodel.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "project", person="Paul McCartney")


@pytest.fixture(scope="session")
def picture() -> Callable[[int], bytes]:
    """Makes the bytes of a small PNG; each number gives another one."""

    def make(number: int) -> bytes:
        target = BytesIO()
        Image.new("RGB", (4, 4), (number % 256, number // 256 % 256, number // 65536)).save(target, "PNG")
        return target.getvalue()

    return make


Answer = bytes | tuple[int, bytes]


class Pages(Protocol):
    """A web site on this machine.

    Attributes:
        base: Its address, without a slash at the end.
        answers: By path with its query: the body, or status and body.
        otherwise: A function of the path that answers the rest; None means 404.
        asked: The paths that were asked for, without robots.txt.
        headers: What came with each of them.
    """

    base: str
    answers: dict[str, Answer]
    otherwise: Callable[[str], Answer | None] | None
    asked: list[str]
    headers: list[dict[str, str]]


@pytest.fixture
def pages() -> Iterator[Pages]:
    class Here:
        def __init__(self, base: str) -> None:
            self.base = base
            self.answers: dict[str, Answer] = {}
            self.otherwise: Callable[[str], Answer | None] | None = None
            self.asked: list[str] = []
            self.headers: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/robots.txt":
                answer: Answer | None = here.answers.get(self.path)
            else:
                here.asked.append(self.path)
                here.headers.append({name.lower(): value for name, value in self.headers.items()})
                answer = here.answers.get(self.path)
                if answer is None and here.otherwise is not None:
                    answer = here.otherwise(self.path)
            status, body = answer if isinstance(answer, tuple) else (200, answer or b"")
            self.send_response(404 if answer is None else status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here = Here(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
