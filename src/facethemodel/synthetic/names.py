"""Made-up words and names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_STARTS = (
    *("b", "br", "ch", "d", "dr", "f", "g", "gl", "h", "j", "k", "kr", "l", "m", "n", "p"),
    *("pl", "r", "s", "sh", "st", "t", "th", "tr", "v", "w", "z"),
)
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "io", "ou"]
_ENDS = ("", "", "", "l", "m", "n", "nd", "r", "rt", "s", "st", "th", "x")


def word(rng: np.random.Generator) -> str:
    """A word of one to three syllables in no language."""
    syllables = range(int(rng.integers(1, 4)))
    return "".join(
        _pick(rng, _STARTS) + _pick(rng, _VOWELS) + (_pick(rng, _ENDS) if rng.random() < 0.6 else "")
        for _ in syllables
    )


def names(count: int, seed: int) -> list[str]:
    """Distinct names of nobody, a first and a last one each; distinct in small letters too."""
    rng = np.random.default_rng([seed, 51])
    found: dict[str, str] = {}
    while len(found) < count:
        first = (
            _pick(rng, _STARTS) + _pick(rng, _VOWELS) + _pick(rng, _STARTS) + _pick(rng, ("a", "o", "e", "u"))
        )
        last = "".join(_pick(rng, _STARTS) + _pick(rng, _VOWELS) for _ in range(2)) + _pick(rng, _ENDS)
        name = f"{first.capitalize()} {last.capitalize()}"
        found.setdefault(name.lower(), name)
    return list(found.values())


def _pick(rng: np.random.Generator, choices: Sequence[str]) -> str:
    return choices[int(rng.integers(len(choices)))]
