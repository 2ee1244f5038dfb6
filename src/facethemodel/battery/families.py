"""The families of pictures, and what the right answer to each would be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from facethemodel.catalogue.records import normalise_identity

Kind = Literal["far", "near", "control", "changed", "shown"]
"""What a family asks:

* `far`: nothing like a human face. Whatever is taken for the person is an error.
* `near`: a human face, or the drawing of one, but not the person's. The same.
* `control`: a photo that a change leaves as it was to any eye. Nothing should change.
* `changed`: the person, altered or by halves. No answer is wrong; a sure yes shows how little it takes.
* `shown`: a print or a screen with the person's photo. It passes, and the report says what follows from that.
"""

MadeOf = Literal["nothing", "person", "strangers", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One kind of picture.

    Attributes:
        name: What it is called everywhere.
        kind: What it asks.
        made_of: Which test photos it is made of: none, the person's, the strangers', one of each.
        maker: The name of what makes it, in `drawn` or in `changes`.
    """

    name: str
    kind: Kind
    made_of: MadeOf
    maker: str


def _drawn(name: str, maker: str, kind: Kind = "far") -> Family:
    return Family(name=name, kind=kind, made_of="nothing", maker=maker)


FAMILIES: tuple[Family, ...] = (
    _drawn("uniform noise", "uniform_noise"),
    _drawn("Gaussian noise", "gaussian_noise"),
    _drawn("flat colour", "flat_colour"),
    _drawn("gradients", "gradient"),
    _drawn("checkerboards", "checkerboard"),
    _drawn("stripes", "stripes"),
    _drawn("geometric patterns", "pattern"),
    _drawn("smileys", "smiley"),
    _drawn("surfaces", "textures"),
    _drawn("pages of text", "text"),
    _drawn("drawn objects", "objects"),
    _drawn("drawn animals", "animals"),
    _drawn("drawn people", "people", "near"),
    Family(name="strangers upside down", kind="near", made_of="strangers", maker="upside_down"),
    Family(name="strangers in negative", kind="near", made_of="strangers", maker="negative"),
    Family(name="strangers as a mosaic", kind="near", made_of="strangers", maker="mosaic"),
    Family(name="strangers, eyes covered", kind="near", made_of="strangers", maker="eyes_covered"),
    Family(name="strangers, mouth covered", kind="near", made_of="strangers", maker="mouth_covered"),
    Family(name="the person mirrored", kind="control", made_of="person", maker="mirrored"),
    Family(name="strangers mirrored", kind="control", made_of="strangers", maker="mirrored"),
    Family(name="the person upside down", kind="changed", made_of="person", maker="upside_down"),
    Family(name="the person in negative", kind="changed", made_of="person", maker="negative"),
    Family(name="the person as a mosaic", kind="changed", made_of="person", maker="mosaic"),
    Family(name="the person, eyes covered", kind="changed", made_of="person", maker="eyes_covered"),
    Family(name="the person, mouth covered", kind="changed", made_of="person", maker="mouth_covered"),
    Family(name="left half a stranger", kind="changed", made_of="both", maker="left_half"),
    Family(name="right half a stranger", kind="changed", made_of="both", maker="right_half"),
    Family(name="lower half a stranger", kind="changed", made_of="both", maker="lower_half"),
    Family(name="the person on a print", kind="shown", made_of="person", maker="print"),
    Family(name="the person on a screen", kind="shown", made_of="person", maker="screen"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatterySize:
    """How much is made.

    Attributes:
        pictures: At most so many of each family.
        climbers: At most so many photos of the person, and so many strangers, on each ladder.
    """

    pictures: int = 48
    climbers: int = 24


FULL = BatterySize()
"""Some 3,400 pictures."""

WRONG_IF_TAKEN: frozenset[Kind] = frozenset({"far", "near"})
"""The kinds of which nothing may be taken for the person: the built-in curveballs."""


def family(name: str) -> Family:
    """Looks a family up.

    Raises:
        KeyError: There is none of that name.
    """
    return _BY_NAME[name]


def is_built_in(name: str) -> bool:
    """Whether a name, in any spelling, is that of a built-in family."""
    return normalise_identity(name) in _SPELLINGS


_BY_NAME = {one.name: one for one in FAMILIES}
_SPELLINGS = frozenset(normalise_identity(one.name) for one in FAMILIES)
