from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from facethemodel.catalogue import decisions, photos, rechecks, reviews
from facethemodel.catalogue.decisions import Decision
from facethemodel.catalogue.records import Claim, Source
from facethemodel.catalogue.reviews import Act, What
from facethemodel.errors import UsageError
from facethemodel.project import Project
from facethemodel.review.desk import Desk
from facethemodel.review.shelf import SORTS, Filter

KEYS = map("key-{:08d}".format, itertools.count())
ALL = Filter()
UNDECIDED = Filter(standing="undecided")


@pytest.fixture
def project(make_project: Callable[..., Project], tmp_path: Path) -> Project:
    return make_project(tmp_path / "project", count=8, strangers=4)


@pytest.fixture
def desk(project: Project) -> Iterator[Desk]:
    desk = Desk(project)
    yield desk
    desk.close()


def names(desk: Desk, chosen: Filter = ALL, sort: str = "name") -> list[str]:
    cards = desk.shelf.cards(desk.order(chosen, sort).numbers)  # type: ignore[arg-type]
    return [card["name"].removesuffix(".jpg") for card in cards]


def do(desk: Desk, what: What, *which: str, word: str = "") -> None:
    shas = {card["name"]: card["sha256"] for card in desk.shelf.cards(desk.order(ALL, "name").numbers)}
    desk.act(Act(key=next(KEYS), what=what, shas=tuple(shas[f"{name}.jpg"] for name in which), word=word))


def test_each_filter_and_what_it_offers(desk: Desk) -> None:
    do(desk, "keep", "000")
    do(desk, "aside", "001", "002", word="drawing")
    do(desk, "tag", "001", "005", word="Beard")
    assert names(desk, Filter(standing="keep")) == ["000"]
    assert names(desk, Filter(standing="aside")) == ["001", "002"]
    assert names(desk, Filter(role="stranger")) == ["008", "009", "010", "011"]
    assert names(desk, Filter(flag="blurred")) == ["003"]
    assert names(desk, Filter(tag="beard", standing="undecided")) == ["005"]
    assert names(desk, Filter(source="album/others", name="BO")) == ["008", "009", "010", "011"]
    assert names(desk, Filter(name="00")) == [f"{number:03d}" for number in range(10)]
    offered = desk.shelf.facets(Filter(role="person"))
    assert offered["standing"] == [("undecided", 5), ("aside", 2), ("keep", 1)]
    assert offered["role"] == [("person", 8), ("stranger", 4)]
    assert (offered["tag"], offered["flag"]) == ([("beard", 2)], [("blurred", 1)])
    assert desk.progress(Filter(role="person", standing="keep"))["every"] == 8


def test_each_order(project: Project) -> None:
    with project.database() as db:
        shas = [photo.sha256 for photo in photos.all_photos(db)]
        shown = photos.display_names(db)
    desk = Desk(project, lambda: {shas[2]: 3.5, shas[5]: 0.5, shas[7]: -1.0})
    ascending = [f"{number:03d}" for number in range(12)]
    assert names(desk, sort="gate") == ascending
    assert names(desk, sort="size") == ascending
    assert names(desk, sort="sharpness") == ascending[::-1]
    assert names(desk, sort="flags")[0] == "003"
    assert [f"{name}.jpg" for name in names(desk, sort="doubt")[:3]] == [shown[shas[i]] for i in (2, 5, 7)]
    assert all(len(desk.order(ALL, sort).numbers) == 12 for sort in SORTS)
    desk.close()


def test_the_models_bands_sure_ones_are_kept_as_its_own_and_come_back_by_undo(project: Project) -> None:
    with project.database() as db:
        shas = [photo.sha256 for photo in photos.all_photos(db)]
    desk = Desk(project, lambda: {sha: (-1.0, 1.0, 4.0)[i % 3] for i, sha in enumerate(shas)})
    desk.act(Act(key=next(KEYS), what="aside", shas=(shas[0],), word="absent"))
    assert desk.order(Filter(band="sure"), "doubt").every == 4
    assert desk.accept_sure(ALL, key=next(KEYS)) == 3
    with project.database() as db:
        found = decisions.latest_standings(db)
    assert found[shas[0]].kind == "aside"
    assert [(found[sha].kind, found[sha].actor) for sha in shas[3::3]] == [("keep", "auto")] * 3
    assert desk.order(Filter(band="doubtful", standing="undecided"), "doubt").numbers
    with pytest.raises(UsageError, match="no undecided photo"):
        desk.accept_sure(ALL, key=next(KEYS))
    desk.undo(next(KEYS))
    assert desk.progress(ALL)["decided"] == 1
    desk.close()


