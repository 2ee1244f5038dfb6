"""What a set of photos lacks for a good model, and where each advice comes from.

Every number is either a count of the project or follows from one of three things: the arithmetic of the
promise (`threshold`), the exact upper bound of a share of which nothing was seen (`intervals`), and the
fewest photos that the report says anything about (`slices.FEWEST`). One is a rule of thumb: `UNLIKE`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from facethemodel.bundle.shares import chosen
from facethemodel.evaluation.intervals import upper_bound
from facethemodel.evaluation.slices import FEWEST, TAG, Slice
from facethemodel.evaluation.threshold import strangers_for

MISSED = 0.05
"""The share of the person's photos missed that the test part should be able to rule out."""
NEAR_ABSENT = 0.05
"""A condition on fewer of the person's photos than this is named, unless the report can speak of it."""
UNLIKE = 10.0
"""How many times as common a kind is among the person's photos as among strangers where it is named."""
SAME_SIZE = 0.9
"""The share of photos of one size in pixels that tells of one source."""

TAKEN = "taken"
NO_BREAK = "\u00a0"
"""Keeps a number with its sign."""
_CONDITIONS = {
    ("pose", "half turned"): "half profile",
    ("pose", "far turned"): "profile",
    ("face size", "below 40 px"): "from afar",
    ("face size", "40 to 80 px"): "from afar",
    ("colour", "black-and-white"): "black and white",
    ("colour", "in colour"): "in colour",
    ("brightness", "dark"): "at night",
    ("brightness", "bright"): "in the sun",
    ("sharpness", "blurred"): "",
}
"""Kinds of photos a model should know, and words to search them with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How many photos are of one kind: they bear a tag, or were measured to be so.

    Attributes:
        slice: Which kind.
        person: Photos of the person.
        strangers: Different strangers.
    """

    slice: Slice
    person: int
    strangers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What a project holds of usable photos.

    Attributes:
        name: Of the person.
        person: Photos of the person.
        tested: Those of them in the test part, or its share where nothing is split.
        strangers: Different strangers; of photos without a name each group counts for one.
        stranger_photos: Their photos.
        unnamed: Those of them without a name.
        calibrating: Strangers in the calibrate part, or its share.
        curveballs: Photos.
        categories: Different kinds of them.
        uninspected: Photos not inspected yet, of all roles.
        conflicts: Photos on which sources disagree.
        looked: For each kind of slice, photos of the person and strangers of which it is known.
        kinds: What they show.
        person_size: The commonest width and height of the person's photos, its share of these, and its share
            of the strangers' photos.
        stranger_size: The same the other way round.
    """

    name: str
    person: int
    tested: int
    strangers: int
    stranger_photos: int
    unnamed: int
    calibrating: int
    curveballs: int
    categories: int
    uninspected: int
    conflicts: int
    looked: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    kinds: Sequence[Kind] = ()
    person_size: tuple[tuple[int, int], float, float] | None = None
    stranger_size: tuple[tuple[int, int], float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that is counted.

    Attributes:
        what: Short enough for a table.
        have: How much there is.
        advised: How much there should be; None where more is better and no number follows from anything.
        sentence: What is lacking and why, with the figures; what is there, where nothing is lacking.
        source: Where the advised number comes from.
        command: What helps; None where nothing is lacking.
    """

    what: str
    have: int
    advised: int | None
    sentence: str
    source: str
    command: str | None

    @property
    def lacking(self) -> bool:
        """Whether something is to be done."""
        return self.command is not None


def needs(held: Holdings, *, target_fmr: float, confidence: float) -> tuple[Need, ...]:
    """Lists what is lacking, and the counts that are enough.

    Args:
        held: What is there.
        target_fmr: The promise asked for.
        confidence: The confidence asked for.
    """
    found = [*_state(held), _person(held, confidence), *_strangers(held, target_fmr, confidence)]
    found.append(_curveballs(held, target_fmr, confidence))
    return (*found, *_sizes(held), *_rare(held), *_unlike(held))


def _state(held: Holdings) -> Iterator[Need]:
    if held.uninspected:
        yield Need(
            what="not inspected",
            have=held.uninspected,
            advised=0,
            sentence=f"{_many(held.uninspected, 'photo')} {_was(held.uninspected)} not inspected yet: they "
            "count as usable here, and nothing is known of their faces.",
            source="catalogue",
            command="facethemodel inspect",
        )
    if held.conflicts:
        yield Need(
            what="label conflicts",
            have=held.conflicts,
            advised=0,
            sentence=f"On {_many(held.conflicts, 'photo')} sources disagree: left out until that is decided.",
            source="catalogue",
            command="facethemodel decide --list",
        )


