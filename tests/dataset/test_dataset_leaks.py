from __future__ import annotations

from collections.abc import Callable

from facethemodel.catalogue import parts, photos
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.parts import Assignment
from facethemodel.catalogue.records import Claim, Photo, Source
from facethemodel.dataset.leaks import LeakReport, check, find_leaks
from facethemodel.dataset.samples import Sample
from facethemodel.duplicates.search import Match, MatchKind

Make = Callable[..., Sample]


def _find(photos: list[Sample], posts: dict[str, frozenset[str]] | None = None) -> LeakReport:
    return find_leaks(photos, posts or {}, person="Ann Example", near_distance=6)


def _kinds(report: LeakReport) -> set[str]:
    return {leak.kind for leak in report.leaks}


def test_a_sound_split_is_clean(make_sample: Make) -> None:
    report = _find(
        [
            make_sample("a", part="train", phash=0),
            make_sample("b", part="train", phash=1),
            make_sample("c", part="test", phash=0xFF),
            make_sample("d", part="train", role="stranger", identity="Bo"),
            make_sample("e", part="test", role="stranger", identity="Cy"),
            make_sample("f", part="test", role="stranger"),
            make_sample("g", part="curveball", role="curveball"),
            make_sample("h", role="stranger", identity="Bo", phash=0),
        ]
    )
    assert report.clean
    assert report.leaks == ()


def test_equal_pictures(make_sample: Make) -> None:
    first, second = make_sample("a", part="train", phash=5), make_sample("b", part="tune", phash=5)
    report = _find([first, make_sample("z", part="train", phash=5), second])
    assert _kinds(report) == {"exact"}
    (leak,) = report.exact
    assert {leak.first: leak.first_part, leak.second: leak.second_part} == {
        first.sha256: "train",
        second.sha256: "tune",
    }


def test_near_pictures_even_behind_many_equal_ones(make_sample: Make) -> None:
    photos = [make_sample(f"t{index}", part="train", phash=0) for index in range(20)]
    odd = make_sample("odd", part="curveball", role="curveball", phash=0b111111)
    report = _find([*photos, odd])
    assert _kinds(report) == {"near"}
    (leak,) = report.near
    assert odd.sha256 in (leak.first, leak.second)
    assert {leak.first_part, leak.second_part} == {"train", "curveball"}
    assert "6 bits apart" in leak.detail


def test_a_near_pair_hides_behind_no_other(make_sample: Make) -> None:
    # The first two are in one part; only the one in the middle of three parts reveals the leak.
    report = _find(
        [
            make_sample("a", part="train", phash=0),
            make_sample("b", part="train", phash=0b1111),
            make_sample("c", part="test", phash=0b11111111),
            make_sample("d", part="tune", phash=0b1111),
        ]
    )
    assert {frozenset((leak.first_part, leak.second_part)) for leak in report.near} == {
        frozenset(("train", "test")),
        frozenset(("test", "tune")),
        frozenset(("train", "tune")),
    }


def test_copies_in_two_parts(make_sample: Make) -> None:
    photos = [make_sample("a", part="train"), make_sample("b", part="test"), make_sample("c", part="test")]
    photos.append(make_sample("d"))
    shas = [sample.sha256 for sample in photos]
    pairs: tuple[tuple[int, int, MatchKind], ...] = ((0, 1, "face"), (1, 2, "picture"), (0, 3, "picture"))
    matches = [
        Match(first=min(shas[a], shas[b]), second=max(shas[a], shas[b]), kind=kind, orientation=1)
        for a, b, kind in pairs
    ]
    report = find_leaks(photos, {}, person="Ann Example", near_distance=6, matches=matches)
    (leak,) = report.leaks
    assert (leak.kind, leak.detail) == ("copy", "same face, mirrored")
    assert {leak.first_part, leak.second_part} == {"train", "test"}


def test_copies_that_are_called_different_things_are_in_no_part(db: Database) -> None:
    claims = {"a" * 64: Claim(role="person"), "b" * 64: Claim(role="stranger", identity="Bo")}
    for sha, claim in claims.items():
        photos.add(db, Photo(sha256=sha, size=1), source=Source(origin=sha.encode()), claim=claim)
        parts.assign(db, [Assignment(sha256=sha, part="train", group=sha)])
    first, second = claims
    copies = [Match(first=first, second=second, kind="picture")]
    report = check(db, person="Ann Example", near_distance=6, found=copies)
    assert {leak.first for leak in report.label} == {first, second}
    assert all("its copy" in leak.detail for leak in report.label)
    assert check(db, person="Ann Example", near_distance=6, found=[]).clean


def test_a_stranger_in_two_parts(make_sample: Make) -> None:
    report = _find(
        [
            make_sample("a", part="calibrate", role="stranger", identity="Bo_Derek"),
            make_sample("b", part="test", role="stranger", identity="bo  derek"),
        ]
    )
    assert _kinds(report) == {"identity"}
    assert {report.identity[0].first_part, report.identity[0].second_part} == {"calibrate", "test"}


def test_the_person_among_the_strangers(make_sample: Make) -> None:
    own = make_sample("a", part="test", role="stranger", identity="ANN_example")
    (leak,) = _find([own, make_sample("b", part="train")]).identity
    assert leak.first == leak.second == own.sha256
    assert "person's own name" in leak.detail


def test_a_stored_group_in_two_parts(make_sample: Make) -> None:
    report = _find(
        [make_sample("a", part="train", group="g" * 64), make_sample("b", part="test", group="g" * 64)]
    )
    assert _kinds(report) == {"group"}


def test_a_post_in_two_parts(make_sample: Make) -> None:
    photos = [make_sample("a", part="train"), make_sample("b", part="test")]
    posts = {photos[0].sha256: frozenset({"x", "y"}), photos[1].sha256: frozenset({"y", "z"})}
    report = _find(photos, posts)
    assert _kinds(report) == {"post"}
    assert len(report.post) == 1


def test_photos_whose_label_rules_their_part_out(make_sample: Make) -> None:
    bad = [
        make_sample("a", part="train", aside="blurred"),
        make_sample("b", part="train", conflict="x"),
        make_sample("c", part="train", role=None),
        make_sample("d", part="train", role="curveball"),
        make_sample("e", part="curveball", role="person"),
    ]
    report = _find([*bad, make_sample("f", part="train")])
    assert _kinds(report) == {"label"}
    assert {leak.first for leak in report.label} == {sample.sha256 for sample in bad}
