"""The checks, in the order in which they are shown, and how all of them are asked about one photo."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue.records import CheckScore, Face
from facethemodel.checks import layout, learned, lettering, light, people
from facethemodel.checks.check import Check, Scale
from facethemodel.checks.learned import LearnedChecks
from facethemodel.checks.sight import Sight

CHECKS: tuple[Check, ...] = (
    Check(
        name="no-face",
        help="the gate lets no face through",
        measure=people.lack_of_face,
        unit="1 less the gate score of the surest refused candidate",
        scale=Scale(clear=-1.0, line=0.0, sure=1.0),
        precision=(19, 25),
    ),
    Check(
        name="several-faces",
        help="a second face, not much smaller",
        measure=people.second_face,
        unit="size of the second largest face, as a share of the largest",
        scale=Scale(clear=0.0, line=0.2, sure=1.0),
        precision=(7, 7),
    ),
    Check(
        name="small-face",
        help="the face has few pixels",
        measure=people.face_size,
        unit="pixels",
        scale=Scale(clear=112.0, line=40.0, sure=16.0),
    ),
    Check(
        name="blurred-face",
        help="the face has no fine detail",
        measure=light.detail,
        unit="share of differences between neighbouring pixels that a blur takes away",
        scale=Scale(clear=0.65, line=0.47, sure=0.3),
        precision=(3, 4),
    ),
    Check(
        name="dark",
        help="dark, even in its bright parts",
        measure=light.lights,
        unit="grey level, 0 to 1, of the bright parts",
        scale=Scale(clear=0.8, line=0.37, sure=0.1),
    ),
    Check(
        name="bright",
        help="white parts without detail",
        measure=light.blown_out,
        unit="share of the face",
        scale=Scale(clear=0.0, line=0.12, sure=0.5),
        precision=(1, 3),
    ),
    Check(
        name="low-contrast",
        help="nearly one grey",
        measure=light.contrast,
        unit="grey levels, 0 to 1, between the outer twentieths of the face",
        scale=Scale(clear=0.6, line=0.2, sure=0.0),
    ),
    Check(
        name="extreme-pose",
        help="turned far to a side, up or down",
        measure=people.turned_away,
        unit="degrees away from the camera",
        scale=Scale(clear=0.0, line=43.0, sure=75.0),
        precision=(3, 3),
    ),
    Check(
        name="obstructed-face",
        help="dark glasses, mask, thing before it",
        measure=learned.obstructed,
        unit="logit of the network",
        scale=Scale(clear=-8.0, line=0.0, sure=8.0),
        precision=(8, 8),
    ),
    Check(
        name="drawing",
        help="a drawing or a painting",
        measure=learned.drawn,
        unit="logit of the network",
        scale=Scale(clear=-8.0, line=1.0, sure=8.0),
        precision=(0, 2),
    ),
    Check(
        name="collage",
        help="a straight seam runs through it",
        measure=layout.seam,
        unit="share of the line along which neighbouring pixels differ",
        scale=Scale(clear=0.0, line=0.86, sure=1.0),
    ),
    Check(
        name="odd-shape",
        help="at least twice as long as wide",
        measure=layout.aspect,
        unit="long side divided by short side",
        scale=Scale(clear=1.0, line=2.0, sure=4.0),
    ),
    Check(
        name="text",
        help="small letters, such as a watermark",
        measure=lettering.longest_row,
        unit="letters in the longest row",
        scale=Scale(clear=0.0, line=5.0, sure=20.0),
        precision=(8, 12),
    ),
)


class Checker:
    """Asks all checks about photos. One per process: it holds the loaded network.

    Raises:
        SettingsError: The package's own file is missing or damaged.
    """

    def __init__(self) -> None:
        self._learned = LearnedChecks()

    def scores(
        self,
        *,
        grey: NDArray[np.uint8],
        small: NDArray[np.uint8],
        size: tuple[int, int],
        faces: Sequence[Face],
        crop: NDArray[np.uint8],
    ) -> tuple[CheckScore, ...]:
        """Asks all of them about one photo.

        Args:
            grey: The photo at working size, in grey levels.
            small: The same with a long side of 256.
            size: Width and height of the full-size photo.
            faces: All detections, the surest first, in pixels of the full-size photo.
            crop: (112, 112, 3) aligned crop of the detection that `looked_at` names, or the photo's centre.

        Returns:
            One score per check, in the order of `CHECKS`.
        """
        obstructed, drawn = self._learned.logits(crop)
        sight = Sight(
            grey=grey,
            small=small,
            width=size[0],
            height=size[1],
            faces=faces,
            crop=crop,
            obstructed=obstructed,
            drawn=drawn,
        )
        return tuple(check.ask(sight) for check in CHECKS)


def plain_name(name: str) -> str:
    """Brings spellings of a name together: `Blurred face`, `blurred_face` -> `blurred-face`."""
    return "-".join(name.replace("_", " ").replace("-", " ").split()).casefold()


def check_called(name: str) -> Check | None:
    """Finds a check by its name, in any spelling that `plain_name` knows."""
    return next((check for check in CHECKS if check.name == plain_name(name)), None)
