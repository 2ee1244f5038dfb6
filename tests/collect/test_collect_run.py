"""From a list of addresses to photos with their provenance, against a real server."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from facethemodel.catalogue import hints, photos, tags
from facethemodel.catalogue.labels import labels
from facethemodel.catalogue.records import Claim, Source
from facethemodel.collect import add_folder
from facethemodel.collect.collector import Archive, BadEntry, Candidate
from facethemodel.collect.run import collect
from facethemodel.collect.yields import CollectReport
from facethemodel.download.parts import Part
from facethemodel.download.rules import Rules
from facethemodel.errors import RemoteError, StorageError
from facethemodel.photos.store import PhotoStore
from facethemodel.project import Project

Site = Any  # the one of tests/conftest.py
Picture = Callable[[int], bytes]

QUICK = Rules(allow_private=True, rate=1000, per_host=8, backoff_seconds=0.01, tries=2)
PERSON = Claim(role="person")


class Listed:
    """A collector of what it is given; what it is asked for beyond that is its error."""

    name = "listed"

    def __init__(self, *entries: Candidate | BadEntry, error: Exception | None = None) -> None:
        self.entries = entries
        self.error = error
        self.total: int | None = len(entries)
        self.taken = 0

    def candidates(self, archive: Archive) -> Iterator[Candidate | BadEntry]:
        for entry in self.entries:
            self.taken += 1
            yield entry
        if self.error is not None:
            raise self.error


def candidates(site: Site, *paths: str, **facts: Any) -> list[Candidate]:
    return [Candidate(key=site.url(path), url=site.url(path), **facts) for path in paths]


def counts(report: CollectReport) -> dict[str, int]:
    return {name: number for name, number in report.counts.items() if number}


def run(project: Project, *entries: Candidate | BadEntry, **options: Any) -> CollectReport:
    rules = replace(QUICK, **options.pop("rules", {}))
    return collect(project, Listed(*entries), claim=options.pop("claim", PERSON), rules=rules, **options)


def test_photos_come_with_all_that_is_known_of_them(project: Project, site: Site, picture: Picture) -> None:
    site.scripts["/a.png"] = lambda asked: asked.answer(200, picture(1), X_Robots_Tag="noarchive")
    (one,) = candidates(
        site,
        "/a.png",
        name="old.png",
        box=(1.0, 2.0, 3.0, 4.0),
        query="paul",
        post="p1",
        taken="1969-01-30",
        author="Linda",
        licence="CC0",
        robots="all",
    )
    report = run(project, one, words=["beard"])
    assert counts(report) == {"kept": 1}
    sha = hashlib.sha256(picture(1)).hexdigest()
    with project.database() as db:
        (photo,) = photos.all_photos(db)
        assert photos.sources(db, sha) == [
            Source(
                origin=f"{one.key}/old.png".encode(),
                collector="listed",
                url=one.url,
                query="paul",
                post="p1",
                taken="1969-01-30",
                author="Linda",
                licence="CC0",
                robots="all; noarchive",
            )
        ]
        assert hints.boxes(db) == {sha: ((1.0, 2.0, 3.0, 4.0),)}
        assert tags.tags(db) == {sha: ("beard",)}
        assert labels(db, person=project.person)[sha].role == "person"
    assert PhotoStore(project.photos_dir).read(photo, max_bytes=10_000) == picture(1)
    assert [path.name for path in (project.cache_dir / "incoming").iterdir()] == [".lock"]


def test_what_is_held_costs_no_request(project: Project, site: Site, picture: Picture) -> None:
    site.files |= {"/a": picture(1), "/b": picture(2)}
    run(project, *candidates(site, "/a", "/b"))
    asked = len(site.asked)
    report = run(project, *candidates(site, "/a", "/b"))
    assert counts(report) == {"held": 2}
    assert (len(site.asked), report.requests) == (asked, 0)


def test_what_a_kill_left_of_a_photo_that_is_held_goes(
    project: Project, site: Site, picture: Picture
) -> None:
    site.files["/a"] = picture(1)
    run(project, *candidates(site, "/a"))
    incoming = project.cache_dir / "incoming"
    left = Part.of(incoming, site.url("/a"))
    left.begin({"ETag": '"1"'}, resumable=True)
    left.path.write_bytes(picture(1))
    other = Part.of(incoming, site.url("/b"))
    other.begin({"ETag": '"2"'}, resumable=True)
    run(project, *candidates(site, "/a"), dry_run=True)
    assert left.size
    run(project, *candidates(site, "/a"))
    names = {path.name for path in incoming.iterdir()}
    assert names == {".lock", other.path.name, other.path.with_suffix(".json").name}


def test_the_same_bytes_are_one_photo_with_two_sources(
    project: Project, site: Site, picture: Picture, tmp_path: Path
) -> None:
    site.files |= {"/a": picture(1), "/b": picture(1), "/c": picture(2)}
    (tmp_path / "mine.png").write_bytes(picture(2))
    add_folder(project, [tmp_path / "mine.png"], role="person")
    report = run(project, *candidates(site, "/a", "/b", "/c"))
    assert counts(report) == {"kept": 1, "same": 2}
    with project.database() as db:
        assert [len(photos.sources(db, one.sha256)) for one in photos.all_photos(db)] == [2, 2]


def test_a_photo_known_by_its_hash_is_not_fetched(
    project: Project, site: Site, picture: Picture, tmp_path: Path
) -> None:
    (tmp_path / "mine.png").write_bytes(picture(1))
    add_folder(project, [tmp_path / "mine.png"], role="person")
    report = run(project, *candidates(site, "/a", sha256=hashlib.sha256(picture(1)).hexdigest()))
    assert counts(report) == {"same": 1}
    assert site.asked == []


def test_one_address_under_two_names_is_asked_once(project: Project, site: Site, picture: Picture) -> None:
    site.files["/a"] = picture(1)
    url = site.url("/a")
    two = [
        Candidate(key=key, url=url, claim=Claim(role="stranger", identity=key), box=(number, 0, 9, 9))
        for number, key in enumerate(("Ann", "Bob"))
    ]
    report = run(project, *two)
    assert counts(report) == {"kept": 1, "same": 1}
    assert len(report.conflicts) == 1
    assert site.paths == ["/a"]
    with project.database() as db:
        assert [len(boxes) for boxes in hints.boxes(db).values()] == [2]


def test_what_is_settled_is_asked_again_only_when_told(
    project: Project, site: Site, picture: Picture
) -> None:
    site.scripts["/busy"] = lambda asked: asked.answer(500)
    site.scripts["/page"] = lambda asked: asked.answer(200, b"<html>")
    site.scripts["/no"] = lambda asked: asked.answer(403)
    entries = [
        *candidates(site, "/dead", "/busy", "/page", "/no"),
        *candidates(site, "/other", sha256="0" * 64),
    ]
    site.files["/other"] = picture(1)
    first = {"dead": 1, "failed": 1, "no photo": 1, "refused": 1, "wrong hash": 1}
    assert counts(run(project, *entries)) == first
    site.numbers.clear()
    assert counts(run(project, *entries)) == first
    assert dict(site.numbers) == {"/robots.txt": 1, "/busy": 2, "/no": 1}
    site.files |= dict.fromkeys(("/dead", "/busy", "/page"), picture(2))
    site.scripts.clear()
    report = run(project, *entries, again=True)
    assert counts(report) == {"kept": 1, "same": 2, "dead": 1, "wrong hash": 1}


def test_the_same_failure_is_not_asked_for_twice_in_one_run(project: Project, site: Site) -> None:
    report = run(project, *candidates(site, "/dead", "/dead"), *candidates(site, "/dead"))
    assert counts(report) == {"dead": 3}
    assert site.paths == ["/dead"]


def test_every_entry_is_accounted_for(project: Project, site: Site, picture: Picture) -> None:
    site.files |= {f"/{number}": picture(number) for number in range(40)}
    entries = [*candidates(site, *(f"/{number}" for number in range(60)))]
    bad = [BadEntry(where=f"line {number}", reason="no address") for number in range(5)]
    report = run(project, *entries, *bad)
    assert counts(report) == {"kept": 40, "dead": 20, "bad entry": 5}
    assert report.entries == 65
    assert len(report.problems) == 25
    assert report.reasons() == [("dead", "HTTP 404", 20), ("bad entry", "no address", 5)]


def test_a_limit_counts_photos_kept_and_lists_no_further(
    project: Project, site: Site, picture: Picture
) -> None:
    site.files |= {f"/{number}": picture(number) for number in range(0, 100, 2)}
    listed = Listed(*candidates(site, *(f"/{number}" for number in range(100))))
    report = collect(project, listed, claim=PERSON, limit=7, rules=QUICK)
    assert report.counts["kept"] == 7
    assert report.counts["open"] == 100 - 7 - report.counts["dead"]
    assert listed.taken < 30
    report = collect(project, listed, claim=PERSON, limit=7, rules=QUICK)
    assert (report.counts["kept"], report.counts["held"]) == (7, 7)


def test_a_dry_run_asks_nothing_and_writes_nothing(project: Project, site: Site, picture: Picture) -> None:
    site.files |= {"/a": picture(1), "/b": picture(2)}
    run(project, *candidates(site, "/a"))
    asked = len(site.asked)
    report = run(project, *candidates(site, "/a", "/b"), dry_run=True, words=["beard"])
    assert counts(report) == {"held": 1, "open": 1}
    assert len(site.asked) == asked
    with project.database() as db:
        assert tags.tags(db) == {}
        assert db.read("SELECT count(*) FROM fetch") == [(1,)]


def test_a_status_that_ends_the_run(project: Project, site: Site, picture: Picture) -> None:
    async def refuse(asked: Any) -> None:
        # Later than it takes to see that the first photo is held.
        await asyncio.sleep(0.3)
        await asked.answer(429)

    site.files["/a"] = picture(1)
    site.scripts |= {f"/{number}": refuse for number in range(50)}
    entries = candidates(site, *(f"/{number}" for number in range(50)))
    run(project, *candidates(site, "/a"))
    report = run(project, *candidates(site, "/a"), *entries, rules={"abort_on": frozenset({429}), "rate": 50})
    assert isinstance(report.error, RemoteError)
    assert report.counts["held"] == 1
    assert report.entries == 51
    assert len(site.paths) < 12


def test_a_source_that_breaks_off_keeps_what_it_listed(
    project: Project, site: Site, picture: Picture
) -> None:
    site.files |= {f"/{number}": picture(number) for number in range(10)}
    entries = candidates(site, *(f"/{number}" for number in range(10)))
    report = collect(
        project, Listed(*entries, error=RemoteError("the page has changed")), claim=PERSON, rules=QUICK
    )
    assert counts(report) == {"kept": 10}
    assert report.error is not None
    assert report.error.what == "the page has changed"


def test_an_error_of_the_program_is_not_hidden(project: Project, site: Site, picture: Picture) -> None:
    with pytest.raises(ZeroDivisionError):
        collect(project, Listed(error=ZeroDivisionError()), claim=PERSON, rules=QUICK)


def test_one_picture_for_several_promises_stands_for_what_is_gone(
    project: Project, site: Site, picture: Picture
) -> None:
    site.files |= {"/a": picture(1), "/b": picture(1), "/c": picture(2)}
    site.files["/removed.png"] = picture(3)
    site.scripts["/d"] = lambda asked: asked.answer(302, Location="/removed.png")
    entries = [
        candidates(site, path, sha256=digit * 64)[0]
        for path, digit in (("/a", "0"), ("/b", "1"), ("/c", "2"))
    ]
    report = run(project, *entries, *candidates(site, "/d"))
    assert counts(report) == {"dead": 3, "wrong hash": 1}
    assert {one.where for one in report.problems if one.outcome == "wrong hash"} == {site.url("/c")}
    site.numbers.clear()
    assert counts(run(project, *entries)) == {"dead": 2, "wrong hash": 1}
    assert site.numbers.total() == 0


def test_directives_the_source_knows_of_are_obeyed(project: Project, site: Site, picture: Picture) -> None:
    site.files["/a"] = picture(1)
    entries = candidates(site, "/a", robots="noindex, noai")
    report = run(project, *entries)
    assert counts(report) == {"barred": 1}
    assert site.asked == []
    assert counts(run(project, *entries, rules={"obey_robots": False})) == {"kept": 1}


def test_files_a_collector_brought_are_moved_in(project: Project, tmp_path: Path, picture: Picture) -> None:
    (tmp_path / "a.png").write_bytes(picture(1))
    (tmp_path / "a.json").write_bytes(b"{}")
    (tmp_path / "b.png").write_bytes(b"<html>")
    (tmp_path / "c.png").write_bytes(picture(2))
    files = [
        Candidate(key=name, file=tmp_path / f"{name}.png", sha256=digest)
        for name, digest in (("a", None), ("b", None), ("c", "0" * 64), ("d", None))
    ]
    report = run(project, *files)
    assert counts(report) == {"kept": 1, "no photo": 1, "wrong hash": 1, "failed": 1}
    assert sorted(path.name for path in tmp_path.glob("?.*")) == ["a.json", "b.png", "c.png"]


def test_no_room_left_keeps_what_was_kept(
    project: Project, site: Site, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.files |= {f"/{number}": picture(number) for number in range(20)}
    put = PhotoStore.put

    def full(store: PhotoStore, path: bytes | Path) -> Any:
        if len([*project.photos_dir.rglob("*")]) > 10:
            raise StorageError("the disk is full")
        return put(store, path)

    monkeypatch.setattr(PhotoStore, "put", full)
    entries = candidates(site, *(f"/{number}" for number in range(20)))
    report = run(project, *entries, rules={"per_host": 1})
    assert isinstance(report.error, StorageError)
    kept = report.counts["kept"]
    assert 0 < kept < 20
    assert f"{kept:,} new photos" in report.error.what
    monkeypatch.undo()
    sent = site.sent
    report = run(project, *entries)
    assert (report.counts["held"], report.counts["kept"]) == (kept, 20 - kept)
    # What had come before there was no room is not sent again.
    assert site.sent - sent < sum(len(picture(number)) for number in range(20 - kept))


def test_one_slow_host_does_not_keep_the_others_waiting(
    project: Project, site: Site, picture: Picture
) -> None:
    quick_was_asked, in_vain = asyncio.Event(), []

    async def slow(asked: Any) -> None:
        # Answers nothing before the other host was asked.
        try:
            await asyncio.wait_for(quick_was_asked.wait(), 20)
        except TimeoutError:
            in_vain.append(asked.path)
            quick_was_asked.set()
        await asked.answer(404)

    async def quick(asked: Any) -> None:
        quick_was_asked.set()
        await asked.answer(200, picture(1))

    site.scripts |= {f"/{number}": slow for number in range(30)} | {"/quick": quick}
    entries = candidates(site, *(f"/{number}" for number in range(30)))
    other = Candidate(key="quick", url=site.url("/quick", "localhost"))
    report = run(project, *entries, other, rules={"per_host": 1})
    assert counts(report) == {"dead": 30, "kept": 1}
    assert in_vain == []


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ({"dead": 467, "wrong hash": 22, "kept": 230, "same": 40, "held": 6},
         "765 addresses: 61 % dead, 3 % wrong hash, 30 % kept, 6 % already held"),
        ({"kept": 1}, "1 address: 1 kept"),
        ({"dead": 2, "bad entry": 1, "kept": 3}, "6 addresses: 2 dead, 1 not an entry, 3 kept"),
        ({"kept": 9999, "failed": 1}, "10,000 addresses: under 1 % failed this time, over 99 % kept"),
        ({}, "0 addresses"),
    ],
)  # fmt: skip
def test_the_yield_in_one_line(numbers: dict[str, int], sentence: str) -> None:
    from facethemodel.collect.yields import YIELDS

    report = CollectReport(
        collector="listed",
        counts={name: numbers.get(name, 0) for name in YIELDS},
        problems=(),
        conflicts=(),
        settled=0,
        requests=0,
        seconds=1.0,
        error=None,
        interrupted=False,
        dry_run=False,
    )
    assert report.sentence() == sentence
