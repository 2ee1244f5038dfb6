from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from facethemodel.dataset.groups import find_ties
from facethemodel.dataset.samples import Sample
from facethemodel.duplicates.search import Match
from facethemodel.photos.decode import decode
from facethemodel.photos.fingerprint import perceptual_hash

Make = Callable[..., Sample]
NO_POSTS: dict[str, frozenset[str]] = {}


def group_photos(
    samples: Sequence[Sample],
    posts: Mapping[str, frozenset[str]],
    *,
    near_distance: int,
    matches: Sequence[Match] = (),
) -> dict[str, str]:
    """Per photo the smallest sha256 of those that it is tied to, by whatever chain."""
    ties = find_ties(samples, posts, near_distance=near_distance, matches=matches)
    return {sha: group[0] for group in ties.components(ties.hubs) for sha in group}


def test_near_duplicates_chain_into_one_group_named_after_its_smallest_hash(make_sample: Make) -> None:
    chain = [make_sample(f"copy {step}", phash=(1 << 3 * step) - 1) for step in range(4)]
    other = make_sample("other", phash=0xFFFF << 40)
    groups = group_photos([*chain, other], NO_POSTS, near_distance=3)
    assert {groups[sample.sha256] for sample in chain} == {min(sample.sha256 for sample in chain)}
    assert groups[other.sha256] == other.sha256


def test_distance_is_inclusive(make_sample: Make) -> None:
    pair = [make_sample("a", phash=0b0), make_sample("b", phash=0b111111)]
    assert len(set(group_photos(pair, NO_POSTS, near_distance=6).values())) == 1
    assert len(set(group_photos(pair, NO_POSTS, near_distance=5).values())) == 2


def test_one_stranger_is_one_group_however_the_name_is_spelt(make_sample: Make) -> None:
    photos = [
        make_sample("1", role="stranger", identity="George_W_Bush"),
        make_sample("2", role="stranger", identity="george w  bush"),
        make_sample("3", role="stranger", identity="Laura Bush"),
        make_sample("4", role="stranger"),
        make_sample("5", role="stranger"),
    ]
    groups = group_photos(photos, NO_POSTS, near_distance=6)
    assert groups[photos[0].sha256] == groups[photos[1].sha256]
    assert len(set(groups.values())) == 4


def test_one_post_is_one_group_and_photos_of_the_person_alone_are_none(make_sample: Make) -> None:
    photos = [make_sample(str(index)) for index in range(4)]
    posts = {photos[0].sha256: frozenset({"p", "q"}), photos[1].sha256: frozenset({"q"})}
    groups = group_photos(photos, posts, near_distance=6)
    assert groups[photos[0].sha256] == groups[photos[1].sha256]
    assert len(set(groups.values())) == 3


def test_photos_without_a_hash_are_near_to_none(make_sample: Make) -> None:
    photos = [make_sample(str(index), inspected=False) for index in range(3)]
    assert len(set(group_photos(photos, NO_POSTS, near_distance=64).values())) == 3


def test_copies_are_one_group_and_so_are_people_cut_from_one_photo(make_sample: Make) -> None:
    photos = sorted((make_sample(str(index)) for index in range(5)), key=lambda sample: sample.sha256)
    shas = [sample.sha256 for sample in photos]
    matches = [
        Match(first=shas[0], second=shas[1], kind="picture"),
        Match(first=shas[1], second=shas[3], kind="scene"),
        Match(first=shas[2], second="f" * 64, kind="picture"),
    ]
    groups = group_photos(photos, NO_POSTS, near_distance=6, matches=matches)
    assert [groups[sha] for sha in shas] == [shas[0], shas[0], shas[2], shas[0], shas[4]]


@pytest.mark.real
def test_the_default_threshold_finds_the_copies_and_glues_no_crowd(
    make_sample: Make, shared_data: Path
) -> None:
    files = sorted((shared_data / "beatles").glob("*/*/*"))
    files += sorted((shared_data / "lfw" / "images").glob("[A-C]*/*"))
    photos = [
        make_sample(
            str(file),
            role="stranger",
            identity=file.parent.parent.name if "beatles" in file.parts else file.parent.name,
            phash=perceptual_hash(decode(file.read_bytes()).pixels),
        )
        for file in files
    ]
    beatles = [sample for sample in photos if "/beatles/" in sample.name]
    # Without names, so that only near-duplicates group.
    nameless = [make_sample(sample.name, phash=sample.phash) for sample in beatles]
    copies = Counter(group_photos(nameless, NO_POSTS, near_distance=6).values())
    assert 45 <= len(beatles) - len(copies) <= 90
    assert max(copies.values()) <= 5

    people: dict[str, set[str | None]] = defaultdict(set)
    groups = group_photos(photos, NO_POSTS, near_distance=6)
    for sample in photos:
        people[groups[sample.sha256]].add(sample.identity)
    assert max(len(names) for names in people.values()) <= 4
    assert sum(len(names) > 1 for names in people.values()) < 20
