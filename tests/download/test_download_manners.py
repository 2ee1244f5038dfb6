"""Robots, cookies, rates: how the downloader behaves towards others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from facethemodel.download.answers import Fetched, retry_after
from facethemodel.download.robots import forbids
from facethemodel.errors import CredentialsError

Site = Any
Fetch = Callable[..., Any]


def robots(site: Site, text: str, status: int = 200) -> None:
    site.scripts["/robots.txt"] = lambda asked: asked.answer(status, text.encode())


def test_robots_txt_is_read_once_and_obeyed(site: Site, fetch: Fetch, picture: bytes) -> None:
    robots(site, "User-agent: *\nDisallow: /private/\n")
    site.files |= {"/private/a": picture, "/b": picture, "/c": picture}
    results = fetch(site.url("/private/a"), site.url("/b"), site.url("/c"))
    assert [type(result) is Fetched for result in results] == [False, True, True]
    assert (results[0].outcome, results[0].reason) == ("barred", "the site's robots.txt says no")
    assert site.numbers["/robots.txt"] == 1
    assert sorted(site.paths) == ["/b", "/c"]


def test_robots_txt_that_names_this_program(site: Site, fetch: Fetch, picture: bytes) -> None:
    robots(site, "User-agent: facethemodel\nDisallow: /\n\nUser-agent: *\nAllow: /\n")
    site.files["/a"] = picture
    assert fetch(site.url("/a")).outcome == "barred"
    assert isinstance(fetch(site.url("/a"), obey_robots=False), Fetched)
    assert site.numbers["/robots.txt"] == 1


def test_a_redirect_does_not_get_round_robots_txt(site: Site, fetch: Fetch, picture: bytes) -> None:
    robots(site, "User-agent: *\nDisallow: /private/\n")
    site.files["/private/a"] = picture
    site.scripts["/a"] = lambda asked: asked.answer(301, Location="/private/a")
    assert fetch(site.url("/a")).outcome == "barred"


@pytest.mark.parametrize(
    ("status", "fetched"), [(204, True), (205, True), (403, True), (404, True), (500, False)]
)
def test_a_robots_txt_that_cannot_be_had(
    site: Site, fetch: Fetch, picture: bytes, status: int, fetched: bool
) -> None:
    robots(site, "", status)
    site.files["/a"] = picture
    result = fetch(site.url("/a"))
    assert isinstance(result, Fetched) is fetched
    if not fetched:
        assert (result.outcome, result.reason) == ("failed", "its robots.txt cannot be read: HTTP 500")


def test_a_robots_txt_that_is_sent_on_to_a_dead_host_says_nothing_of_the_photos(
    site: Site, fetch: Fetch, picture: bytes
) -> None:
    site.files["/a"] = picture
    gone = "http://no-such-host.invalid/robots.txt"
    site.scripts["/robots.txt"] = lambda asked: asked.answer(301, Location=gone)
    result = fetch(site.url("/a"), tries=1)
    assert result.outcome == "failed"
    # Without any network nobody can say whether a name exists.
    assert result.reason in (
        "its robots.txt cannot be read: no such host",
        "the name cannot be looked up",
    )
    assert site.paths == []


@pytest.mark.parametrize(
    ("directives", "answer"),
    [
        (None, None),
        ("noarchive, nofollow", None),
        ("noai", "noai"),
        ("NoImageAI", "noimageai"),
        ("noarchive, noimageindex", "noimageindex"),
        ("none", "none"),
        ("googlebot: noindex", None),
        ("googlebot: nofollow, noindex", None),
        ("facethemodel: noai", "noai"),
        ("otherbot: noai; noindex", "noindex"),
        ("unavailable_after: 25 Jun 2010 15:00:00 PST, noai", "noai"),
        ("max-snippet: 20, noai", "noai"),
        ("tdm-reservation: 1", "tdm-reservation"),
        ("tdm-reservation: 0", None),
    ],
)
def test_directives(directives: str | None, answer: str | None) -> None:
    assert forbids(directives) == answer


def test_directives_in_headers_are_obeyed_and_recorded(site: Site, fetch: Fetch, picture: bytes) -> None:
    site.scripts["/a"] = lambda asked: asked.answer(200, picture, X_Robots_Tag="noai, noimageai")
    result = fetch(site.url("/a"))
    assert (result.outcome, result.reason, result.robots) == (
        "barred",
        "the site says noai",
        "noai, noimageai",
    )
    assert fetch(site.url("/a"), obey_robots=False).robots == "noai, noimageai"
    site.scripts["/b"] = lambda asked: asked.answer(200, picture, X_Robots_Tag="noarchive")
    assert fetch(site.url("/b")).robots == "noarchive"


def test_a_reservation_and_a_second_directive_are_heard(site: Site, fetch: Fetch, picture: bytes) -> None:
    async def twice(asked: Any) -> None:
        head = (
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nX-Robots-Tag: noarchive\r\nX-Robots-Tag: noai\r\n\r\n"
        )
        await asked.send(head + picture)

    site.scripts |= {
        "/reserved": lambda asked: asked.answer(200, picture, TDM_Reservation="1"),
        "/free": lambda asked: asked.answer(200, picture, TDM_Reservation="0"),
        "/twice": twice,
    }
    reserved, free, second = (fetch(site.url(path)) for path in ("/reserved", "/free", "/twice"))
    assert [one.robots for one in (reserved, free, second)] == [
        "tdm-reservation: 1",
        "tdm-reservation: 0",
        "noarchive; noai",
    ]
    assert (reserved.outcome, reserved.reason) == ("barred", "the site says tdm-reservation")
    assert isinstance(free, Fetched)
    assert (second.outcome, second.reason) == ("barred", "the site says noai")


def test_directives_in_signs_that_are_no_utf_8_can_be_written_down(
    site: Site, fetch: Fetch, picture: bytes
) -> None:
    async def latin(asked: Any) -> None:
        head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nX-Robots-Tag: d\xe9j\xe0, %s\r\n\r\n"
        await asked.send(head % (b"noai" if asked.path == "/no" else b"all") + picture)

    site.scripts |= {"/a": latin, "/no": latin}
    result = fetch(site.url("/a"))
    assert isinstance(result, Fetched)
    assert (result.robots or "").encode() == rb"d\udce9j\udce0, all"
    assert fetch(site.url("/no")).reason == "the site says noai"


def test_requests_to_one_host_keep_their_distance(site: Site, fetch: Fetch, picture: bytes) -> None:
    moments, active = [], [0, 0]

    async def watched(asked: Any) -> None:
        moments.append(asyncio.get_running_loop().time())
        active[0] += 1
        active[1] = max(active)
        await asyncio.sleep(0.1)
        active[0] -= 1
        await asked.answer(200, picture)

    paths = [f"/{number}" for number in range(8)]
    site.scripts |= dict.fromkeys(paths, watched)
    fetch(*(site.url(path) for path in paths), rate=50, per_host=3, obey_robots=False)
    assert active[1] <= 3
    assert moments[-1] - moments[0] >= 7 / 50


def test_a_crawl_delay_goes_before_the_rate(site: Site, fetch: Fetch, picture: bytes) -> None:
    moments = []

    async def watched(asked: Any) -> None:
        moments.append(asyncio.get_running_loop().time())
        await asked.answer(200, picture)

    robots(site, "User-agent: *\nCrawl-delay: 0.3\n")
    site.scripts |= {"/a": watched, "/b": watched}
    fetch(site.url("/a"), site.url("/b"))
    assert moments[1] - moments[0] >= 0.25


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("0", 0),
        (" 120 ", 120),
        ("9" * 400, 999_999_999),
        ("Sat, 01 Nov 2025 12:00:30 GMT", 30),
        ("Sat, 01 Nov 2025 11:00:00 GMT", 0),
        ("Sat, 01 Nov 2025 11:00:00 +99999999999999999999", None),
        ("Sat, 01 Nov 99999 11:00:00 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, now=datetime(2025, 11, 1, 12, tzinfo=UTC)) == seconds


def cookies_txt(path: Path, *lines: tuple[str, ...]) -> Path:
    path.write_text("\n".join(["# Netscape HTTP Cookie File", *("\t".join(line) for line in lines), ""]))
    return path


def test_cookies_go_where_they_belong_and_are_never_written(
    site: Site, fetch: Fetch, tmp_path: Path, incoming: Path, picture: bytes
) -> None:
    jar = cookies_txt(
        tmp_path / "cookies.txt",
        ("127.0.0.1", "FALSE", "/", "FALSE", "4102444800", "login", "secret"),
        ("127.0.0.1", "FALSE", "/", "TRUE", "4102444800", "encrypted", "only"),
        (".example.org", "TRUE", "/", "FALSE", "4102444800", "other", "site"),
    )
    before = jar.read_bytes()
    site.scripts["/a"] = lambda asked: asked.answer(200, picture, Set_Cookie="new=1")
    site.scripts["/b"] = lambda asked: asked.answer(302, Location=site.url("/a", "localhost"))
    fetch(site.url("/a"), cookies=jar)
    fetch(site.url("/b"), cookies=jar)
    sent = [one.headers.get("Cookie") for one in site.asked if one.path != "/robots.txt"]
    assert sent == ["login=secret", "login=secret", None]
    assert jar.read_bytes() == before
    assert not any(b"secret" in path.read_bytes() for path in incoming.iterdir())


def test_cookies_that_are_none(fetch: Fetch, tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="cannot be read"):
        fetch("http://127.0.0.1/", cookies=tmp_path / "missing.txt")
    (tmp_path / "other.txt").write_text('[{"name": "login"}]')
    with pytest.raises(CredentialsError, match=r"no cookies\.txt"):
        fetch("http://127.0.0.1/", cookies=tmp_path / "other.txt")
