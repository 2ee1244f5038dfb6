"""Drawn pictures of anything but people, taken by the same camera: what must not fool a face model."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from facethemodel.errors import UsageError
from facethemodel.synthetic.animals import draw_animal
from facethemodel.synthetic.backdrop import backdrop
from facethemodel.synthetic.camera import expose
from facethemodel.synthetic.light import Light
from facethemodel.synthetic.surfaces import draw_page, draw_texture
from facethemodel.synthetic.things import draw_thing
from facethemodel.synthetic.variation import Variation

Family = Literal["animals", "objects", "textures", "text"]
FAMILIES: tuple[Family, ...] = get_args(Family)


def draw_curveball(family: str, seed: int, *, size: int = 250) -> NDArray[np.uint8]:
    """Draws one picture of a family.

    Args:
        family: One of `FAMILIES`.
        seed: The same seed gives the same picture.
        size: Side in pixels.

    Returns:
        RGB pixels (size, size, 3).

    Raises:
        UsageError: There is no such family.
    """
    if family not in FAMILIES:
        raise UsageError(
            f"no family of curveballs is called {family!r}", remedy=f"use one of {', '.join(FAMILIES)}"
        )
    place = Variation.from_seed(seed)
    light = Light.of(place)
    if family == "textures":
        scene = draw_texture(seed, light, size=size)
    elif family == "text":
        scene = draw_page(seed, light, size=size)
    else:
        scene = backdrop(place.backdrop, seed, size=size) * light.cast
        draw = draw_animal if family == "animals" else draw_thing
        draw(scene, seed, light=light)
    return expose(
        scene,
        seed=seed,
        exposure=place.exposure,
        blur=place.blur,
        noise=place.noise,
        monochrome=place.monochrome,
    )
