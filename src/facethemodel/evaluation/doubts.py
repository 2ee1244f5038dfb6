"""Photos whose label is worth a second look, the most suspicious first."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue.records import Part, normalise_identity
from facethemodel.errors import UsageError

TABLE = "doubts.csv"
"""The list's file in the run's folder."""
FIRST = 0.05
"""Share of the person's photos that is shown as worth a look."""
FEWEST, MOST = 6, 24
STRANGERS = 50
"""How many of the strangers' photos are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One photo of the list.

    Attributes:
        sha256: Which photo.
        name: Its readable file name.
        role: What its label says.
        identity: Who its label says it is, for strangers.
        part: Its part of the split.
        face: The face that was looked at.
        suspicion: How far `near_person - near_strangers` lies from the median of the person's photos, in
            standard deviations: for the person below it, for strangers above it (as a rule they lie far
            below, and 0 is a stranger as much like the person as the person's own photos are).
        near_person: Mean likeness to the five nearest photos of the person, in [-1, 1].
        near_strangers: Mean likeness to the five nearest photos of strangers the network learned from.
        score: What the network says of it; it remembers the answer where it learned from the photo.
        learned: Whether the network learned from it.
    """

    sha256: str
    name: str
    role: Literal["person", "stranger"]
    identity: str | None
    part: Part | None
    face: int
    suspicion: float
    near_person: float
    near_strangers: float
    score: float | None
    learned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """The list.

    Attributes:
        person: All photos of the person that have a face, the most suspicious first.
        strangers: Photos of strangers that are nearer to the person than to other strangers, likewise; at
            most `STRANGERS`.
        looked_at: Photos of strangers that were looked at.
    """

    person: tuple[Doubt, ...]
    strangers: tuple[Doubt, ...]
    looked_at: int

    @property
    def worth_a_look(self) -> tuple[Doubt, ...]:
        """The first twentieth of the person's photos, at least 6 and at most 24."""
        return self.person[: worth_a_look(len(self.person))]


