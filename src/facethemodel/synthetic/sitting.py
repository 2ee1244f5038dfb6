"""One person before the camera: everything that the parts of a portrait have to agree on."""

from __future__ import annotations

from dataclasses import dataclass

from facethemodel.synthetic.head import Layout
from facethemodel.synthetic.light import Light
from facethemodel.synthetic.surface import Camera, Map, floats, rotation
from facethemodel.synthetic.traits import Identity
from facethemodel.synthetic.variation import Variation


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """Who sits, under what circumstances, and where that puts the face, the camera and the light."""

    identity: Identity
    variation: Variation
    layout: Layout
    camera: Camera
    light: Light

    @classmethod
    def of(cls, identity: Identity, variation: Variation, *, size: int) -> Sitting:
        """Sets up a photo of `size` pixels a side."""
        camera = Camera(
            rotation=rotation(yaw=variation.yaw, pitch=variation.pitch, roll=variation.roll),
            centre=((0.5 + variation.shift_x) * size, (0.5 + variation.shift_y) * size),
            scale=variation.scale * size,
            distance=variation.distance,
        )
        return cls(
            identity=identity,
            variation=variation,
            layout=Layout.of(identity, variation),
            camera=camera,
            light=Light.of(variation),
        )

    @property
    def light_in_head(self) -> Map:
        """Direction to the main light in the head's axes."""
        return floats(self.light.direction @ self.camera.rotation)
