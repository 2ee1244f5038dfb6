"""What a check is: a measure of one photo, and the line from which it is flagged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from facethemodel.catalogue.records import CheckScore
from facethemodel.checks.sight import Sight


@dataclass(frozen=True, slots=True)
class Scale:
    """Turns a measure into a score: three measures that get 0, 0.5 and 1, with straight lines between.

    Either `clear < line < sure` or `clear > line > sure`.
    """

    clear: float
    line: float
    sure: float

    def score(self, measure: float) -> float:
        """The score in [0, 1]; at least 0.5 exactly from `line` on, towards `sure`.

        >>> scale = Scale(clear=10, line=4, sure=0)
        >>> scale.score(12), scale.score(4), scale.score(1)
        (0.0, 0.5, 0.875)
        """
        beyond = (measure - self.line) / (self.sure - self.line)
        if beyond >= 0:
            return 0.5 + 0.5 * min(beyond, 1.0)
        return 0.5 - 0.5 * min((measure - self.line) / (self.clear - self.line), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One way in which a photo may not belong.

    Attributes:
        name: What it is called on the command line and in the catalogue.
        help: One line for people.
        measure: What is measured; None where there is nothing to measure, such as no face.
        unit: What the measure counts, in words.
        scale: How the measure becomes a score.
        precision: Share of flagged photos that somebody, too, would flag: (right, flagged), as counted on the
            labelled photos of docs/checks.md; None where there were too few.
    """

    name: str
    help: str
    measure: Callable[[Sight], float | None]
    unit: str
    scale: Scale
    precision: tuple[int, int] | None = None

    def ask(self, sight: Sight) -> CheckScore:
        """Measures one photo. What cannot be measured has the score 0."""
        measure = self.measure(sight)
        score = 0.0 if measure is None else self.scale.score(measure)
        return CheckScore(name=self.name, score=score, measure=measure)