def _person(held: Holdings, confidence: float) -> Need:
    bound = upper_bound(0, held.tested, confidence=confidence)
    # The test must rule the share out: the same arithmetic as for strangers let through.
    tested = strangers_for(target_fmr=MISSED, confidence=confidence)
    advised = max(held.person, 1) if held.tested >= tested else _scaled(tested, held.person, held.tested, 0.2)
    there = f"{_many(held.person, 'photo')} of {held.name}, {_some(held.tested)} of them for the test"
    if held.tested >= tested:
        sentence = f"{there}: without an error they rule out that more than {_bound(bound)} are missed."
    elif held.tested:
        sentence = (
            f"{there}: even without an error up to {_bound(bound)} of {_whose(held.name)} photos could be "
            f"missed (at {_chosen(confidence)} confidence). {advised:,} photos bring that to "
            f"{_chosen(MISSED)}."
        )
    else:
        sentence = (
            f"{there}: nothing can be said. It takes {tested:,} in the test without an error, so some "
            f"{advised:,} in all, to rule out that more than {_chosen(MISSED)} are missed."
        )
    return Need(
        what="photos of the person",
        have=held.person,
        advised=advised,
        sentence=sentence,
        source="exact upper bound of a share of which nothing was seen (docs/metrics.md)",
        command=None if held.tested >= tested else _collect(held.name),
    )


def _strangers(held: Holdings, target_fmr: float, confidence: float) -> Iterator[Need]:
    needed = strangers_for(target_fmr=target_fmr, confidence=confidence)
    enough = held.calibrating >= needed
    advised = held.strangers if enough else _scaled(needed, held.strangers, held.calibrating, 0.2)
    there = (
        f"{_many(held.strangers, 'stranger')} on {_many(held.stranger_photos, 'photo')}, "
        f"{_some(held.calibrating)} of them to draw the threshold"
    )
    promise = f"at most {_chosen(target_fmr)} taken for {held.name}, with {_chosen(confidence)} confidence"
    yield Need(
        what="strangers",
        have=held.strangers,
        advised=advised,
        sentence=f"{there}: enough to promise {promise} ({needed:,} are needed)."
        if enough
        else f"{there}: to promise {promise}, it takes {needed:,}, so some {advised:,} strangers in all.",
        source="arithmetic of the promise (evaluation/threshold.py) and the shares of the split",
        command=None if enough else "facethemodel add PHOTOS --as stranger --identity-from folder",
    )
    if held.unnamed:
        yield Need(
            what="strangers without a name",
            have=held.unnamed,
            advised=0,
            sentence=f"{_many(held.unnamed, 'photo')} of strangers nobody named: each group (near "
            "copies, one post) counts as another person, so the promise is not exact where some show the "
            "same one.",
            source="docs/metrics.md",
            command="facethemodel add PHOTOS --as stranger --identity-from folder",
        )


def _curveballs(held: Holdings, target_fmr: float, confidence: float) -> Need:
    advised = strangers_for(target_fmr=target_fmr, confidence=confidence)
    enough = held.curveballs >= advised
    there = f"{_many(held.curveballs, 'curveball')} of {_many(held.categories, 'kind')}"
    if not held.curveballs:
        sentence = "No curveballs of your own: the model is tried on drawn ones only."
    elif enough:
        sentence = f"{there}."
    else:
        bound = upper_bound(0, held.curveballs, confidence=confidence)
        sentence = (
            f"{there}: even when none is taken for {held.name}, up to {_bound(bound)} of such could be; "
            f"{advised:,} bring that to {_chosen(target_fmr)}."
        )
    return Need(
        what="curveballs",
        have=held.curveballs,
        advised=advised,
        sentence=sentence,
        source="exact upper bound of a share of which nothing was seen (docs/metrics.md)",
        command=None if enough else "facethemodel curveball add cats ~/Pictures/cats",
    )


def _sizes(held: Holdings) -> Iterator[Need]:
    """Names a size in pixels that gives one side away."""
    sides = (
        (held.person_size, f"of {held.name}", "strangers"),
        (held.stranger_size, "of strangers", held.name),
    )
    for size, of_one, others in sides:
        if size is None or size[1] < SAME_SIZE or size[2] > 1 - SAME_SIZE:
            continue
        (width, height), own, other = size
        yield Need(
            what="photos of one size",
            have=round(100 * own),
            advised=None,
            sentence=f"{_percent(own)} of the photos {of_one} measure {width:,} x {height:,}, and "
            f"{_percent(other)} of those of {others}: they come from one source, whose traces a model can "
            "learn instead of the face. Add photos of other sources; the report's shortcut test tells.",
            source="catalogue",
            command=_collect(held.name)
            if others == "strangers"
            else "facethemodel add PHOTOS --as stranger --identity-from folder",
        )
        return