def worth_a_look(photos: int) -> int:
    """How many of so many photos of the person, the most suspicious first, are worth a look."""
    return min(MOST, max(FEWEST, math.ceil(FIRST * photos)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A photo to be put in order; `group` keeps it from vouching for its own near-duplicates."""

    sha256: str
    name: str
    role: Literal["person", "stranger"]
    identity: str | None
    part: Part | None
    face: int
    group: str
    score: float | None


def order(
    photos: Sequence[Looked], *, maps: NDArray[np.floating], embeddings: NDArray[np.floating]
) -> Doubts:
    """Orders photos by how far their nearest neighbours contradict their label.

    A photo of the person is suspicious when strangers' photos are as near to it as the person's other
    photos. Where the network did not learn from a photo its embedding says so best. On the photos that it
    learned from neither its score nor its embedding is a witness: it has seen their labels a hundred times.
    There the map before its dense layers speaks, which remembers little. Likeness is learned on strangers
    alone (see `likeness.learn_likeness`), no photo vouches for itself or for its near-duplicates, and both
    kinds are put on one scale, so that all parts come into one order.

    Args:
        photos: All photos of the person, strangers of the train part, and strangers to look at.
        maps: What the network's convolutions make of each, shape (n, D); see `bundle.features`.
        embeddings: What its score is taken from, shape (n, E).

    Returns:
        Nothing but empty lists where there are too few photos: two of the person and two strangers to learn
        from.

    Raises:
        ValueError: Lengths that differ.
    """
    if not len(photos) == len(maps) == len(embeddings):
        raise ValueError(f"{len(photos)} photos, but {len(maps)} maps and {len(embeddings)} embeddings")
    is_person = np.array([photo.role == "person" for photo in photos], dtype=np.bool_)
    learned = np.array([photo.part == "train" for photo in photos], dtype=np.bool_)
    if is_person.sum() < 2 or (learned & ~is_person).sum() < 2:
        return Doubts(person=(), strangers=(), looked_at=0)
    remembered = _neighbours(photos, maps, is_person, learned)
    met = _neighbours(photos, embeddings, is_person, learned)
    near = np.where(learned[:, None], remembered, met)
    contrast = near[:, 0] - near[:, 1]
    typical = np.empty(len(photos))
    for kind in (learned, ~learned):
        ours = contrast[is_person & kind]
        middle, spread = _robust(ours if len(ours) >= FEWEST else contrast[is_person])
        typical[kind] = (contrast[kind] - middle) / spread

    def doubt(row: int) -> Doubt:
        one = photos[row]
        return Doubt(
            sha256=one.sha256,
            name=one.name,
            role=one.role,
            identity=one.identity,
            part=one.part,
            face=one.face,
            suspicion=float(-typical[row] if is_person[row] else typical[row]),
            near_person=float(near[row, 0]),
            near_strangers=float(near[row, 1]),
            score=one.score,
            learned=bool(learned[row]),
        )

    person = sorted(map(doubt, np.flatnonzero(is_person).tolist()), key=_most_first)
    strangers = sorted(map(doubt, np.flatnonzero(~is_person & (contrast > 0)).tolist()), key=_most_first)
    return Doubts(
        person=tuple(person), strangers=tuple(strangers[:STRANGERS]), looked_at=int((~is_person).sum())
    )


def _neighbours(
    photos: Sequence[Looked],
    features: NDArray[np.floating],
    is_person: NDArray[np.bool_],
    learned: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """How near each photo is to the person's others and to strangers of the train part, shape (n, 2)."""
    # Late: it loads scipy, which whoever only reads a list may lack.
    from facethemodel.evaluation.likeness import learn_likeness, nearest

    strangers = np.flatnonzero(learned & ~is_person)
    names = [photos[row].identity for row in strangers.tolist()]
    likeness = learn_likeness(
        features[strangers], [None if name is None else normalise_identity(name) for name in names]
    )
    places = likeness.place(features)
    groups = [photo.group for photo in photos]
    columns = [
        nearest(places, places[rows], own=groups, other=[groups[row] for row in rows.tolist()])
        for rows in (np.flatnonzero(is_person), strangers)
    ]
    return np.column_stack(columns)


def _robust(values: NDArray[np.float64]) -> tuple[float, float]:
    """Median and the spread that a few wrong values do not move (1.4826 median absolute deviations)."""
    middle = float(np.median(values))
    return middle, max(1.4826 * float(np.median(np.abs(values - middle))), 1e-9)


def _most_first(one: Doubt) -> tuple[float, str]:
    return -one.suspicion, one.sha256


COLUMNS = tuple(field.name for field in fields(Doubt))


def write_doubts(found: Doubts, path: Path) -> None:
    """Writes both lists as CSV (UTF-8, a header line; empty is None), the person's photos first."""
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for one in (*found.person, *found.strangers):
            writer.writerow(["" if value is None else value for value in asdict(one).values()])
    draft.replace(path)


def read_doubts(path: Path) -> list[Doubt]:
    """Reads what `write_doubts` wrote.

    Raises:
        UsageError: The file is not there, has other columns, or a value that no such list holds.
    """
    again = "run `facethemodel evaluate` to write it again"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise UsageError(
                    f"{path} is no list of doubts: its columns are {reader.fieldnames}", remedy=again
                )
            return [_parse(line) for line in reader]
    except FileNotFoundError as error:
        raise UsageError(f"this model has no list of doubts ({path} is not there)", remedy=again) from error
    except (ValueError, KeyError, csv.Error) as error:
        raise UsageError(f"{path}: {error}", remedy=again) from error


def _parse(line: dict[str, str]) -> Doubt:
    if len(line) != len(COLUMNS) or None in line.values():
        raise ValueError("a line of it is too short or too long")
    return Doubt(
        sha256=line["sha256"],
        name=line["name"],
        role=line["role"],  # type: ignore[arg-type]
        identity=line["identity"] or None,
        part=line["part"] or None,  # type: ignore[arg-type]
        face=int(line["face"]),
        suspicion=float(line["suspicion"]),
        near_person=float(line["near_person"]),
        near_strangers=float(line["near_strangers"]),
        score=float(line["score"]) if line["score"] else None,
        learned=line["learned"] == "True",
    )
