"""How much of a project a network would learn from, before one is trained."""

from __future__ import annotations

from collections.abc import Sequence

from facethemodel.dataset.quotas import targets
from facethemodel.dataset.samples import Sample, crop_key
from facethemodel.evaluation.expectation import Expectation, packaged
from facethemodel.evaluation.expectation_words import Advice, Held, advise
from facethemodel.project import Project


def outlook(project: Project, known: Sequence[Sample]) -> tuple[Expectation, Advice] | None:
    """Reads the learning curves that come with this version for a project and all its photos.

    Returns:
        None where this version has no curves for the project's network.

    Raises:
        SettingsError: The curves are damaged.
    """
    curves = packaged()
    if curves is None or curves.network != project.settings.train.network:
        return None
    return curves, advise(curves, held(project, known), target_fmr=project.settings.threshold.target_fmr)


def held(project: Project, known: Sequence[Sample]) -> Held:
    """Counts the photos of the person and the named strangers that can be used, and those to learn from.

    Photos that were not inspected yet count as usable, since most are, and are told of.
    """
    known = [sample for sample in known if _usable(sample)]
    person = [sample for sample in known if sample.label.role == "person"]
    named = [sample for sample in known if sample.identity is not None]
    strangers = {sample.identity for sample in named}
    if any(sample.assignment is not None for sample in known):
        photos_learned = sum(sample.part == "train" for sample in person)
        strangers_learned = len({sample.identity for sample in named if sample.part == "train"})
    else:
        preset = project.settings.split.preset
        share = targets(preset, "person", len(person))["train"]
        # The original's quotas of strangers count photos: so large a share of the people, too.
        of_named = len(named) if preset == "original" else len(strangers)
        photos_learned = round(share)
        strangers_learned = round(
            len(strangers) * targets(preset, "stranger", of_named)["train"] / max(of_named, 1)
        )
    return Held(
        person=project.person,
        photos=len(person),
        photos_learned=photos_learned,
        strangers=len(strangers),
        strangers_learned=strangers_learned,
        uninspected=sum(sample.inspection is None for sample in (*person, *named)),
    )


def _usable(sample: Sample) -> bool:
    seen = sample.inspection is None or crop_key(sample, "aligned112") is not None
    return sample.label.usable and seen
