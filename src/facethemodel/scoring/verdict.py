"""What is said of one photo."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from facethemodel.bundle.decision import VerdictName


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceVerdict:
    """One face of a photo.

    Attributes:
        box: x, y, width, height in pixels of the upright full-size photo; may reach over its edge.
        score: The face's logit; None where the gate refused it, or where the network looks at whole photos.
        gate_score: How sure the gate is that this is a human face, in [0, 1].
        accepted: Whether the gate lets it through.
        probability: That this face is the person's, in (0, 1); the faces of a photo add up to the photo's.
            None without a score, or from a bundle that holds no probabilities.
        verdict: The face judged by itself; None where it has no score.
    """

    box: tuple[float, float, float, float]
    score: float | None
    gate_score: float
    accepted: bool
    probability: float | None
    verdict: VerdictName | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One photo: judged, or with an error why not.

    Attributes:
        path: As Python's file functions take it; a name that is not UTF-8 holds surrogates, see `name`.
        verdict: None when the photo could not be judged.
        score: The highest logit among the accepted faces; None without any.
        probability: That the photo shows the person, in (0, 1), at the prior of the bundle or the one asked
            for; see `facethemodel.bundle.evidence`. None where `score` is, or from a bundle that holds none.
        faces: Every candidate the detector gave, accepted or not, best detected first.
        crowded: Whether these are as many as are looked at in one photo: there may be more faces in it, which
            the verdict says nothing of.
        error: Why it could not be judged, in a few words.
    """

    path: str
    verdict: VerdictName | None = None
    score: float | None = None
    probability: float | None = None
    faces: tuple[FaceVerdict, ...] = ()
    crowded: bool = False
    error: str | None = None

    @property
    def name(self) -> str:
        """The path fit for printing: one line, and bytes that are no text escaped with a backslash."""
        return printable(self.path)

    def to_dict(self) -> dict[str, Any]:
        """The verdict as JSON values; the path is the file's own, whatever its name is made of."""
        return {
            "path": self.path,
            "verdict": self.verdict,
            "score": self.score,
            "probability": self.probability,
            "faces": [
                {
                    "box": list(face.box),
                    "score": face.score,
                    "probability": face.probability,
                    "gate_score": face.gate_score,
                    "accepted": face.accepted,
                    "verdict": face.verdict,
                }
                for face in self.faces
            ],
            "crowded": self.crowded,
            "error": self.error,
        }


def printable(path: str) -> str:
    r"""Makes any path safe to print on one line.

    >>> printable("a\nb")
    'a\\nb'
    """
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
