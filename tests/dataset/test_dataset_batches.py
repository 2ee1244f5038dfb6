from __future__ import annotations

import gc
import threading
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator
from numpy.typing import NDArray

from facethemodel.dataset.augment import FaceAugment
from facethemodel.dataset.batches import Batch, Batches
from facethemodel.dataset.samples import LabelledCrops
from facethemodel.errors import NoUsableDataError

SIDE = 8


def _images(count: int) -> NDArray[np.uint8]:
    """Every pixel of image i is i, so that pixels tell which crop they are."""
    return np.broadcast_to(
        np.arange(count, dtype=np.uint8)[:, None, None, None], (count, SIDE, SIDE, 3)
    ).copy()


def _crops(person: int, strangers: int) -> LabelledCrops:
    """Rows are in reverse order, so that a row is not its position."""
    count = person + strangers
    is_person = np.arange(count) < person
    return LabelledCrops(
        rows=np.arange(count, dtype=np.int64)[::-1].copy(),
        is_person=is_person,
        identity=np.where(is_person, -1, np.arange(count)).astype(np.int32),
        shas=tuple(str(index) for index in range(count)),
        identities=tuple(str(index) for index in range(count)),
    )


def _shown(batches: Batches, epoch: int) -> list[list[int]]:
    return [batch.pixels[:, 0, 0, 0].tolist() for batch in batches.epoch(epoch)]


def _threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("batches")]


def test_pixels_and_labels_belong_together() -> None:
    crops = _crops(5, 12)
    for batch in Batches(_images(17), crops, batch_size=4, seed=0).epoch(0):
        shown = 16 - batch.pixels[:, 0, 0, 0].astype(int)
        np.testing.assert_array_equal(batch.is_person, crops.is_person[shown])
        np.testing.assert_array_equal(batch.identity, crops.identity[shown])
        assert batch.pixels.shape == (4, SIDE, SIDE, 3)
        assert batch.pixels.dtype == np.uint8
        assert batch.is_person.dtype == np.float32
        assert batch.identity.dtype == np.int64


def test_order_depends_on_seed_and_epoch_only() -> None:
    images, crops = _images(50), _crops(10, 40)
    batches = Batches(images, crops, batch_size=8, seed=1)
    epochs = [_shown(batches, number) for number in range(3)]
    assert _shown(Batches(images, crops, batch_size=8, seed=1), 2) == epochs[2]
    assert epochs[0] != epochs[1] != epochs[2]
    assert _shown(Batches(images, crops, batch_size=8, seed=2), 0) != epochs[0]


def test_augmented_pixels_can_be_made_again() -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)

    def epoch(side_by_side: int | None = None) -> list[Batch]:
        batches = Batches(
            images,
            _crops(5, 15),
            batch_size=5,
            seed=9,
            augment=FaceAugment(),
            side_by_side=side_by_side,
        )
        return list(batches.epoch(1))

    first = epoch()
    assert len(first) == 4
    for again in (epoch(), epoch(1), epoch(3), epoch(8)):
        for left, right in zip(first, again, strict=True):
            np.testing.assert_array_equal(left.pixels, right.pixels)
            np.testing.assert_array_equal(left.chosen, right.chosen)
    assert (first[0].pixels != first[1].pixels).any()


