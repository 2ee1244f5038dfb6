"""Drawn people: photos of faces that belong to nobody.

>>> photo = draw_photo(Identity.from_seed(1), 2)
>>> photo.shape, photo.dtype.name
((250, 250, 3), 'uint8')
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facethemodel.synthetic import hair as growth
from facethemodel.synthetic.backdrop import backdrop
from facethemodel.synthetic.body import glasses, hanging_hair, shoulders
from facethemodel.synthetic.camera import expose
from facethemodel.synthetic.head import skull
from facethemodel.synthetic.sitting import Sitting
from facethemodel.synthetic.skin import FACE_EXTENT, paint, shade_of
from facethemodel.synthetic.surface import Map, floats, normals, occlusion, sample, trace
from facethemodel.synthetic.traits import Identity
from facethemodel.synthetic.variation import Variation

__all__ = ["Identity", "Variation", "draw_photo"]


def draw_photo(identity: Identity, variation: Variation | int, *, size: int = 250) -> NDArray[np.uint8]:
    """Draws one photo of a person.

    Args:
        identity: Who.
        variation: Under what circumstances; a number draws them for this person with that seed.
        size: Side of the square photo in pixels.

    Returns:
        RGB pixels (size, size, 3), the same for the same arguments.
    """
    if isinstance(variation, int):
        variation = Variation.from_seed(variation, identity=identity)
    sitting = Sitting.of(identity, variation, size=size)
    hair_colour = growth.hair_colour(identity, variation)
    scene = backdrop(variation.backdrop, variation.seed, size=size) * sitting.light.cast
    hanging_hair(scene, sitting, colour=hair_colour)
    shoulders(scene, sitting)
    _head(scene, sitting, hair_colour)
    if variation.glasses:
        glasses(scene, sitting)
    return expose(
        scene,
        seed=variation.seed,
        exposure=variation.exposure,
        blur=variation.blur,
        noise=variation.noise,
        monochrome=variation.monochrome,
    )


def _head(scene: Map, sitting: Sitting, hair_colour: Map) -> None:
    identity, variation, layout = sitting.identity, sitting.variation, sitting.layout
    cut = growth.CUTS[variation.hair_style]
    hair = growth.scalp(identity, cut)
    beard = growth.beard_area(variation.facial_hair, layout)
    radius = skull(identity, variation, layout=layout)
    radius += growth.stand_out(hair, beard, cut=cut, kind=variation.facial_hair, seed=variation.seed)
    light = sitting.light_in_head
    hit = trace(radius, sitting.camera, size=scene.shape[0])
    normal = sample(normals(radius), hit.place)
    free = sample(occlusion(radius, light), hit.place)
    shade = sitting.light.on(normal, free, direction=light, flesh=1.0)

    skin = paint(identity, variation, layout=layout, light=light)
    gloss = sitting.light.gloss(normal, view=sitting.camera.rotation[2], direction=light, sharpness=4) * free
    picture = sample(skin, hit.place, extent=FACE_EXTENT) * shade + (gloss * np.float32(26))[..., None]

    strand = growth.strands(hit.place, cut=cut, seed=variation.seed)
    share = _ragged(sample(hair, hit.place), strand, 0.22) * np.float32(cut.density)
    sheen = gloss * np.float32(20 if cut.curl < 0.5 else 4) * (1 + strand)
    locks = hair_colour * shade * (np.float32(0.82) + np.float32(0.2) * strand)[..., None] + sheen[..., None]
    picture += share[..., None] * (locks - picture)

    if variation.facial_hair != "none":
        bristle = growth.bristles(hit.place, seed=variation.seed)
        share = sample(beard, hit.place)
        if variation.facial_hair == "stubble":
            share = share * (np.float32(0.3) + np.float32(0.12) * bristle)
        else:
            share = _ragged(share, bristle, 0.3) * np.float32(0.92)
        tone = np.minimum(hair_colour * 0.85, shade_of(identity, 0.35))
        whiskers = tone * shade * (np.float32(0.85) + np.float32(0.28) * bristle)[..., None]
        picture += share[..., None] * (whiskers - picture)
    scene[hit.window] += hit.coverage[..., None] * (picture - scene[hit.window])


def _ragged(area: Map, pattern: Map, amount: float) -> Map:
    """Sharpens a soft area's edge along the strands."""
    frayed = area + np.float32(4 * amount) * pattern * area * (1 - area)
    return floats(np.clip((frayed - 0.35) / 0.3, 0, 1))
