"""The pictures of the page: faces from the crop cache, photos from the store, as small JPEGs."""

from __future__ import annotations

import threading

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from facethemodel.catalogue import photos
from facethemodel.errors import StorageError
from facethemodel.inspection.crops import CropStore
from facethemodel.inspection.run import CRASH
from facethemodel.photos.decode import decode
from facethemodel.photos.limits import Limits, UnreadablePhotoError
from facethemodel.photos.store import PhotoStore
from facethemodel.project import Project

SIDES = (256, 1280)
"""Long sides at which photos are given out: on a card, and to be looked at closely."""
QUALITY = 88
_AT_ONCE = 2
"""Photos decoded at the same time, so that scrolling through photos leaves room for deciding."""


class Pictures:
    """Makes the pictures of one project; threads may share it."""

    def __init__(self, project: Project) -> None:
        self._crops = CropStore(project.cache_dir)
        self._photos = PhotoStore(project.photos_dir)
        self._settings = project.settings.inspect
        self._db = project.database()
        self._decoding = threading.Semaphore(_AT_ONCE)

    def face(self, sha256: str, face: int) -> bytes | None:
        """The aligned crop of a face as a JPEG; None where there is no such crop."""
        found = self._db.read(
            "SELECT row FROM crop WHERE sha256 = ? AND view = 'aligned112' AND face = ?", (sha256, face)
        )
        if not found:
            return None
        try:
            return _jpeg(self._crops.load("aligned112", [found[0][0]])[0])
        except StorageError:
            return None

    def photo(self, sha256: str, side: int) -> bytes:
        """A photo, upright, its long side at most `side`, as a JPEG.

        Raises:
            UnreadablePhotoError: It is not in the catalogue, gone, cannot be decoded or crashed the decoder
                before; the reason is given.
        """
        photo = photos.get(self._db, sha256)
        if photo is None:
            raise UnreadablePhotoError("not in this project")
        # The inspection decodes in processes that may die; this one serves the page.
        if self._db.read("SELECT 1 FROM inspection WHERE sha256 = ? AND reason = ?", (sha256, CRASH)):
            raise UnreadablePhotoError(CRASH)
        limits = Limits(max_bytes=self._settings.max_bytes, max_pixels=self._settings.max_pixels)
        with self._decoding:
            data = self._photos.read(photo, max_bytes=limits.max_bytes)
            pixels = decode(data, limits=limits).pixels
        scale = side / max(pixels.shape[:2])
        if scale < 1.0:
            size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
            pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
        return _jpeg(pixels)

    def facts(self, sha256: str) -> dict[str, object] | None:
        """What is shown beside a photo that is looked at closely: its size and where its faces are.

        Boxes are shares of width and height. None where the photo was not inspected or could not be read.
        """
        found = self._db.read(
            "SELECT width, height, format FROM inspection WHERE sha256 = ? AND reason IS NULL", (sha256,)
        )
        if not found:
            return None
        width, height, kind = found[0]
        boxes = self._db.read(
            "SELECT face, x, y, width, height, accepted, main FROM face WHERE sha256 = ? ORDER BY face",
            (sha256,),
        )
        return {
            "width": width,
            "height": height,
            "format": kind,
            "faces": [
                {
                    "face": face,
                    "box": [x / width, y / height, w / width, h / height],
                    "accepted": bool(accepted),
                    "main": bool(main),
                }
                for face, x, y, w, h, accepted, main in boxes
            ],
        }

    def close(self) -> None:
        """Lets the catalogue go."""
        self._db.close()


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), quality=QUALITY, colorspace="RGB"))
