"""Who may ask the server for what."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facethemodel.catalogue import inspections, photos
from facethemodel.catalogue.records import Inspection
from facethemodel.inspection.run import CRASH
from facethemodel.photos.limits import UnreadablePhotoError
from facethemodel.project import Project
from facethemodel.review import pictures

NASTY = "<img src=x onerror=alert(1)>\"'&{{7*7}}"
SECRET = b"[split]"


@pytest.fixture(scope="module")
def project(make_project: Callable[..., Project], tmp_path_factory: pytest.TempPathFactory) -> Project:
    return make_project(
        tmp_path_factory.mktemp("safe") / "project", count=3, person=NASTY, name=NASTY + "{}.jpg"
    )


@pytest.fixture(scope="module")
def running(serve_page: Callable[..., Any], project: Project) -> Any:
    return serve_page(project)


@pytest.fixture
def sha(running: Any) -> str:
    return str(running.get("/api/list")["cards"][0]["sha256"])


def own(running: Any) -> dict[str, str]:
    return {
        "Origin": running.page.rstrip("/"),
        "X-Review-Word": running.word,
        "Content-Type": "application/json",
    }


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1:1"}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Cookie": ""}, 403),
        ({"Cookie": "facethemodel-review=guess"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/list", "/api/facets"])
def test_only_the_own_window_is_answered(
    running: Any, path: str, headers: dict[str, str], status: int
) -> None:
    found, answer, body = running.ask(path, headers=headers)
    assert found == status
    assert answer["x-content-type-options"] == "nosniff"
    policy = answer["content-security-policy"].split("; ")
    assert policy[:2] == ["default-src 'none'", "script-src 'self'"]
    assert {"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"} < set(policy)
    assert (answer["x-frame-options"], answer["referrer-policy"]) == ("DENY", "no-referrer")
    for what in ("opener", "resource"):
        assert answer[f"cross-origin-{what}-policy"] == "same-origin"
    assert (NASTY.encode() in body) is False
    if status != 200:
        assert b"sha256" not in body


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"X-Review-Word": ""}, 403),
        ({"X-Review-Word": "guess"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Cookie": ""}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Length": str(1 << 21)}, 413),
        ({}, 200),
    ],
)
def test_nothing_changes_without_the_word_of_the_page(
    running: Any, sha: str, change: dict[str, str], status: int
) -> None:
    body = {"key": f"key-{status}-{len(str(change)):04d}", "what": "keep", "shas": [sha]}
    before = running.get("/api/progress")["progress"]["newest"]
    found, _, _ = running.ask("/api/act", method="POST", body=body, headers=own(running) | change)
    assert found == status
    assert (running.get("/api/progress")["progress"]["newest"] == before) == (status != 200)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(running: Any, method: str) -> None:
    assert running.ask("/api/act", method=method, headers=own(running))[0] == 405


def test_a_body_that_is_longer_than_it_says_is_cut_off(running: Any) -> None:
    head = (
        f"POST /api/act HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\nCookie: {running.cookie}\r\n"
        f"Origin: {running.page.rstrip('/')}\r\nX-Review-Word: {running.word}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", running.port), timeout=20) as connection:
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "path",
    [
        "/docs",
        "/redoc",
        "/openapi.json",
        "/static/../facethemodel.toml",
        "/static/..%2f..%2fpage.html.j2",
        "/static/%2e%2e/guard.py",
        "/static/page.html.j2",
        "/photo/../../facethemodel.toml/256.jpg",
        "/photo/..%2f..%2ffacethemodel.toml/256.jpg",
        "/photo/" + "0" * 64 + "/256.jpg",
        "/photo/" + "A" * 64 + "/256.jpg",
        "/face/" + "0" * 64 + "/0.jpg",
        "/face/" + "0" * 64 + "/-2.jpg",
        "//etc/passwd",
    ],
)
def test_paths_lead_nowhere_else(running: Any, path: str) -> None:
    status, headers, body = running.ask(path)
    assert status in (404, 422)
    assert SECRET not in body
    assert headers["x-content-type-options"] == "nosniff"


def test_photos_come_only_in_sizes_that_are_known_and_are_kept_by_the_browser(running: Any, sha: str) -> None:
    for path in (f"/photo/{sha}/256.jpg", f"/face/{sha}/0.jpg?v=1"):
        status, headers, body = running.ask(path)
        assert (status, headers["content-type"], body[:2]) == (200, "image/jpeg", b"\xff\xd8")
        assert headers["cache-control"] == "private, max-age=31536000, immutable"
    assert running.ask(f"/photo/{sha}/99999.jpg")[0] == 404
    assert running.ask(f"/face/{sha}/7.jpg")[0] == 404


@pytest.mark.parametrize(
    "query",
    ["sort=colour", "band=red", "numbers=1", "role=" + "x" * 5000],
)
def test_questions_that_make_no_sense_are_refused(running: Any, query: str) -> None:
    assert running.ask(f"/api/list?{query}")[0] in (400, 422)
    assert running.ask("/api/cards?numbers=1;DROP")[0] == 422


def test_the_token_works_once_and_not_ahead_of_time(
    serve_page: Callable[..., Any], make_project: Callable[..., Project], tmp_path: Path
) -> None:
    running = serve_page(make_project(tmp_path / "project", count=1), enter=False)
    exchange = running.once.removeprefix(running.page.rstrip("/"))
    assert running.ask("/?token=guess")[0] == 403
    assert running.ask(exchange, headers={"Host": "evil.example"})[0] == 421
    assert running.ask(exchange, headers={"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert running.ask(exchange, headers={"Sec-Purpose": "prefetch;prerender"})[0] == 403
    status, headers, _ = running.ask(exchange)
    assert (status, headers["location"]) == (303, "/")
    assert headers["set-cookie"].endswith("; Path=/; HttpOnly; SameSite=Strict")
    status, headers, body = running.ask(exchange)
    assert (status, "set-cookie" in headers) == (403, False)
    assert b"works once" in body
    assert running.end() == 0


def test_a_port_that_is_taken_is_named(
    running: Any, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    from facethemodel.cli.application import run

    words = ["review", "--no-browser", "--project", str(project.root), "--port", str(running.port)]
    assert run(words) == 2
    assert f"port {running.port} cannot be used" in capsys.readouterr().err


def test_a_photo_that_crashed_the_decoder_is_not_decoded_by_the_server(
    make_project: Callable[..., Project], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(tmp_path / "project", count=1)
    with project.database() as db:
        (photo,) = photos.all_photos(db)
        inspections.record(db, [(Inspection(sha256=photo.sha256, reason=CRASH), ())], version=1)
    decoded: list[bytes] = []
    monkeypatch.setattr(pictures, "decode", lambda data, **_: decoded.append(data))
    served = pictures.Pictures(project)
    with pytest.raises(UnreadablePhotoError, match="crashed the decoder"):
        served.photo(photo.sha256, 256)
    served.close()
    assert decoded == []


@pytest.mark.parametrize("page", ["", "duplicates"])
def test_a_project_whose_folder_has_a_name_that_is_no_text(
    make_project: Callable[..., Project], serve_page: Callable[..., Any], tmp_path: Path, page: str
) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system refuses such a name")
    running = serve_page(make_project(folder, count=1))
    status, _, body = running.ask(f"/{page}")
    assert (status, b"caf\\xe9" in body) == (200, True)
