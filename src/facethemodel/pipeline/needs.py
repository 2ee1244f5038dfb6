"""What a project lacks for a good model, counted from its catalogue."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue import crops
from facethemodel.catalogue.records import NO_CATEGORY, Face, Part, normalise_identity
from facethemodel.dataset.quotas import targets
from facethemodel.dataset.samples import Sample, crop_key, samples
from facethemodel.evaluation.needs import TAKEN, Holdings, Kind, Need, needs
from facethemodel.evaluation.slices import (
    BRIGHTNESS,
    COLOUR,
    SHARPNESS,
    SIZE,
    TAG,
    YAW,
    Facts,
    Slice,
    colourfulness,
    slices_of,
)
from facethemodel.inspection.crops import CropStore
from facethemodel.project import Project

LOOKED_AT = 1000
"""Strangers' photos whose colours are looked at; in the order of their hashes, so as good as drawn."""
_GREY_MODES = frozenset({"1", "L", "LA", "I", "I;16"})


def project_needs(project: Project) -> tuple[Need, ...]:
    """Lists what the project lacks, and the counts that are enough."""
    threshold = project.settings.threshold
    held = holdings(project)
    return needs(held, target_fmr=threshold.target_fmr, confidence=threshold.confidence)


def holdings(project: Project) -> Holdings:
    """Counts what the project holds of usable photos."""
    with project.database() as db:
        known = samples(db, person=project.person)
        places = crops.rows(db, "aligned112")
    usable = [sample for sample in known if sample.label.usable and _may_show_a_face(sample)]
    person = [sample for sample in usable if sample.label.role == "person"]
    strangers = [sample for sample in usable if sample.label.role == "stranger"]
    curveballs = [one for one in known if one.label.role == "curveball" and _may_be_shown(one)]
    identities = {sample.identity for sample in strangers} - {None}
    unnamed = [sample for sample in strangers if sample.identity is None]
    preset = project.settings.split.preset
    if any(sample.assignment is not None for sample in known):
        tested = sum(sample.part == "test" for sample in person)
        calibrating = _people([sample for sample in strangers if sample.part == "calibrate"])
    else:
        tested = int(targets(preset, "person", len(person))["test"])
        # The original's quotas of strangers count photos: so large a share of the people, too.
        of_them = len(strangers) if preset == "original" else len(identities)
        calibrating = int(_share(targets(preset, "stranger", of_them), of_them) * _people(strangers))
    kinds, looked = _kinds(person, strangers, places, CropStore(project.cache_dir).open("aligned112"))
    sizes = [_sizes(side) for side in (person, strangers)]
    return Holdings(
        name=project.person,
        person=len(person),
        tested=tested,
        strangers=_people(strangers),
        stranger_photos=len(strangers),
        unnamed=len(unnamed),
        calibrating=calibrating,
        curveballs=len(curveballs),
        categories=len({normalise_identity(one.label.category or NO_CATEGORY) for one in curveballs}),
        uninspected=sum(one.inspection is None for one in known),
        conflicts=sum(one.label.conflict is not None for one in known),
        looked=looked,
        kinds=kinds,
        person_size=_commonest(*sizes),
        stranger_size=_commonest(*reversed(sizes)),
    )


def _may_show_a_face(sample: Sample) -> bool:
    return sample.inspection is None or any(face.accepted for face in sample.inspection.faces)


def _may_be_shown(sample: Sample) -> bool:
    return sample.label.usable and (sample.inspection is None or sample.inspection.readable)


def _people(strangers: Sequence[Sample]) -> int:
    """Different strangers, as the promise counts them: of photos without a name each group is one."""
    return len({sample.draw for sample in strangers})


def _share(quotas: Mapping[Part, float], total: int) -> float:
    return quotas["calibrate"] / total if total else 0.2


def _kinds(
    person: Sequence[Sample],
    strangers: Sequence[Sample],
    places: Mapping[tuple[str, int], int],
    cached: NDArray[np.uint8],
) -> tuple[tuple[Kind, ...], dict[str, tuple[int, int]]]:
    """Counts photos of the person and strangers by kind, and those of which something is known."""
    own: Counter[Slice] = Counter()
    others: defaultdict[Slice, set[str]] = defaultdict(set)
    own_looked: Counter[str] = Counter()
    others_looked: defaultdict[str, set[str]] = defaultdict(set)
    for sample in person:
        found = set(slices_of(_facts(sample, places, cached)))
        own.update(found)
        own_looked.update({one.kind for one in found})
    for number, sample in enumerate(strangers):
        facts = _facts(sample, places, cached if number < LOOKED_AT else None)
        for one in slices_of(facts):
            others[one].add(sample.draw)
            others_looked[one.kind].add(sample.draw)
    looked = {kind: (own_looked[kind], len(others_looked[kind])) for kind in {*own_looked, *others_looked}}
    # Tags are the user's words: a photo without one was looked at, too.
    looked[TAG] = (len(person), _people(strangers) if others_looked[TAG] else 0)
    slices = {one for one in {*own, *others} if one.kind != TAKEN} | _conditions() | _decades(own)
    kinds = [Kind(slice=one, person=own[one], strangers=len(others[one])) for one in slices]
    return tuple(sorted(kinds, key=lambda kind: (kind.slice.kind, kind.slice.name))), looked


def _conditions() -> set[Slice]:
    """Every kind that can be measured, those of which there is no photo among them."""
    return {
        Slice(kind=bins.kind, name=name, words=words)
        for bins in (YAW, SIZE, COLOUR, BRIGHTNESS, SHARPNESS)
        for name, words in zip(bins.names, bins.words, strict=True)
    }


def _decades(own: Mapping[Slice, int]) -> set[Slice]:
    """The decades from the person's first to the last known, gaps included."""
    years = [int(one.name[:4]) for one in own if one.kind == TAKEN]
    if not years:
        return set()
    names = (f"{year}s" for year in range(min(years), max(years) + 1, 10))
    return {Slice(kind=TAKEN, name=name, words=f"taken in the {name}") for name in names}


def _facts(sample: Sample, places: Mapping[tuple[str, int], int], cached: NDArray[np.uint8] | None) -> Facts:
    face = _face(sample)
    colour = None
    if face is not None and cached is not None:
        place = places.get((sample.sha256, face.index))
        if place is not None and place < len(cached):
            colour = colourfulness(cached[place])
        elif sample.inspection is not None and sample.inspection.mode in _GREY_MODES:
            colour = 0.0
    return Facts(tags=sample.tags, face=face, colour=colour, taken=sample.taken)


def _face(sample: Sample) -> Face | None:
    key = crop_key(sample, "aligned112")
    if key is None or sample.inspection is None:
        return None
    return next(face for face in sample.inspection.faces if face.index == key[1])


def _sizes(side: Sequence[Sample]) -> Counter[tuple[int, int]]:
    found = (sample.inspection for sample in side if sample.inspection is not None)
    return Counter((one.width, one.height) for one in found)


def _commonest(
    ours: Counter[tuple[int, int]], theirs: Counter[tuple[int, int]]
) -> tuple[tuple[int, int], float, float] | None:
    if not ours or not theirs:
        return None
    ((size, count),) = ours.most_common(1)
    return size, count / ours.total(), theirs[size] / theirs.total()