@given(
    person=st.integers(0, 12),
    strangers=st.integers(0, 30),
    size=st.integers(1, 16),
    share=st.none() | st.floats(0.05, 0.95),
    per_epoch=st.none() | st.integers(1, 50),
)
@settings(deadline=None, max_examples=60)
def test_batches_are_full_and_every_crop_comes_equally_often(
    person: int, strangers: int, size: int, share: float | None, per_epoch: int | None
) -> None:
    if person + strangers == 0:
        person = 1
    count = person + strangers
    batches = Batches(
        _images(count),
        _crops(person, strangers),
        batch_size=size,
        seed=0,
        person_share=share,
        per_epoch=per_epoch,
    )
    seen: Counter[int] = Counter()
    for epoch in range(3):
        shown = _shown(batches, epoch)
        assert len(shown) == len(batches)
        assert all(len(batch) == size for batch in shown)
        if per_epoch is not None:
            assert len(batches) == -(-per_epoch // size)
        seen.update(index for batch in shown for index in batch)
        if epoch == 0 and per_epoch is None:
            assert len(seen.keys() & set(range(strangers))) == strangers
    people = [seen[index] for index in range(strangers, count)]
    others = [seen[index] for index in range(strangers)]
    for group in (
        (people, others) if share is not None and size > 1 and person and strangers else (people + others,)
    ):
        assert max(group) - min(group) <= 1


@pytest.mark.parametrize(("share", "expected"), [(0.25, 4), (0.5, 8), (0.01, 1), (0.99, 15)])
def test_the_share_of_the_person_holds_in_every_batch(share: float, expected: int) -> None:
    batches = Batches(_images(100), _crops(3, 97), batch_size=16, seed=0, person_share=share)
    assert {int(batch.is_person.sum()) for batch in batches.epoch(0)} == {expected}


def test_a_memory_mapped_file_will_do(tmp_path: Path) -> None:
    _images(20).tofile(tmp_path / "crops.u8")
    mapped = np.memmap(tmp_path / "crops.u8", dtype=np.uint8, mode="r", shape=(20, SIDE, SIDE, 3))
    batches = Batches(mapped, _crops(4, 16), batch_size=5, seed=0)
    assert sorted(index for batch in _shown(batches, 0) for index in batch) == list(range(20))
    (first, *_) = batches.epoch(0)
    assert type(first.pixels) is np.ndarray


def test_the_thread_ends_with_the_consumer() -> None:
    batches = Batches(_images(100), _crops(10, 90), batch_size=2, seed=0)
    for _ in batches.epoch(0):
        break
    gc.collect()
    assert _threads() == []
    epoch = batches.epoch(1)
    next(epoch)
    assert len(_threads()) == 1
    list(epoch)
    assert _threads() == []


class _Fails:
    def __init__(self, at: int) -> None:
        self.calls = 0
        self.at = at

    def __call__(self, images: NDArray[np.uint8], random: Generator) -> NDArray[np.uint8]:
        self.calls += 1
        if self.calls == self.at:
            raise ZeroDivisionError("in the thread")
        return images


def test_what_fails_in_the_thread_is_raised_here() -> None:
    batches = Batches(_images(40), _crops(4, 36), batch_size=4, seed=0, augment=_Fails(3))
    epoch = batches.epoch(0)
    next(epoch)
    next(epoch)
    with pytest.raises(ZeroDivisionError, match="in the thread"):
        next(epoch)
    assert _threads() == []


def test_what_fails_in_one_of_several_threads_is_raised_here() -> None:
    batches = Batches(_images(40), _crops(4, 36), batch_size=2, seed=0, augment=_Fails(13), side_by_side=3)
    epoch = batches.epoch(0)
    assert len([next(epoch) for _ in range(12)]) == 12
    with pytest.raises(ZeroDivisionError, match="in the thread"):
        next(epoch)
    assert _threads() == []


def test_nothing_is_made_beside_what_the_caller_does() -> None:
    counter = _Fails(-1)
    batches = Batches(_images(100), _crops(10, 90), batch_size=1, seed=0, augment=counter, side_by_side=4)
    epoch = batches.epoch(0)
    for made in (16, 32):
        for _ in range(16):
            next(epoch)
            assert counter.calls == made
    del epoch
    gc.collect()
    assert _threads() == []


def test_little_is_made_ahead() -> None:
    counter = _Fails(-1)
    epoch = Batches(_images(100), _crops(10, 90), batch_size=1, seed=0, augment=counter).epoch(0)
    for _ in range(3):
        next(epoch)
    del epoch
    gc.collect()
    assert counter.calls <= 8


def test_no_crops() -> None:
    with pytest.raises(NoUsableDataError, match="no crops"):
        Batches(_images(1), _crops(0, 0), batch_size=4, seed=0)


@pytest.mark.parametrize(
    "options", [{"batch_size": 0}, {"person_share": 0.0}, {"person_share": 1.0}, {"per_epoch": 0}]
)
def test_values_out_of_range(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        Batches(_images(4), _crops(2, 2), **{"batch_size": 4, "seed": 0} | options)  # type: ignore[arg-type]