def _rare(held: Holdings) -> Iterator[Need]:
    """Names kinds of photos of which the person has so few that the report cannot speak of them."""
    if not held.person:
        return
    share = held.tested / held.person or 0.2
    advised = math.ceil(FEWEST / share)
    for kind in sorted(held.kinds, key=lambda kind: (kind.slice.kind != TAG, kind.person)):
        which = (kind.slice.kind, kind.slice.name)
        looked = held.looked.get(kind.slice.kind, (0, 0))[0]
        if kind.person * share >= FEWEST or not looked:
            continue
        if which in _CONDITIONS and kind.person > NEAR_ABSENT * looked:
            continue
        if which not in _CONDITIONS and kind.slice.kind not in (TAG, TAKEN):
            continue
        none = "None" if not kind.person else f"{kind.person:,}"
        yield Need(
            what=f"{kind.slice.kind}: {kind.slice.name}",
            have=kind.person,
            advised=advised,
            sentence=f"{none} of {looked:,} photos of {held.name} {_are(kind, kind.person)}: the "
            f"report says nothing about fewer than {FEWEST} in the test part, some {advised:,} in all.",
            source=f"fewest photos of a kind in the report: {FEWEST} (evaluation/slices.py)",
            command=_adding(held.name, kind.slice, _CONDITIONS.get(which)),
        )
    if not any(kind.slice.kind == TAG and kind.person for kind in held.kinds):
        yield Need(
            what="tags",
            have=0,
            advised=None,
            sentence=f"No photo of {held.name} has a tag: say what varies (beard, glasses, old), and the "
            "report counts errors by it.",
            source="catalogue",
            command="facethemodel tag PHOTO --add beard",
        )


def _unlike(held: Holdings) -> Iterator[Need]:
    """Names kinds that are common with the person and rare with strangers: they could be learned instead.

    Of few strangers every kind is rare; that there are few is said elsewhere.
    """
    if held.strangers < FEWEST * UNLIKE:
        return
    for kind in held.kinds:
        person, strangers = held.looked.get(kind.slice.kind, (0, 0))
        if not person or not strangers or kind.person < max(FEWEST, 0.1 * person):
            continue
        own, others = kind.person / person, kind.strangers / strangers
        if kind.strangers >= FEWEST and own < UNLIKE * others:
            continue
        yield Need(
            what=f"strangers, {kind.slice.kind}: {kind.slice.name}",
            have=kind.strangers,
            advised=max(FEWEST, math.ceil(strangers * own / UNLIKE)),
            sentence=f"{_percent(own)} of the photos of {held.name}, and {kind.strangers:,} of {strangers:,} "
            f"strangers {_are(kind, kind.strangers)}: a model can learn that instead of the face. "
            "Add such strangers.",
            source=f"fewest different strangers in the report: {FEWEST} (evaluation/slices.py), and a tenth "
            "of the person's share",
            command="facethemodel add PHOTOS --as stranger --identity-from folder"
            + (f" --tag {_quoted(kind.slice.name)}" if kind.slice.kind == TAG else ""),
        )


def _are(kind: Kind, count: int) -> str:
    """The kind's words, to follow a number of photos or people."""
    words = kind.slice.words.removeprefix("that are ")
    if words.startswith("with "):
        return f"{'has' if count == 1 else 'have'} {words.removeprefix('with ')}"
    return f"{'is' if count == 1 else 'are'} {words}"


def _adding(name: str, which: Slice, search: str | None) -> str:
    if which.kind == TAG:
        return f"facethemodel add PHOTOS --as person --tag {_quoted(which.name)}"
    words = which.name if which.kind == TAKEN else search or ""
    return _collect(f"{name} {words}".strip())


def _collect(words: str) -> str:
    return f"facethemodel collect web {_quoted(words)} --as person"


def _quoted(words: str) -> str:
    return words if words.isalnum() else '"' + words.replace('"', "") + '"'


def _scaled(needed: int, all_of_them: int, of_the_part: int, usual: float) -> int:
    """How many there must be in all for so many in one part."""
    share = of_the_part / all_of_them if all_of_them and of_the_part else usual
    return math.ceil(round(needed / share, 6))


def _whose(name: str) -> str:
    return f"{name}'{'' if name.endswith('s') else 's'}"


def _some(count: int) -> str:
    return f"some {count:,}" if count else "none"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _chosen(share: float) -> str:
    """What somebody chose, with no digit but those they wrote."""
    return chosen(share).replace(" ", NO_BREAK)


def _bound(share: float) -> str:
    """An upper bound, rounded up: a smaller one would not be true."""
    value = 100 * share
    scale = 1 if value >= 10 else 10
    # Less a hair, so that a stray bit of the product is not rounded up.
    return f"{math.ceil(value * scale - 1e-6) / scale:g}{NO_BREAK}%"


def _percent(share: float) -> str:
    """The space does not break, so that a number stays with its sign."""
    value = 100 * share
    return f"{value:.{0 if value >= 10 or value == round(value) else 1}f}{NO_BREAK}%"
