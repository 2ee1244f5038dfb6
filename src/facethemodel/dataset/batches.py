"""Batches for a training loop, made on threads, in an order that depends on seed and epoch only."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from facethemodel.cores import opencv_on_one_thread
from facethemodel.dataset.augment import Augmentation
from facethemodel.dataset.samples import LabelledCrops
from facethemodel.errors import NoUsableDataError

_AHEAD = 4
_IN_TURN = 4
"""Batches that each thread makes in a row while the caller waits: with fewer, threads wait for each other."""
_ORDER, _PERSON, _STRANGERS, _AUGMENT = range(4)
"""What a generator is for, so that no two uses share their random numbers."""
_Pool = tuple[int, NDArray[np.int64], int]
"""What its shuffling is for, the crops to take from, and how many per batch."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """What one step learns from.

    Attributes:
        pixels: Shape (B, S, S, 3), RGB.
        is_person: Shape (B,), 1 for the person and 0 for a stranger.
        identity: Shape (B,), as in `LabelledCrops`.
        chosen: Shape (B,), the crops' positions in `LabelledCrops`.
    """

    pixels: NDArray[np.uint8]
    is_person: NDArray[np.float32]
    identity: NDArray[np.int64]
    chosen: NDArray[np.int64]


class Batches:
    """Batches of crops, epoch by epoch.

    All batches are full: where the crops do not come out even, the next round's first ones fill the last
    batch, and the next epoch goes on behind them, so that over time every crop is seen equally often. With
    `person_share` this holds for the person's crops and for the strangers' apart.

    Args:
        images: Shape (N, S, S, 3), an array or a memory-mapped file.
        crops: Which rows of it, and what they show.
        batch_size: Crops per batch.
        seed: Decides order and augmentation.
        augment: Applied to every batch; None leaves the crops as they are.
        person_share: Share of each batch that shows the person, by repeating the person's crops, at least
            one; None takes the crops as often as they come. Without effect where there are no strangers or no
            person.
        per_epoch: Crops per epoch, rounded up to full batches; None makes every crop (with `person_share`:
            every stranger's crop) come at least once.
        side_by_side: Threads that make batches, a few each, while the caller waits; None makes
            them ahead on one thread while the caller works. To wait is quicker where the caller keeps all
            cores busy: a thread taken away for a moment holds up all the others.

    Raises:
        NoUsableDataError: There are no crops.
        ValueError: An argument is out of range.
    """

    def __init__(
        self,
        images: NDArray[np.uint8],
        crops: LabelledCrops,
        *,
        batch_size: int,
        seed: int,
        augment: Augmentation | None = None,
        person_share: float | None = None,
        per_epoch: int | None = None,
        side_by_side: int | None = None,
    ) -> None:
        if batch_size < 1 or (per_epoch is not None and per_epoch < 1):
            raise ValueError(f"batch_size and per_epoch must be positive, not {batch_size} and {per_epoch}")
        if person_share is not None and not 0 < person_share < 1:
            raise ValueError(f"person_share must lie between 0 and 1, not {person_share}")
        if len(crops) == 0:
            raise NoUsableDataError("no crops to make batches of", remedy="facethemodel status")
        self._images = images
        self._crops = crops
        self._seed = seed
        self._augment = augment
        self._side_by_side = side_by_side
        person, strangers = np.flatnonzero(crops.is_person), np.flatnonzero(~crops.is_person)
        if person_share is None or not len(person) or not len(strangers) or batch_size < 2:
            self._pools: tuple[_Pool, ...] = ((_ORDER, np.arange(len(crops)), batch_size),)
            once = len(crops)
        else:
            of_person = min(max(round(person_share * batch_size), 1), batch_size - 1)
            self._pools = ((_PERSON, person, of_person), (_STRANGERS, strangers, batch_size - of_person))
            once = -(-len(strangers) // (batch_size - of_person)) * batch_size
        self._steps = -(-(per_epoch or once) // batch_size)

    def __len__(self) -> int:
        """Batches per epoch."""
        return self._steps

    def epoch(self, number: int) -> Iterator[Batch]:
        """Yields the batches of one epoch; no earlier epoch needs to have run.

        The threads they are made on end with the iterator: when it is exhausted, closed or dropped. What
        fails on them is raised here.
        """
        steps = enumerate(
            np.concatenate(
                [self._draw(purpose, pool, share, epoch=number) for purpose, pool, share in self._pools],
                axis=1,
            )
        )
        with (
            opencv_on_one_thread(),
            ThreadPoolExecutor(self._side_by_side or 1, thread_name_prefix="batches") as threads,
        ):
            try:
                if self._side_by_side is None:
                    yield from self._made_ahead(threads, number, steps)
                else:
                    while group := list(islice(steps, _IN_TURN * self._side_by_side)):
                        yield from list(threads.map(lambda step: self._make(number, *step), group))
            finally:
                threads.shutdown(cancel_futures=True)

    def _made_ahead(
        self, thread: ThreadPoolExecutor, number: int, steps: Iterator[tuple[int, NDArray[np.int64]]]
    ) -> Iterator[Batch]:
        ahead = deque(thread.submit(self._make, number, *step) for step in islice(steps, _AHEAD))
        while ahead:
            batch = ahead.popleft().result()
            ahead.extend(thread.submit(self._make, number, *step) for step in islice(steps, 1))
            yield batch

    def _make(self, epoch: int, step: int, chosen: NDArray[np.int64]) -> Batch:
        pixels = np.ascontiguousarray(self._images[self._crops.rows[chosen]])
        if self._augment is not None:
            pixels = self._augment(pixels, self._generator(_AUGMENT, epoch, step))
        return Batch(
            pixels=pixels,
            is_person=self._crops.is_person[chosen].astype(np.float32),
            identity=self._crops.identity[chosen].astype(np.int64),
            chosen=chosen,
        )

    def _draw(self, purpose: int, pool: NDArray[np.int64], share: int, *, epoch: int) -> NDArray[np.int64]:
        """Cuts one epoch out of an endless row of shuffled rounds through the pool; shape (steps, share)."""
        count = self._steps * share
        first_round, skip = divmod(epoch * count, len(pool))
        rounds = -(-(skip + count) // len(pool))
        row = np.concatenate(
            [self._generator(purpose, first_round + turn).permutation(pool) for turn in range(rounds)]
        )
        return row[skip : skip + count].reshape(self._steps, share)

    def _generator(self, *key: int) -> Generator:
        return np.random.default_rng((self._seed, *key))
