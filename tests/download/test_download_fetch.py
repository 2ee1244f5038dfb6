"""A server that misbehaves in every way that servers do."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facethemodel.download.answers import Fetched, Missed
from facethemodel.errors import RemoteError, StorageError

Site = Any  # the one of tests/conftest.py
Fetch = Callable[..., Any]


def missed(result: Any) -> tuple[str, str]:
    assert isinstance(result, Missed)
    return result.outcome, result.reason


def bytes_of(result: Any) -> bytes:
    assert isinstance(result, Fetched), result
    data = result.path.read_bytes()
    assert (result.size, result.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    return data


def test_a_photo_comes_whole(site: Site, fetch: Fetch, picture: bytes) -> None:
    site.files["/a.png"] = picture
    result = fetch(site.url("/a.png"), sha256=hashlib.sha256(picture).hexdigest())
    assert bytes_of(result) == picture
    assert site.paths == ["/a.png"]
    assert site.asked[-1].headers["User-Agent"].startswith("facethemodel/")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(404, "dead"), (410, "dead"), (403, "refused"), (451, "refused"), (204, "no photo"), (418, "refused")],
)
def test_final_answers_are_not_asked_again(site: Site, fetch: Fetch, status: int, outcome: str) -> None:
    site.scripts["/a"] = lambda asked: asked.answer(status)
    assert missed(fetch(site.url("/a")))[0] == outcome
    assert len(site.paths) == 1


def test_a_burst_of_errors_passes(site: Site, fetch: Fetch, picture: bytes) -> None:
    async def burst(asked: Any) -> None:
        await (asked.answer(503) if asked.number < 4 else asked.answer(200, picture))

    site.scripts["/a"] = burst
    assert bytes_of(fetch(site.url("/a"))) == picture
    assert len(site.paths) == 4


def test_errors_without_end_are_given_up(site: Site, fetch: Fetch) -> None:
    site.scripts["/a"] = lambda asked: asked.answer(500)
    assert missed(fetch(site.url("/a"), tries=3)) == ("failed", "HTTP 500")
    assert len(site.paths) == 3


def test_retry_after_is_obeyed_by_all_that_ask_the_host(site: Site, fetch: Fetch, picture: bytes) -> None:
    moments = []

    async def busy(asked: Any) -> None:
        moments.append(asyncio.get_running_loop().time())
        await (asked.answer(429, Retry_After="1") if len(moments) == 1 else asked.answer(200, picture))

    site.scripts["/a"] = site.scripts["/b"] = busy
    results = fetch(site.url("/a"), site.url("/b"), per_host=1)
    assert [bytes_of(result) for result in results] == [picture, picture]
    assert moments[1] - moments[0] >= 1.0


def test_a_host_that_asks_for_an_hour_is_left_alone(site: Site, fetch: Fetch) -> None:
    site.scripts["/a"] = lambda asked: asked.answer(429, Retry_After="3600")
    results = fetch(site.url("/a"), site.url("/b"), per_host=1)
    assert [missed(result)[0] for result in results] == ["failed", "failed"]
    assert "3,600 s" in missed(results[1])[1]
    assert len(site.paths) == 1


def test_a_status_may_end_the_run(site: Site, fetch: Fetch) -> None:
    site.scripts["/a"] = lambda asked: asked.answer(429)
    with pytest.raises(RemoteError, match="HTTP 429"):
        fetch(site.url("/a"), abort_on=frozenset({429}))


def test_a_cut_is_gone_on_from_by_range(site: Site, fetch: Fetch, picture: bytes) -> None:
    async def cut_once(asked: Any) -> None:
        if asked.number == 1:
            await asked.answer(200, picture[:10_000], Content_Length=len(picture), ETag='"one"')
        else:
            assert asked.headers["Range"] == "bytes=10000-"
            assert asked.headers["If-Range"] == '"one"'
            span = f"bytes 10000-{len(picture) - 1}/{len(picture)}"
            await asked.answer(206, picture[10_000:], ETag='"one"', Content_Range=span)

    site.scripts["/a"] = cut_once
    assert bytes_of(fetch(site.url("/a"))) == picture
    assert len(site.paths) == 2


def test_a_rest_in_pieces_is_asked_for_until_all_is_here(site: Site, fetch: Fetch, picture: bytes) -> None:
    async def in_pieces(asked: Any) -> None:
        if asked.number == 1:
            await asked.answer(200, picture[:10_000], Content_Length=len(picture), ETag='"one"')
            return
        start = int(asked.headers["Range"].removeprefix("bytes=").rstrip("-"))
        piece = picture[start : start + 12_000]
        span = f"bytes {start}-{start + len(piece) - 1}/{len(picture)}"
        await asked.answer(206, piece, ETag='"one"', Content_Range=span)

    site.scripts["/a"] = in_pieces
    # Two tries are too few, and what they brought is no photo yet: the next ones go on from there.
    assert missed(fetch(site.url("/a"), tries=2)) == ("failed", "less than the rest of the file")
    assert bytes_of(fetch(site.url("/a"))) == picture
    assert len(site.paths) == 3


@pytest.mark.parametrize("pieces", [1, 2])
def test_a_rest_of_unknown_size_is_whole_when_nothing_follows(
    site: Site, fetch: Fetch, picture: bytes, pieces: int
) -> None:
    length = -(-(len(picture) - 10_000) // pieces)

    async def of_unknown_size(asked: Any) -> None:
        if asked.number == 1:
            await asked.answer(200, picture[:10_000], Content_Length=len(picture), ETag='"one"')
            return
        start = int(asked.headers["Range"].removeprefix("bytes=").rstrip("-"))
        piece = picture[start : start + length]
        if piece:
            span = f"bytes {start}-{start + len(piece) - 1}/*"
            await asked.answer(206, piece, ETag='"one"', Content_Range=span)
        else:
            await asked.answer(416, b"", ETag='"one"', Content_Range=f"bytes */{len(picture)}")

    site.scripts["/a"] = of_unknown_size
    assert bytes_of(fetch(site.url("/a"))) == picture
    assert len(site.paths) == pieces + 2


def test_a_rest_that_is_too_long_is_thrown_away(site: Site, fetch: Fetch, picture: bytes) -> None:
    async def too_much(asked: Any) -> None:
        if asked.number == 2:
            span = f"bytes 10000-{len(picture) - 1}/{len(picture)}"
            await asked.answer(206, picture[10_000:] + b"more", ETag='"one"', Content_Range=span)
        else:
            cut = picture[:10_000] if asked.number == 1 else picture
            await asked.answer(200, cut, Content_Length=len(picture), ETag='"one"')

    site.scripts["/a"] = too_much
    assert bytes_of(fetch(site.url("/a"))) == picture
    assert "Range" not in site.asked[-1].headers


def test_a_few_first_bytes_are_not_gone_on_from(site: Site, fetch: Fetch, picture: bytes) -> None:
    async def cut_once(asked: Any) -> None:
        if "Range" in asked.headers:
            await asked.answer(206, picture[4:6], ETag='"one"', Content_Range=f"bytes 4-5/{len(picture)}")
            return
        cut = picture[:4] if asked.number == 1 else picture
        await asked.answer(200, cut, Content_Length=len(picture), ETag='"one"')

    site.scripts["/a"] = cut_once
    assert bytes_of(fetch(site.url("/a"))) == picture
    assert "Range" not in site.asked[-1].headers


@pytest.mark.parametrize("span", ["bytes 0-9999/{size}", "bytes 0-{last}/{size}", "bytes */{size}", "", "x"])
def test_a_part_that_nobody_asked_for_is_not_taken(
    site: Site, fetch: Fetch, picture: bytes, span: str
) -> None:
    said = span.format(size=len(picture), last=len(picture) - 1)
    site.scripts["/a"] = lambda asked: asked.answer(206, picture[:10_000], Content_Range=said)
    assert missed(fetch(site.url("/a"), tries=2)) == ("failed", "another part of the file than was asked for")


@pytest.mark.parametrize(
    "span", ["bytes {digits}-5/7", "bytes 5-{digits}/7", "bytes 10000-5/{digits}", "bytes */{digits}"]
)
def test_numbers_without_end_are_no_numbers(site: Site, fetch: Fetch, picture: bytes, span: str) -> None:
    async def endless(asked: Any) -> None:
        if asked.number % 2:
            await asked.answer(200, picture[:10_000], Content_Length=len(picture), ETag='"one"')
        else:
            said = span.format(digits="9" * 5_000)
            await asked.answer(416 if "*" in span else 206, picture[10_000:], Content_Range=said)

    site.scripts["/a"] = endless
    assert missed(fetch(site.url("/a"), tries=2))[0] == "failed"


def test_a_server_that_ignores_ranges_starts_over(site: Site, fetch: Fetch, picture: bytes) -> None:
    async def cut_once(asked: Any) -> None:
        cut = picture[:10_000] if asked.number == 1 else picture
        await asked.answer(200, cut, Content_Length=len(picture), ETag='"one"')

    site.scripts["/a"] = cut_once
    assert bytes_of(fetch(site.url("/a"))) == picture


@pytest.mark.parametrize("honest", [True, False])
def test_bytes_of_two_versions_are_never_put_together(
    site: Site, fetch: Fetch, picture: bytes, honest: bool
) -> None:
    newer = picture[:-100] + b"newer" * 20

    async def changed(asked: Any) -> None:
        if asked.number == 1:
            await asked.answer(200, picture[:10_000], Content_Length=len(picture), ETag='"one"')
        elif honest or "Range" not in asked.headers:
            await asked.answer(200, newer, ETag='"two"')
        else:
            span = f"bytes 10000-{len(newer) - 1}/{len(newer)}"
            await asked.answer(206, newer[10_000:], ETag='"two"', Content_Range=span)

    site.scripts["/a"] = changed
    assert bytes_of(fetch(site.url("/a"))) == newer


def test_what_was_put_together_wrongly_is_fetched_anew_when_the_hash_is_known(
    site: Site, fetch: Fetch, picture: bytes
) -> None:
    async def careless(asked: Any) -> None:
        if asked.number == 1:
            await asked.answer(200, picture[:9_000] + b"x" * 1000, Content_Length=len(picture), ETag='"one"')
        elif "Range" in asked.headers:
            span = f"bytes 10000-{len(picture) - 1}/{len(picture)}"
            await asked.answer(206, picture[10_000:], Content_Range=span)
        else:
            await asked.answer(200, picture)

    site.scripts["/a"] = careless
    assert bytes_of(fetch(site.url("/a"), sha256=hashlib.sha256(picture).hexdigest())) == picture


def test_a_whole_part_needs_no_byte_again(site: Site, fetch: Fetch, incoming: Path, picture: bytes) -> None:
    site.files["/a.png"] = picture
    assert bytes_of(fetch(site.url("/a.png"))) == picture
    assert bytes_of(fetch(site.url("/a.png"))) == picture
    assert site.sent == len(picture)
    assert len(site.paths) == 2


def test_a_slow_drip_is_given_up(site: Site, fetch: Fetch, picture: bytes) -> None:
    async def drip(asked: Any) -> None:
        await asked.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(picture)}\r\n\r\n".encode())
        for byte in picture:
            await asked.send(bytes([byte]))
            await asyncio.sleep(0.05)

    site.scripts["/a"] = drip
    assert missed(fetch(site.url("/a"), tries=1, stall_seconds=1.0)) == (
        "failed",
        "slower than 500 bytes a second",
    )


def test_silence_is_given_up(site: Site, fetch: Fetch) -> None:
    site.scripts["/a"] = lambda asked: asyncio.sleep(60)
    assert missed(fetch(site.url("/a"), tries=1, stall_seconds=0.4)) == ("failed", "nothing came for 0.4 s")


@pytest.mark.parametrize("claimed", [10_000_000, ""])
def test_too_large_whatever_the_length_says(
    site: Site, fetch: Fetch, incoming: Path, picture: bytes, claimed: int | str
) -> None:
    async def endless(asked: Any) -> None:
        await asked.answer(200, picture, Content_Length=claimed)
        for _ in range(200):
            await asked.send(bytes(10_000))

    site.scripts["/a"] = endless
    assert missed(fetch(site.url("/a"), max_bytes=1_000_000)) == ("barred", "larger than 1 MB")
    assert [path for path in incoming.glob("*") if path.suffix] == []


def test_a_length_that_lies_is_a_cut(site: Site, fetch: Fetch, picture: bytes) -> None:
    site.scripts["/a"] = lambda asked: asked.answer(200, picture, Content_Length=len(picture) + 5)
    assert missed(fetch(site.url("/a"), tries=2)) == ("failed", "the connection was cut")


def test_packed_bodies_are_unpacked_within_limits(site: Site, fetch: Fetch, picture: bytes) -> None:
    site.scripts["/a"] = lambda asked: asked.answer(200, gzip.compress(picture), Content_Encoding="gzip")
    assert bytes_of(fetch(site.url("/a"))) == picture
    bomb = gzip.compress(picture + bytes(50_000_000))
    site.scripts["/bomb"] = lambda asked: asked.answer(200, bomb, Content_Encoding="gzip")
    assert missed(fetch(site.url("/bomb"), max_bytes=1_000_000)) == ("barred", "larger than 1 MB")
    site.scripts["/br"] = lambda asked: asked.answer(200, picture, Content_Encoding="br")
    assert missed(fetch(site.url("/br")))[0] == "refused"


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b"\n<!DOCTYPE html><html>gone", "image/jpeg", "a web page (HTML) instead of a photo"),
        (b"Not here, sorry, look elsewhere please", "text/html", "a web page (HTML) instead of a photo"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'></svg>",
            "image/svg+xml",
            "a drawing (SVG) instead of a photo",
        ),
        (b'{"error": "gone"}', "application/json", "text instead of a photo"),
        (b"\0\0\0\x20ftypisom" + bytes(40), "video/mp4", "a video instead of a photo"),
        (b"", "image/png", "an empty answer"),
        (bytes(range(64)), "image/png", "not an image"),
    ],
)
def test_what_is_no_photo_is_named(site: Site, fetch: Fetch, body: bytes, kind: str, reason: str) -> None:
    site.scripts["/a"] = lambda asked: asked.answer(200, body, Content_Type=kind)
    assert missed(fetch(site.url("/a"))) == ("no photo", reason)


def test_a_photo_called_a_web_page_is_a_photo(site: Site, fetch: Fetch, picture: bytes) -> None:
    site.scripts["/a"] = lambda asked: asked.answer(200, picture, Content_Type="text/html")
    assert bytes_of(fetch(site.url("/a"))) == picture


def test_another_hash(site: Site, fetch: Fetch, picture: bytes) -> None:
    site.files["/a"] = picture
    result = fetch(site.url("/a"), sha256="0" * 64)
    assert missed(result) == ("wrong hash", "other bytes than promised")
    assert result.sha256 == hashlib.sha256(picture).hexdigest()


def test_redirects(site: Site, fetch: Fetch, picture: bytes) -> None:
    site.files["/there"] = picture
    site.scripts["/here"] = lambda asked: asked.answer(302, Location="/there")
    site.scripts["/round"] = lambda asked: asked.answer(302, Location="/round")
    site.scripts["/ftp"] = lambda asked: asked.answer(302, Location="ftp://example.org/a.png")
    site.scripts["/nowhere"] = lambda asked: asked.answer(302)
    result = fetch(site.url("/here"))
    assert bytes_of(result) == picture
    assert result.url == site.url("/there")
    assert missed(fetch(site.url("/round"))) == ("refused", "more than 5 redirects")
    assert site.numbers["/round"] == 6
    assert missed(fetch(site.url("/ftp"))) == ("barred", "not an address of the web")
    assert missed(fetch(site.url("/nowhere")))[0] == "refused"


def test_headers_of_one_host_do_not_go_to_another(site: Site, fetch: Fetch, picture: bytes) -> None:
    site.files["/there"] = picture
    site.scripts["/here"] = lambda asked: asked.answer(302, Location=site.url("/there", "localhost"))
    headers = (("Authorization", "secret"), ("Referer", "http://example.org/"))
    assert bytes_of(fetch(site.url("/here"), headers=headers)) == picture
    first, second = (one.headers for one in site.asked if one.path != "/robots.txt")
    assert first["Authorization"] == "secret"
    assert "Authorization" not in second
    assert second["Referer"] == "http://example.org/"


def test_a_host_that_cannot_be_reached_is_given_up(fetch: Fetch) -> None:
    with socket.socket() as unused:
        # Bound and not listening: whoever connects is refused.
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        results = fetch(*(f"http://127.0.0.1:{port}/{number}" for number in range(20)), obey_robots=False)
    reasons = [missed(result)[1] for result in results]
    assert {missed(result)[0] for result in results} == {"failed"}
    assert "the host cannot be reached" in reasons


def test_a_name_that_does_not_exist_is_dead(fetch: Fetch) -> None:
    outcome, reason = missed(fetch("http://no-such-host.invalid/a.jpg", tries=1))
    # Without any network nobody can say whether a name exists.
    assert (outcome, reason) in (("dead", "no such host"), ("failed", "the name cannot be looked up"))


def test_a_full_disk_is_no_fault_of_the_address(
    site: Site, fetch: Fetch, incoming: Path, picture: bytes
) -> None:
    site.files["/a"] = picture
    incoming.write_bytes(b"a file where the folder should be")
    with pytest.raises(StorageError, match="cannot keep downloads"):
        fetch(site.url("/a"))