def test_what_other_commands_do_is_taken_over(desk: Desk, project: Project) -> None:
    listed = names(desk)
    with project.database() as db:
        shas = [photo.sha256 for photo in photos.all_photos(db)]
        decisions.record(db, [Decision(sha256=shas[0], kind="aside", reason="drawing")])
        assert desk.progress(ALL)["decided"] == 1
        photo = photos.get(db, shas[1])
        assert photo is not None
        source = Source(origin=b"/elsewhere/again.jpg")
        photos.add(db, photo, source=source, claim=Claim(role="stranger"))
    assert sorted(names(desk)) == sorted(listed)
    conflict = desk.order(Filter(flag="label-conflict"), "name").numbers
    assert [card["sha256"] for card in desk.shelf.cards(conflict)] == [shas[1]]
    desk.act(Act(key=next(KEYS), what="role", shas=(shas[1],), word="person"))
    assert desk.order(Filter(flag="label-conflict"), "name").numbers == []
    desk.undo(next(KEYS))
    assert desk.order(Filter(flag="label-conflict"), "name").numbers == conflict


def test_two_windows_on_one_project_see_one_anothers_decisions(desk: Desk, project: Project) -> None:
    other = Desk(project)
    do(desk, "keep", "000", "001")
    do(other, "aside", "001", word="absent")
    assert names(desk, Filter(standing="keep")) == names(other, Filter(standing="keep")) == ["000"]
    assert other.undo(next(KEYS))[0] == reviews.Done(
        what="aside", word="absent", shas=tuple(_shas(other, "001")), way="undone"
    )
    assert names(desk, Filter(standing="keep")) == ["000", "001"]
    other.close()


def test_decisions_outlive_a_new_inspection_a_new_import_and_a_move(
    desk: Desk, project: Project, tmp_path: Path
) -> None:
    do(desk, "aside", "004", word="drawing")
    do(desk, "tag", "004", word="old")
    desk.close()
    with project.database() as db:
        with db.write() as connection:
            connection.execute("DELETE FROM inspection")
        for photo in photos.all_photos(db):
            photos.add(db, photo, source=Source(origin=b"/again/" + photo.sha256.encode()), claim=None)
    moved = Project.open(Path(shutil.move(project.root, tmp_path / "moved")))
    again = Desk(moved)
    assert names(again, Filter(standing="aside", tag="old")) == ["004"]
    assert again.undo(next(KEYS))[0] is not None
    assert again.undo(next(KEYS))[0] is not None
    assert names(again, UNDECIDED) == [f"{number:03d}" for number in range(12)]
    again.close()


@pytest.mark.slow
def test_two_percent_are_asked_a_second_time_without_being_told(
    make_project: Callable[..., Project], tmp_path: Path
) -> None:
    project = make_project(tmp_path / "many", count=400)
    desk = Desk(project)
    ordered = desk.order(UNDECIDED, "gate").numbers
    first = [card["sha256"] for card in desk.shelf.cards(ordered[:200])]
    for sha in first:
        desk.act(Act(key=next(KEYS), what="keep", shas=(sha,)))
    listed = desk.order(UNDECIDED, "gate").numbers
    again = [card for card in desk.shelf.cards(listed) if card["sha256"] in first]
    assert len(listed) == 200 + len(again)
    assert len(again) == 4
    assert {card["standing"] for card in again} == {None}
    assert min(listed.index(card["number"]) for card in again) == 49
    with project.database() as db:
        assert sum(one.kind == "keep" for one in decisions.latest_standings(db).values()) == 200
    for card, what in zip(again, ("keep", "keep", "unsure", "keep"), strict=True):
        desk.act(Act(key=next(KEYS), what=what, shas=(card["sha256"],)))  # type: ignore[arg-type]
    with project.database() as db:
        assert rechecks.consistency(db) == rechecks.Consistency(twice=4, same=3)
        desk.undo(next(KEYS))
        assert rechecks.consistency(db) == rechecks.Consistency(twice=3, same=2)
        desk.redo(next(KEYS))
        assert rechecks.consistency(db) == rechecks.Consistency(twice=4, same=3)
    assert desk.order(UNDECIDED, "gate").numbers == listed[:0] + [
        n for n in ordered if n not in ordered[:200]
    ]
    desk.close()


def _shas(desk: Desk, *which: str) -> list[str]:
    cards = desk.shelf.cards(desk.order(ALL, "name").numbers)
    return [card["sha256"] for card in cards if card["name"].removesuffix(".jpg") in which]
