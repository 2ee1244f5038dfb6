"""Searches, against servers on this machine that answer in the shape the real ones do."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from facethemodel.catalogue import photos
from facethemodel.collect.collector import BadEntry, Candidate
from facethemodel.collect.run import collect
from facethemodel.collect.web import Engine, Web
from facethemodel.collect.web_brave import Brave
from facethemodel.collect.web_commons import Commons
from facethemodel.collect.web_openverse import Openverse
from facethemodel.download.rules import Rules
from facethemodel.errors import CredentialsError, RemoteError, UsageError
from facethemodel.project import Project

QUICK = Rules(allow_private=True, rate=1000, tries=2, backoff_seconds=0.01, longest_wait=0.1)
KEY = "BSA-very-secret"


class Nothing:
    def holds(self, key: str) -> bool:
        return False


def parameters(path: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}


def found(engine: Engine, *queries: str) -> list[Candidate | BadEntry]:
    return list(Web(queries or ("ada",), engine=engine).candidates(Nothing()))


def candidates(engine: Engine, *queries: str) -> list[Candidate]:
    return [entry for entry in found(engine, *queries) if isinstance(entry, Candidate)]


def commons_page(number: int, base: str = "https://upload.example") -> dict[str, Any]:
    return {
        "pageid": number,
        "title": f"File:Ada {number}.jpg",
        "index": number,
        "imageinfo": [
            {
                "url": f"{base}/{number}.png",
                "user": "Uploader",
                "timestamp": "2020-01-01T00:00:00Z",
                "extmetadata": {
                    "Artist": {"value": '<a href="//x">Jo &amp; Co</a>'},
                    "LicenseShortName": {"value": "CC BY-SA 4.0"},
                    "LicenseUrl": {"value": "https://creativecommons.org/licenses/by-sa/4.0"},
                    "DateTimeOriginal": {"value": "1964-05-01"},
                },
            }
        ],
    }


def commons(pages: Any) -> Commons:
    return Commons(rules=QUICK, base=f"{pages.base}/w/api.php", interval=0)


def openverse(pages: Any) -> Openverse:
    return Openverse(rules=QUICK, base=f"{pages.base}/v1/images/", interval=0)


def brave(pages: Any) -> Brave:
    return Brave(KEY, rules=QUICK, base=f"{pages.base}/search")


def test_commons_page_after_page(pages: Any) -> None:
    def answer(path: str) -> bytes:
        asked = parameters(path)
        assert asked["gsrsearch"] == "ada filetype:bitmap"
        if "gsroffset" not in asked:
            more = {"gsroffset": 2, "continue": "gsroffset||"}
            return json.dumps(
                {"continue": more, "query": {"pages": [commons_page(2), commons_page(1)]}}
            ).encode()
        broken = {"title": "File:Gone.jpg", "index": 4, "imageinfo": []}
        return json.dumps({"batchcomplete": True, "query": {"pages": [commons_page(3), broken]}}).encode()

    pages.otherwise = answer
    entries = found(commons(pages))
    assert len(pages.asked) == 2
    first = entries[0]
    assert isinstance(first, Candidate)
    assert (first.key, first.query, first.name) == ("commons/ada/File:Ada 1.jpg", "ada", "Ada 1.jpg")
    assert (first.author, first.taken) == ("Jo & Co", "1964-05-01")
    assert first.licence == "CC BY-SA 4.0 https://creativecommons.org/licenses/by-sa/4.0"
    assert entries[-1] == BadEntry(where="File:Gone.jpg", reason="no address of a file")
    assert len(entries) == 4


def test_openverse_page_after_page_up_to_what_is_shown_without_a_key(pages: Any) -> None:
    def answer(path: str) -> Any:
        page = int(parameters(path)["page"])
        if page == 3:
            return 401, b'{"detail": "Authentication required"}'
        result = {
            "id": f"id-{page}",
            "url": f"https://live.example/{page}.jpg",
            "creator": "Jo",
            "license": "by",
            "license_version": "2.0",
            "license_url": "https://creativecommons.org/licenses/by/2.0/",
        }
        return json.dumps({"page_count": 12, "results": [result, {"title": "odd"}]}).encode()

    pages.otherwise = answer
    entries = candidates(openverse(pages))
    assert [entry.key for entry in entries] == ["openverse/ada/id-1", "openverse/ada/id-2"]
    assert entries[0].author == "Jo"
    assert entries[0].licence == "by 2.0 https://creativecommons.org/licenses/by/2.0/"


def test_brave_takes_a_key_and_gives_one_page(pages: Any) -> None:
    result = {
        "url": "https://site.example/article",
        "source": "site.example",
        "properties": {"url": "https://site.example/a.jpg"},
    }
    body = {"type": "images", "results": [result, {"url": "https://site.example/none"}]}
    pages.otherwise = lambda path: json.dumps(body).encode()
    first, second = found(brave(pages))
    assert isinstance(first, Candidate)
    assert (first.url, first.post) == ("https://site.example/a.jpg", "https://site.example/article")
    assert isinstance(second, BadEntry)
    assert pages.headers[0]["x-subscription-token"] == KEY
    assert KEY not in pages.asked[0]


@pytest.mark.parametrize("status", [401, 403, 422])
def test_a_refused_key_is_a_matter_of_credentials(pages: Any, status: int) -> None:
    pages.otherwise = lambda path: (status, b"{}")
    with pytest.raises(CredentialsError, match=f"HTTP {status}") as caught:
        found(brave(pages))
    assert KEY not in f"{caught.value} {caught.value.remedy} {caught.value.__cause__}"


@pytest.mark.parametrize("make", [commons, openverse, brave])
@pytest.mark.parametrize(
    "answer", [b"<html>new</html>", b"[]", b"{}", b'{"results": {}, "query": {"pages": "x"}}', b"null"]
)
def test_an_engine_that_changed_is_named_with_the_others(
    pages: Any, make: Callable[[Any], Engine], answer: bytes
) -> None:
    pages.otherwise = lambda path: answer
    engine = make(pages)
    with pytest.raises(RemoteError) as caught:
        found(engine)
    others = {"commons", "openverse", "brave"} - {engine.name}
    assert all(f"--engine {name}" in (caught.value.remedy or "") for name in others)
    assert f"--engine {engine.name}" not in (caught.value.remedy or "")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((500, b""), "gave no answer: HTTP 500"),
        ((404, b""), "gave no answer: HTTP 404"),
        (b'{"error": {"code": "ratelimited", "info": "too fast"}}', "refuses: too fast"),
    ],
)
def test_an_engine_that_does_not_answer(pages: Any, answer: Any, said: str) -> None:
    pages.otherwise = lambda path: answer
    with pytest.raises(RemoteError, match=said):
        found(commons(pages))


def test_an_engine_that_gives_one_page_for_ever_comes_to_an_end(pages: Any) -> None:
    more = {"gsroffset": 50, "continue": "x"}
    pages.otherwise = lambda path: json.dumps(
        {"continue": more, "query": {"pages": [commons_page(1)]}}
    ).encode()
    assert len(found(commons(pages))) == 1
    assert len(pages.asked) == 2


def test_a_sign_that_an_engine_cut_in_half_ends_nothing(
    project: Project, pages: Any, picture: Callable[[int], bytes]
) -> None:
    def answer(path: str) -> Any:
        if not path.startswith("/w/"):
            return picture(int(path[1]))
        page, cut = commons_page(1, pages.base), commons_page(2, pages.base)
        cut["imageinfo"][0]["extmetadata"]["Artist"]["value"] = "Bob \ud83d"
        if "gsroffset" in parameters(path):
            return json.dumps({"error": {"info": "no more \ud83d"}}).encode()
        more = {"gsroffset": "2 \ud83d"}
        return json.dumps({"continue": more, "query": {"pages": [page, cut]}}).encode()

    pages.otherwise = answer
    for outcome in ("kept", "held"):
        report = collect(project, Web(["ada"], engine=commons(pages)), rules=QUICK)
        assert report.counts[outcome] == 2
        assert report.error is not None
        assert report.error.what == "Wikimedia Commons refuses: no more ?"
    with project.database() as db:
        (photo,) = photos.find(db, "Ada 2.jpg")
        assert [source.author for source in photos.sources(db, photo.sha256)] == ["Bob ?"]


def test_an_answer_nested_without_end_is_no_answer(pages: Any) -> None:
    pages.otherwise = lambda path: b"[" * 100_000
    with pytest.raises(RemoteError, match="not in JSON"):
        found(commons(pages))


def test_private_addresses_are_not_asked() -> None:
    with pytest.raises(RemoteError, match="local network"):
        found(Commons(rules=Rules(tries=1), base="http://127.0.0.1:9/w/api.php"))


def test_an_empty_query() -> None:
    with pytest.raises(UsageError, match="empty"):
        Web(["ada", " "], engine=Commons(rules=QUICK))


def test_two_queries_that_find_one_photo(
    project: Project, pages: Any, picture: Callable[[int], bytes]
) -> None:
    def answer(path: str) -> Any:
        if not path.startswith("/w/"):
            return picture(int(path[1]))
        numbers = (1, 2) if parameters(path)["gsrsearch"].startswith("ada ") else (2, 3)
        listed = [commons_page(number, pages.base) for number in numbers]
        return json.dumps({"batchcomplete": True, "query": {"pages": listed}}).encode()

    pages.otherwise = answer
    report = collect(project, Web(["ada", "bo"], engine=commons(pages)), rules=QUICK)
    assert (report.counts["kept"], report.counts["same"]) == (3, 1)
    assert sorted(path for path in pages.asked if path.endswith(".png")) == ["/1.png", "/2.png", "/3.png"]
    with project.database() as db:
        (photo,) = photos.find(db, "Ada 2.jpg")
        sources = photos.sources(db, photo.sha256)
    assert sorted(source.query or "" for source in sources) == ["ada", "bo"]
    assert {source.author for source in sources} == {"Jo & Co"}
