from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.errors import UsageError
from facethemodel.evaluation.doubts import Doubts, Looked, order, read_doubts, write_doubts
from facethemodel.evaluation.likeness import learn_likeness, nearest

WIDTH = 40


def faces(seed: int, people: int, photos: int, *, noise: float = 0.5) -> NDArray[np.float32]:
    """`people` random faces with `photos` views each, one after another."""
    rng = np.random.default_rng(seed)
    middles = np.repeat(rng.normal(0, 1, (people, WIDTH)), photos, axis=0)
    return (middles + rng.normal(0, noise, middles.shape)).astype(np.float32)


def album(
    *, wrong: tuple[int, ...] = (), duplicates: bool = False
) -> tuple[list[Looked], NDArray[np.float32]]:
    """30 photos of the person and 40 strangers with 4 photos; those at `wrong` show stranger 7."""
    ours, eight = faces(1, 1, 30), faces(2, 40, 8).reshape(40, 8, WIDTH)
    theirs = eight[:, 4:].reshape(160, WIDTH)
    for place, at in enumerate(wrong):
        ours[at] = eight[7, 0 if duplicates else place]
    photos = [
        Looked(
            sha256=f"{i:064d}",
            name=f"{i}.jpg",
            role="person",
            identity=None,
            part="train" if i % 2 else "test",
            face=0,
            group="wrong" if duplicates and i in wrong else f"g{i}",
            score=1.0,
        )
        for i in range(30)
    ] + [
        Looked(
            sha256=f"{100 + i:064d}",
            name=f"s{i}.jpg",
            role="stranger",
            identity=f"Stranger_{i // 4}",
            part="train",
            face=0,
            group=f"s{i}",
            score=None,
        )
        for i in range(160)
    ]
    return photos, np.concatenate([ours, theirs])


def test_wrong_photos_come_first_in_the_part_that_was_learned_and_in_the_others() -> None:
    photos, features = album(wrong=(3, 8))
    found = order(photos, maps=features, embeddings=features)
    assert {one.name for one in found.person[:2]} == {"3.jpg", "8.jpg"}
    assert {one.learned for one in found.person[:2]} == {True, False}
    assert found.person[1].suspicion > 3 > found.person[2].suspicion
    assert len(found.person) == 30
    assert found.looked_at == 160


def test_a_wrong_photo_is_not_vouched_for_by_its_own_duplicate() -> None:
    photos, features = album(wrong=(3, 8), duplicates=True)
    found = order(photos, maps=features, embeddings=features)
    assert {one.name for one in found.person[:2]} == {"3.jpg", "8.jpg"}


def test_what_the_network_remembers_of_a_label_is_not_asked() -> None:
    """Embeddings of the learned photos all agree with their label; the map still tells."""
    photos, features = album(wrong=(3,))
    remembered = features.copy()
    remembered[3] = features[5]
    found = order(photos, maps=features, embeddings=remembered)
    assert found.person[0].name == "3.jpg"


def test_only_strangers_that_were_learned_from_are_asked() -> None:
    photos, features = album()
    some = [replace(one, part="test") if place >= 110 else one for place, one in enumerate(photos)]
    found = order(some, maps=features, embeddings=features)
    alone = order(photos[:110], maps=features[:110], embeddings=features[:110])
    near, near_alone = ({one.name: one.near_strangers for one in each.person} for each in (found, alone))
    assert near == pytest.approx(near_alone, abs=1e-5)


def test_a_stranger_who_is_the_person_is_listed() -> None:
    photos, features = album()
    features[40] = faces(1, 1, 31)[30]
    found = order(photos, maps=features, embeddings=features)
    assert found.strangers[0].name == "s10.jpg"
    assert all(one.near_person > one.near_strangers for one in found.strangers)


def test_too_few_photos_give_no_list() -> None:
    photos, features = album()
    assert order(photos[:31], maps=features[:31], embeddings=features[:31]) == Doubts(
        person=(), strangers=(), looked_at=0
    )
    with pytest.raises(ValueError, match="190 photos"):
        order(photos, maps=features[:3], embeddings=features)


def test_the_first_twentieth_is_worth_a_look() -> None:
    photos, features = album()
    found = order(photos, maps=features, embeddings=features)
    assert len(found.worth_a_look) == 6
    assert len(replace(found, person=found.person * 10).worth_a_look) == 15
    assert len(replace(found, person=found.person * 100).worth_a_look) == 24


def test_what_is_written_is_read(tmp_path: Path) -> None:
    photos, features = album(wrong=(3,))
    found = order(photos, maps=features, embeddings=features)
    write_doubts(found, tmp_path / "doubts.csv")
    assert read_doubts(tmp_path / "doubts.csv") == [*found.person, *found.strangers]
    with pytest.raises(UsageError, match="no list of doubts"):
        read_doubts(tmp_path / "missing.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match="its columns are"):
        read_doubts(tmp_path / "other.csv")
    whole = (tmp_path / "doubts.csv").read_text()
    for end in ("abc,d", "abc,d.jpg,person,,train,0,1,2,3,,True,and more"):
        (tmp_path / "cut.csv").write_text(whole + end)
        with pytest.raises(UsageError, match="too short or too long") as caught:
            read_doubts(tmp_path / "cut.csv")
        assert "facethemodel evaluate" in str(caught.value.remedy)
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".new"] == []


def test_likeness_looks_away_from_what_varies_in_one_face() -> None:
    rng = np.random.default_rng(5)
    who = np.repeat(rng.normal(0, 1, (60, 10)), 5, axis=0)
    lamp = rng.normal(0, 20, (300, 1))
    features = np.concatenate([who + rng.normal(0, 0.1, who.shape), np.repeat(lamp, 10, axis=1)], axis=1)
    identities = [f"s{i // 5}" for i in range(300)]
    places = learn_likeness(features, identities).place(features)
    same = (places[0] @ places[1:5].T).min()
    others = (places[0] @ places[5:].T).max()
    assert same > 0.9 > others
    # Without names nothing is known of what varies, and the lamp decides.
    blind = learn_likeness(features, [None] * 300).place(features)
    assert (blind[0] @ blind[1:5].T).min() < same


def test_likeness_needs_strangers() -> None:
    with pytest.raises(ValueError, match="1 photos"):
        learn_likeness(np.zeros((1, 4)), ["a"])


def test_the_nearest_are_those_of_other_groups() -> None:
    places = np.eye(3, dtype=np.float32)
    others = np.array([[1, 0, 0], [0.6, 0.8, 0], [0, 0, 1]], dtype=np.float32)
    found = nearest(places, others, own=["a", "b", "c"], other=["a", "b", "b"])
    assert found.tolist() == pytest.approx([(0.6 + 0.0) / 2, 0.0, (0.0 + 0.0 + 1.0) / 3])
    assert nearest(places, others[:1], own=["a", "b", "c"], other=["a"]).tolist() == [-1.0, 0.0, 0.0]
    assert nearest(places, others[:0], own=["a", "b", "c"], other=[]).tolist() == [-1.0] * 3
