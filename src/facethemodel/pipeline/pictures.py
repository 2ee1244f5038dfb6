"""Small pictures for the report's contact sheets, from the crop cache where a face is wanted."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.catalogue import crops, photos
from facethemodel.catalogue.records import WHOLE_PHOTO
from facethemodel.inspection.crops import CropStore
from facethemodel.photos.decode import Decoded, decode
from facethemodel.photos.limits import Limits, UnreadablePhotoError
from facethemodel.photos.store import PhotoStore
from facethemodel.project import Project

SIDE = 160


class Thumbnails:
    """Gives pictures by photo and face; None where the photo is gone."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._crops = CropStore(project.cache_dir)
        with project.database() as db:
            self._rows = crops.rows(db, "aligned112")

    def __call__(self, sha256: str, face: int | None) -> NDArray[np.uint8] | None:
        """The face's aligned crop, or else the whole photo with its long side at 160 pixels."""
        if face is not None and face != WHOLE_PHOTO:
            row = self._rows.get((sha256, face))
            if row is None:
                return None
            crop: NDArray[np.uint8] = self._crops.load("aligned112", np.array([row], dtype=np.int64))[0]
            return crop
        return self._whole(sha256)

    def _whole(self, sha256: str) -> NDArray[np.uint8] | None:
        decoded = decoded_photo(self._project, sha256)
        if decoded is None:
            return None
        pixels = decoded.pixels
        scale = min(1.0, SIDE / max(pixels.shape[:2]))
        size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def decoded_photo(project: Project, sha256: str) -> Decoded | None:
    """Decodes a photo of a project; None where it is gone or damaged."""
    with project.database() as db:
        photo = photos.get(db, sha256)
    if photo is None:
        return None
    settings = project.settings.inspect
    limits = Limits(max_bytes=settings.max_bytes, max_pixels=settings.max_pixels)
    try:
        return decode(PhotoStore(project.photos_dir).read(photo, max_bytes=limits.max_bytes), limits=limits)
    except UnreadablePhotoError:
        return None
