"""What more photos would bring, in sentences."""

from __future__ import annotations

import math
from dataclasses import dataclass

from facethemodel.evaluation.expectation import LEVELS, USUAL, Curve, Expectation, Missed

WORTH_NAMING = 1.25
"""The next goal is the first measured point at least this many times as far at which fewer are missed."""
WORTH_GAINING = 0.005
"""A smaller gain is called little; so is one that whole per cents do not show."""
FEW_PEOPLE = 3
FEWER = 0.5
"""A project with less than this part of the strangers that the curve was measured beside is told so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a project holds, and how much of it a network would learn from.

    Attributes:
        person: Name of the person.
        photos: Usable photos of the person.
        photos_learned: Those of them in the training part, or its share where nothing is split.
        strangers: Named strangers with usable photos.
        strangers_learned: Those of them in the training part, or its share.
        uninspected: Photos of them all that nobody has looked at yet; they are counted as usable.
    """

    person: str
    photos: int
    photos_learned: int
    strangers: int
    strangers_learned: int
    uninspected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What to expect, and what more would bring; shares in [0, 1].

    Attributes:
        held: Photos of the person, or strangers, in the project.
        learned: Those learned from.
        read_at: Where the curve was read: `learned`, or the nearest count that was measured.
        level: Share of strangers let through.
        missed: Share of the person's photos missed.
        more: How many more the project would need for the next goal; None where the curve ends.
        goal: How many would be learned from then.
        then: The share missed then.
        people: People the thinner end of all this was measured on.
    """

    held: int
    learned: int
    read_at: int
    level: float
    missed: Missed
    more: int | None = None
    goal: int | None = None
    then: Missed | None = None
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Both outlooks; None where nothing can be said.

    Attributes:
        uninspected: Photos behind them that nobody has looked at yet, counted as usable.
    """

    photos: Outlook | None
    strangers: Outlook | None
    uninspected: int = 0


def advise(curves: Expectation, held: Held, *, target_fmr: float = USUAL) -> Advice:
    """Reads both curves for a project.

    Args:
        curves: What was measured.
        held: What is there.
        target_fmr: The share of strangers that may be let through; the usual one stands in for a share at
            which nothing was measured.
    """
    level = target_fmr if target_fmr in LEVELS else USUAL
    return Advice(
        photos=_outlook(curves.photos, held.photos, held.photos_learned, level),
        strangers=_outlook(curves.strangers, held.strangers, held.strangers_learned, level),
        uninspected=held.uninspected,
    )


def _outlook(curve: Curve, held: int, learned: int, level: float) -> Outlook | None:
    points = curve.measured(level)
    if not points or not held or not learned:
        return None
    read_at = min(max(learned, points[0].count), points[-1].count)
    missed = curve.at(read_at, level=level)
    if missed is None:
        return None
    beyond = [point for point in points if point.count >= read_at]
    found = Outlook(
        held=held, learned=learned, read_at=read_at, level=level, missed=missed, people=beyond[0].people
    )
    further = [point for point in points if point.count >= WORTH_NAMING * read_at]
    if not further or learned < read_at:
        return found
    then = [curve.at(point.count, level=level) for point in further]
    # Where the next point brings nothing, a later one may.
    goal = next(
        (point for point, share in zip(further, then, strict=True) if _gains(missed, share)), further[0]
    )
    return Outlook(
        held=held,
        learned=learned,
        read_at=read_at,
        level=level,
        missed=missed,
        more=math.ceil((goal.count - learned) * held / learned),
        goal=goal.count,
        then=curve.at(goal.count, level=level),
        people=goal.people,
    )


def sentences(curves: Expectation, advice: Advice, *, person: str, reported: bool) -> list[str]:
    """Words the advice; empty where there is none about the person's photos.

    Args:
        curves: What was measured.
        advice: What it means for the project.
        person: Name of the person.
        reported: Whether the project has a report of its own.
    """
    found = advice.photos
    if found is None:
        return []
    if found.learned < found.read_at:
        first = (
            f"{_many(found.learned, 'photo')} of {person} to learn from: too few to say. With "
            f"{found.read_at} expect {_share(found.missed)} to be missed {_setting(found.level)}."
        )
    else:
        what = "photo" if advice.uninspected else "usable photo"
        first = (
            f"With {found.learned:,} of {_many(found.held, what)} of {person} to learn from, "
            f"expect {_share(found.missed)} to be missed {_setting(found.level)}{_next(found, 'photos')}"
        )
    lines = [first + _few(found), *_unseen(advice.uninspected)]
    people, beside = advice.strangers, f"others with {curves.strangers.beside} photos were missed in"
    if people is not None and people.learned < people.read_at:
        lines.append(
            f"{_many(people.learned, 'stranger')} to learn from: fewer than were tried. With "
            f"{people.read_at}, {beside} {_share(people.missed)}."
        )
    elif people is not None:
        lines.append(
            f"With {people.learned:,} of {_many(people.held, 'stranger')} to learn from, {beside} "
            f"{_share(people.missed)}{_next(people, 'strangers')}"
        )
    last = "this project's own report counts more" if reported else "once you have a report, that counts"
    fewer = people is None or people.learned < FEWER * curves.photos.beside
    lines.append(
        f"Measured on press photos of public figures ({curves.source}), beside {curves.photos.beside:,} "
        f"strangers{' (fewer of them: more is missed)' if fewer else ''}; {last}."
    )
    return lines


def _next(found: Outlook, what: str) -> str:
    if found.more is None or found.then is None:
        return "; more was not measured." if found.learned > found.read_at else "."
    if not _gains(found.missed, found.then):
        return f"; {found.more:,} more {what} would bring little."
    return f"; {found.more:,} more {what} would bring it to {_share(found.then, ends=False)}."


def _gains(now: Missed, then: Missed | None) -> bool:
    """Whether fewer are missed then, in the words that are used for it."""
    if then is None or now.value - then.value < WORTH_GAINING:
        return False
    return _share(then, ends=False) != _share(now, ends=False)


def _unseen(count: int) -> list[str]:
    if not count:
        return []
    were, they = ("was", "it is") if count == 1 else ("were", "they are")
    photos = _many(count, "photo")
    return [f"{photos} {were} not looked at yet (facethemodel inspect): all this holds if {they} usable."]


def _few(found: Outlook) -> str:
    if found.people >= FEW_PEOPLE:
        return ""
    return f" (Measured on {'one person' if found.people == 1 else 'two people'} only.)"


def _share(missed: Missed, *, ends: bool = True) -> str:
    """A share in whole per cent: what comes from other people is not known any better."""
    words = f"less than {_percent(0.01)}" if missed.value < 0.01 else f"about {_percent(missed.value)}"
    if ends and missed.low is not None and missed.high is not None:
        words += f" ({100 * missed.low:.0f} to {_percent(missed.high)})"
    return words


def _percent(share: float) -> str:
    """The space does not break, so that a number stays with its sign."""
    return f"{100 * share:.0f}\u00a0%"


def _setting(level: float) -> str:
    return f"when {100 * level:g}\u00a0% of strangers are let through"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
