from __future__ import annotations

from dataclasses import replace

import pytest

from facethemodel.evaluation.needs import Holdings, Kind, Need, needs
from facethemodel.evaluation.slices import TAG, Slice

PLENTY = Holdings(
    name="Ada Example",
    person=1900,
    tested=380,
    strangers=4000,
    stranger_photos=9000,
    unnamed=0,
    calibrating=800,
    curveballs=400,
    categories=2,
    uninspected=0,
    conflicts=0,
    looked={TAG: (1900, 4000)},
    kinds=(Kind(slice=Slice(kind=TAG, name="hat", words="tagged “hat”"), person=900, strangers=900),),
)


def found(held: Holdings, *, target_fmr: float = 0.01) -> dict[str, Need]:
    return {need.what: need for need in needs(held, target_fmr=target_fmr, confidence=0.95)}


def kind(of: str, name: str, *, person: int, strangers: int) -> Kind:
    return Kind(slice=Slice(kind=of, name=name, words=f"that are {name}"), person=person, strangers=strangers)


def test_nothing_is_asked_for_where_there_is_plenty() -> None:
    known = found(PLENTY)
    assert set(known) == {"photos of the person", "strangers", "curveballs"}
    assert not any(need.lacking for need in known.values())
    assert "rule out that more than 0.8\u00a0% are missed" in known["photos of the person"].sentence


@pytest.mark.parametrize(
    ("strangers", "calibrating", "target_fmr", "advised"),
    [(1000, 200, 0.01, 1495), (1000, 200, 0.001, 14975), (10, 0, 0.01, 1495), (4000, 800, 0.01, 4000)],
)
def test_the_promise_says_how_many_strangers_it_takes(
    strangers: int, calibrating: int, target_fmr: float, advised: int
) -> None:
    held = replace(PLENTY, strangers=strangers, calibrating=calibrating)
    need = found(held, target_fmr=target_fmr)["strangers"]
    assert need.advised == advised
    assert need.lacking == (advised > strangers)


def test_what_was_asked_for_is_said_as_it_was_asked_and_bounds_are_rounded_up() -> None:
    (need,) = (one for one in needs(PLENTY, target_fmr=0.0004, confidence=0.999) if one.what == "strangers")
    assert "at most 0.04\u00a0% taken for Ada Example, with 99.9\u00a0% confidence" in need.sentence
    # Of 18 without an error up to 15.33 % could be missed.
    need = found(replace(PLENTY, person=18, tested=18))["photos of the person"]
    assert "up to 16\u00a0% of Ada Example's photos" in need.sentence


def test_few_photos_of_the_person() -> None:
    need = found(replace(PLENTY, person=200, tested=40))["photos of the person"]
    assert (need.have, need.advised) == (200, 295)
    assert "up to 7.3\u00a0% of Ada Example's photos could be missed" in need.sentence
    need = found(replace(PLENTY, person=0, tested=0, kinds=()))["photos of the person"]
    assert (need.have, need.advised) == (0, 295)
    assert "nothing can be said" in need.sentence
    assert need.command == 'facethemodel collect web "Ada Example" --as person'


def test_tags_with_few_photos_and_strangers_unlike_the_person() -> None:
    held = replace(
        PLENTY,
        kinds=(
            kind(TAG, "beard", person=0, strangers=40),
            kind(TAG, "old", person=950, strangers=12),
            kind("pose", "far turned", person=50, strangers=60),
            kind("pose", "to the front", person=1850, strangers=3900),
            kind("face size", "below 40 px", person=100, strangers=60),
        ),
        looked={TAG: (1900, 4000), "pose": (1900, 4000), "face size": (1900, 4000)},
    )
    known = found(held)
    assert known["tag: beard"].sentence.startswith("None of 1,900 photos of Ada Example are beard")
    assert known["tag: beard"].advised == 100
    assert known["tag: beard"].command == "facethemodel add PHOTOS --as person --tag beard"
    assert known["pose: far turned"].have == 50
    assert known["pose: far turned"].command == 'facethemodel collect web "Ada Example profile" --as person'
    assert "face size: below 40 px" not in known
    unlike = known["strangers, tag: old"]
    assert "50\u00a0% of the photos of Ada Example, and 12 of 4,000 strangers" in unlike.sentence
    assert unlike.advised == 200
    assert set(known) - set(found(PLENTY)) == {"tag: beard", "pose: far turned", "strangers, tag: old"}


@pytest.mark.parametrize(
    ("person", "words", "said"),
    [
        (1, "that are bright", "1 of 1,900 photos of Ada Example is bright:"),
        (50, "with the face turned far", "50 of 1,900 photos of Ada Example have the face turned far:"),
        (0, "tagged “beard”", "None of 1,900 photos of Ada Example are tagged “beard”:"),
    ],
)
def test_the_sentence_fits_the_number(person: int, words: str, said: str) -> None:
    rare = Kind(slice=Slice(kind=TAG, name="kind", words=words), person=person, strangers=4000)
    known = found(replace(PLENTY, kinds=(rare,), looked={TAG: (1900, 4000)}))
    assert known["tag: kind"].sentence.startswith(said)


def test_of_few_strangers_no_kind_is_asked_for() -> None:
    common = kind("pose", "to the front", person=1850, strangers=2)
    held = replace(PLENTY, kinds=(common,), looked={"pose": (1900, 2)})
    assert "strangers, pose: to the front" in found(held)
    assert "strangers, pose: to the front" not in found(replace(held, strangers=2, stranger_photos=400))


def test_one_size_on_one_side_only_is_named() -> None:
    same = replace(PLENTY, person_size=((200, 200), 1.0, 0.0), stranger_size=((250, 250), 0.95, 0.02))
    assert "measure 200 x 200, and 0\u00a0%" in found(same)["photos of one size"].sentence
    unseen = replace(PLENTY, kinds=(*PLENTY.kinds, kind("pose", "far turned", person=0, strangers=0)))
    assert "pose: far turned" not in found(unseen)
    both = replace(PLENTY, person_size=((250, 250), 1.0, 0.95), stranger_size=((250, 250), 0.95, 1.0))
    assert "photos of one size" not in found(both)


def test_what_keeps_the_counts_from_being_right_is_said() -> None:
    known = found(replace(PLENTY, uninspected=1, conflicts=2, unnamed=3, kinds=()))
    assert known["not inspected"].command == "facethemodel inspect"
    assert known["label conflicts"].command == "facethemodel decide --list"
    assert known["strangers without a name"].have == 3
    assert known["tags"].lacking
