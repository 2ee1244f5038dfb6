"""Servers and sources that send what nobody foresaw: one entry may suffer, the others go on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from facethemodel.catalogue import photos
from facethemodel.catalogue.records import Claim
from facethemodel.collect.collector import Archive, BadEntry, Candidate
from facethemodel.collect.ledger import Ledger
from facethemodel.collect.run import collect
from facethemodel.collect.yields import CollectReport
from facethemodel.download.rules import Rules
from facethemodel.photos.store import PhotoStore
from facethemodel.project import Project

Site = Any  # the one of tests/conftest.py
Picture = Callable[[int], bytes]

QUICK = Rules(allow_private=True, rate=1000, per_host=8, backoff_seconds=0.01, tries=2)


class Listed:
    name = "listed"

    def __init__(self, *entries: Candidate | BadEntry) -> None:
        self.entries = entries
        self.total: int | None = len(entries)

    def candidates(self, archive: Archive) -> Iterator[Candidate | BadEntry]:
        yield from self.entries


def candidates(site: Site, *paths: str, **facts: Any) -> list[Candidate]:
    return [Candidate(key=site.url(path), url=site.url(path), **facts) for path in paths]


def run(project: Project, *entries: Candidate | BadEntry) -> CollectReport:
    return collect(project, Listed(*entries), claim=Claim(role="person"), rules=QUICK)


def counts(report: CollectReport) -> dict[str, int]:
    return {name: number for name, number in report.counts.items() if number}


def test_texts_that_cannot_be_written_down_are_spelt_out(
    project: Project, site: Site, picture: Picture
) -> None:
    site.files |= {"/a": picture(1), "/b": picture(2)}
    half = "cut \ud83d"
    claim = Claim(role="stranger", identity=half)
    texts: dict[str, Any] = dict.fromkeys(
        ("name", "query", "post", "taken", "author", "licence", "robots"), half
    )
    first = Candidate(key=f"{half} 1", url=site.url("/a"), claim=claim, **texts)
    second = Candidate(key="2", url=site.url("/b"), author="Ann")
    third = Candidate(key="3", url=site.url(f"/{half}"))
    bad = BadEntry(where=half, reason=half)
    report = run(project, first, second, third, bad)
    assert counts(report) == {"kept": 2, "dead": 1, "bad entry": 1}
    json.dumps(report.as_json(), ensure_ascii=False).encode()
    assert counts(run(project, first, second)) == {"held": 2}
    with project.database() as db:
        (source,) = photos.sources(db, sha256(picture(1)).hexdigest())
        assert Ledger(
            db=db,
            store=PhotoStore(project.photos_dir),
            collector="listed",
            claim=None,
            words=(),
            again=False,
        ).holds(f"{half} 1")
    assert source.author == r"cut \ud83d"
    assert source.query == r"cut \ud83d"


@pytest.mark.parametrize(
    "head",
    [
        b"200 OK\r\nX-Robots-Tag: d\xe9j\xe0",
        b"206 Partial Content\r\nContent-Range: bytes 0-99/1000",
        b"206 Partial Content",
        b"206 Partial Content\r\nContent-Range: bytes " + b"9" * 5000 + b"-5/7",
        b"503 Busy\r\nRetry-After: Mon, 01 Jan 2020 00:00:00 +99999999999999999999",
        b"200 OK\r\nContent-Type: \xff\xfe",
        b"200 OK\r\nContent-Encoding: \xff",
        b'200 OK\r\nContent-Length: 99999\r\nETag: "\xe9"',
        b"302 Found\r\nLocation: http://xn--\xff--a.b..c/",
        b"302 Found\r\nLocation: http://[::1]:99999999999/\xff",
    ],
)
def test_headers_that_are_none_hurt_no_other_address(
    project: Project, site: Site, picture: Picture, head: bytes
) -> None:
    site.files["/good"] = picture(2)
    site.scripts["/bad"] = lambda asked: asked.send(
        b"HTTP/1.1 " + head + b"\r\nConnection: close\r\n\r\n" + picture(1)
    )
    report = run(project, *candidates(site, "/bad", "/good"))
    assert report.error is None
    assert [one.where for one in report.problems] in ([], [site.url("/bad")])
    assert not any("unforeseen" in one.reason for one in report.problems)
    assert report.counts["kept"] == 2 - len(report.problems)


def test_what_nobody_foresaw_of_one_address_does_not_end_the_others(
    project: Project, site: Site, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.files |= {f"/{number}": picture(number) for number in range(10)}
    put = PhotoStore.put

    def stumbles(store: PhotoStore, path: bytes | Path) -> Any:
        if Path(os.fsdecode(path)).read_bytes() == picture(3):
            raise ZeroDivisionError("by \ud83d\nand more")
        return put(store, path)

    monkeypatch.setattr(PhotoStore, "put", stumbles)
    entries = candidates(site, *(f"/{number}" for number in range(10)))
    report = run(project, *entries)
    assert counts(report) == {"kept": 9, "failed": 1}
    (problem,) = report.problems
    assert (problem.where, problem.outcome) == (site.url("/3"), "failed")
    assert problem.reason.encode() == rb"unforeseen: ZeroDivisionError: by \ud83d"
    assert [path.name for path in (project.cache_dir / "incoming").iterdir()] == [".lock"]
    monkeypatch.undo()
    assert counts(run(project, *entries)) == {"held": 9, "kept": 1}
