"""What a camera does to a scene: exposure, blur, grain, perhaps black and white; and JPEG."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.synthetic.surface import Map, blurred, floats, grain


def expose(
    scene: Map, *, seed: int, exposure: float, blur: float, noise: float, monochrome: bool
) -> NDArray[np.uint8]:
    """Turns a painted scene (h, w, 3; grey levels, any range) into a photo.

    Args:
        scene: What stands before the camera.
        seed: Fixes the grain.
        exposure: Multiplier of the brightness.
        blur: Standard deviation of the lens blur in pixels of a 250 pixel photo.
        noise: Standard deviation of the grain in grey levels.
        monochrome: Black and white.
    """
    height, width = scene.shape[:2]
    picture = floats(scene * np.float32(exposure))
    sigma = blur * width / 250
    if sigma > 0.25:
        picture = blurred(picture, sigma)
    if monochrome:
        picture = np.repeat((picture @ floats([0.3, 0.59, 0.11]))[..., None], 3, axis=2)
    # Bright places roll off softly, as film and sensors' curves do.
    picture = np.where(picture > 215, 215 + 40 * np.tanh((picture - 215) / 40), picture)
    if noise > 0.1:
        coarse = grain((height, width), seed, softness=0.7)[..., None] * np.float32(noise)
        picture = picture + coarse
        if not monochrome:
            tint = np.dstack([grain((height, width), seed + step, softness=0.7) for step in (1, 2, 3)])
            picture = picture + tint * np.float32(0.45 * noise)
    return np.asarray(np.clip(picture + 0.5, 0, 255).astype(np.uint8))


def jpeg(photo: NDArray[np.uint8], quality: int) -> bytes:
    """The photo (RGB) as the bytes of a JPEG file."""
    _, data = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()
