"""Names that run from right to left, in sentences and charts that do not.

Unmarked, such a name pulls the figures and signs beside it along, for its direction spreads to what has none.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

Value = TypeVar("Value")

FIRST_STRONG, POP = "\u2068", "\u2069"
"""Between these two characters text has its own direction, in HTML, in attributes and in SVG alike."""

RIGHT_TO_LEFT = frozenset(("R", "AL", "RLE", "RLO", "RLI"))
ISOLATES = str.maketrans("", "", "\u2066\u2067\u2068\u2069")


def isolated(name: str) -> str:
    """The name between marks if anything in it runs from right to left; any other as it is.

    Marks that it brings along are left out: one of them could end the isolation too early.

    >>> isolated("Ada"), isolated("\u05e9\u05dc") == "\u2068\u05e9\u05dc\u2069"
    ('Ada', True)
    """
    if name.isascii() or all(unicodedata.bidirectional(letter) not in RIGHT_TO_LEFT for letter in name):
        return name
    return f"{FIRST_STRONG}{name.translate(ISOLATES)}{POP}"


def with_names_isolated(value: Value) -> Value:
    """The same with every text in it `isolated`, down through dataclasses, tuples and mappings (keys too).

    All that is said about names runs from left to right, so that only they change.
    """
    changed: Any = value
    if isinstance(value, str):
        changed = isolated(value)
    elif isinstance(value, tuple):
        below = tuple(map(with_names_isolated, value))
        changed = below if any(new is not old for new, old in zip(below, value, strict=True)) else value
    elif isinstance(value, Mapping):
        changed = {with_names_isolated(key): with_names_isolated(one) for key, one in value.items()}
    elif is_dataclass(value) and not isinstance(value, type):
        before = {one.name: getattr(value, one.name) for one in fields(value)}
        # Most fields are figures, and a table has many rows.
        after = {
            name: with_names_isolated(one)
            for name, one in before.items()
            if one is not None and not isinstance(one, (int, float))
        }
        new = {name: one for name, one in after.items() if one is not before[name]}
        changed = replace(value, **new) if new else value
    return changed  # type: ignore[no-any-return]
