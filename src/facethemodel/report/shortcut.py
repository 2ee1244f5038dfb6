"""The test of shortcuts as a person reads it."""

from __future__ import annotations

from dataclasses import dataclass

from facethemodel.evaluation.areas import Area
from facethemodel.evaluation.inputs import ReportInputs
from facethemodel.evaluation.shortcut import OTHERS, Shortcut, Told
from facethemodel.report.pictures import data_address
from facethemodel.report.wording import NOTHING, score

VIEWS = ("as it is", "without the face", "nothing but the face", "source evened out")
LINES = (
    ("whole", "The model, on the test photos", "as it is used"),
    ("without_face", "The model, the face blanked", "what hair, background and source give away"),
    ("only_face", "The model, nothing but the face", "the rest blanked"),
    ("evened", "The model, the source evened out", "nothing but the face: grey, coarse, of one contrast"),
    ("surroundings", "A classifier of the surroundings", "linear; sees all but the face"),
    ("traces", "A classifier of the traces", "linear; sees only sharpness, compression, repeated pixels"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One condition: `areas` are against all test strangers and against each named comparison."""

    label: str
    hint: str
    areas: tuple[Area, ...]
    decides: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One small picture with what is on it."""

    data: str
    view: str
    score: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shots:
    """One crop, or one photo, under the four conditions."""

    who: str
    name: str
    shots: tuple[Shot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortcutView:
    """The section of the report; `oval` says what is taken for the face."""

    figures: Shortcut
    lines: tuple[Line, ...]
    examples: tuple[Shots, ...]
    verdict: str
    oval: str


def shortcut_view(inputs: ReportInputs) -> ShortcutView | None:
    """Prepares the section; None where the test was not made."""
    if inputs.shortcut is None:
        return None
    figures = inputs.shortcut.figures
    return ShortcutView(
        figures=figures,
        lines=tuple(
            Line(
                label=label,
                hint=hint,
                areas=tuple(getattr(told, condition) for told in figures.against),
                decides=condition in ("without_face", "traces"),
            )
            for condition, label, hint in LINES
        ),
        examples=tuple(
            Shots(
                who=one.who,
                name=one.name,
                shots=tuple(
                    Shot(data=data_address(pixels), view=view, score=f"score {score(value)}")
                    for pixels, view, value in zip(one.pixels, VIEWS, one.scores, strict=True)
                ),
            )
            for one in inputs.shortcut.examples
        ),
        verdict=_verdict(inputs.person, figures),
        oval="the same oval on every crop"
        if inputs.training.view == "aligned112"
        else "an oval where it lies in each photo",
    )


def shortcut_alert(person: str, figures: Shortcut) -> str | None:
    """What stands in red above all figures; None where nothing beside the face is surely at work."""
    whom = figures.decided_on
    if figures.found == "nothing":
        return None
    advice = (
        f"Collect strangers from the same source, years and photographers as the photos of {person}"
        f"{_trust(figures)}."
    )
    if figures.found == "model":
        return (
            f"{person} and strangers can be told apart without a face. With the face blanked the model still "
            f"puts {_pairs(whom.without_face)}. So the figures against {whom.name} are too good: they "
            f"are won in part by hair, background or the source of the photos. {advice}"
        )
    return (
        f"The photos of {person} and of strangers can be told apart by how they were made. A simple "
        "classifier that sees sharpness, compression and repeated pixels, and no face, puts "
        f"{_pairs(whom.traces)}. {_use(figures)} (area {_digits(whom.without_face.auc)} with the "
        f"face blanked, interval {_digits(whom.without_face.low)} to "
        f"{_digits(whom.without_face.high)}). "
        f"Read the figures against {whom.name} with care. {advice}"
    )


def rough_area(value: float | None) -> str:
    """An area with three digits; only a perfect one reads 1."""
    return NOTHING if value is None else "1" if value >= 1.0 else f"{min(value, 0.999):.3f}"


def _verdict(person: str, figures: Shortcut) -> str:
    if figures.found == "model":
        return f"Without a face the model still tells {person} from strangers."
    if figures.found == "data":
        return f"The photos differ in how they were made. {_use(figures)}."
    if any(told.without_face.high > figures.limit for told in figures.asked):
        return "Nothing beside the face is surely at work; with so few photos it cannot be ruled out."
    return f"It is the face: without it the model hardly tells {person} from strangers."


def _use(figures: Shortcut) -> str:
    if figures.decided_on.without_face.high > figures.limit:
        return "Whether this model wins by that is not sure"
    return "This model makes little use of that"


def _pairs(found: Area) -> str:
    return (
        f"{100 * (found.auc or 0.0):.0f} of 100 pairs of a photo of the person and one of a stranger in the "
        f"right order (interval {100 * found.low:.0f} to {100 * found.high:.0f}; 50 is a coin toss)"
    )


def _trust(figures: Shortcut) -> str:
    """Names the comparison in which least can be told without the face, where there is one."""
    named = [
        told for told in figures.against[1:] if told.name != OTHERS and told.without_face.auc is not None
    ]
    if not named:
        return ", or bind some of them to the test part (test_identities in facethemodel.toml)"
    best = min(named, key=_worst)
    return (
        f"; until then trust the comparison with {best.name} most ({_digits(best.without_face.auc)} with the "
        f"face blanked, {_digits(best.traces.auc)} by traces alone)"
    )


def _worst(told: Told) -> float:
    return max(told.without_face.auc or 0.0, told.traces.auc or 0.0)


def _digits(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}"
