"""From a file's bytes to upright RGB pixels, once per photo and the same way for training and for use."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from facethemodel.photos import jpeg, raster
from facethemodel.photos.formats import HEAD_BYTES, sniff
from facethemodel.photos.limits import Limits, UnreadablePhotoError

__all__ = ["WORK_SIDE", "Decoded", "Limits", "UnreadablePhotoError", "decode", "sniff"]

WORK_SIDE = 1280
"""Pixels on the long side that all later work is done at; a smaller photo keeps its size."""

_DEFAULT_LIMITS = Limits()
_WEB_PAGES = (b"<!doctype html", b"<html", b"<head")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decoded:
    """One photo, decoded.

    Attributes:
        pixels: RGB, H x W x 3, upright, long side at most `WORK_SIDE`; the caller's to change.
        width: Full width in pixels, upright.
        height: Full height in pixels, upright.
        format: As `sniff` names it.
        mode: Pillow's name of what the file holds: "RGB", "L", "CMYK", "P", "I;16" ...
        frames: Number of frames, of which the first is decoded; 2 stands for "several" in a GIF or TIFF
            over 8 MB.
        scale: Long side of `pixels` divided by the full long side: work = full * scale.
    """

    pixels: NDArray[np.uint8]
    width: int
    height: int
    format: str
    mode: str
    frames: int
    scale: float


def decode(data: bytes, *, limits: Limits = _DEFAULT_LIMITS) -> Decoded:
    """Decodes a photo of any supported format.

    JPEGs are scaled down while decoding, everything is brought to `WORK_SIDE` by area averaging, the EXIF
    orientation is applied (not one that XMP alone states: most viewers apply none), transparency becomes
    white, colour profiles are ignored (all is taken for sRGB).
    What is truncated or damaged is refused rather than filled with grey.

    Args:
        data: The whole file.
        limits: What it may cost; judged on the header, before any pixel is decoded.

    Raises:
        UnreadablePhotoError: Whatever is wrong with the file, with a short reason.
    """
    if not data:
        raise UnreadablePhotoError("empty file (zero bytes)")
    limits.check_bytes(len(data))
    format_name = sniff(data[:HEAD_BYTES])
    if format_name is None:
        raise UnreadablePhotoError(_not_an_image(data))
    try:
        if format_name == "JPEG":
            found = _decode_jpeg(data, limits=limits)
        else:
            found = raster.decode_raster(data, format_name, limits=limits, least_side=WORK_SIDE)
        return _finish(found, format_name)
    except MemoryError as error:
        raise UnreadablePhotoError("too large for this machine's memory") from error


def _decode_jpeg(data: bytes, *, limits: Limits) -> raster.Raster:
    """Decodes a plain JPEG, or any other by Pillow with the same judgement of its cost and orientation."""
    header = jpeg.read_header(data)
    jpeg.check_cost(data, header, limits=limits)
    pixels = jpeg.decode_scaled(data, header, least_side=WORK_SIDE)
    if pixels is None:
        found = raster.decode_raster(data, "JPEG", limits=limits, least_side=WORK_SIDE)
        return replace(found, orientation=header.orientation)
    return raster.Raster(
        pixels=pixels,
        width=header.width,
        height=header.height,
        mode="L" if header.components == 1 else "RGB",
        frames=1,
        orientation=header.orientation,
    )


def _finish(found: raster.Raster, format_name: str) -> Decoded:
    """Brings the pixels to the working size and upright."""
    long_side = max(found.width, found.height)
    scale = min(1.0, WORK_SIDE / long_side)
    size = tuple(max(1, round(side * scale)) for side in (found.width, found.height))
    pixels = found.pixels
    if (pixels.shape[1], pixels.shape[0]) != size:
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    turned = found.orientation >= 5
    return Decoded(
        pixels=np.require(_upright(pixels, found.orientation), requirements=["C", "W"]),
        width=found.height if turned else found.width,
        height=found.width if turned else found.height,
        format=format_name,
        mode=found.mode,
        frames=found.frames,
        scale=scale,
    )


def _upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Undoes the EXIF orientation (EXIF 2.32, table of tag 0x0112)."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels


def _not_an_image(data: bytes) -> str:
    head = data[:HEAD_BYTES].lstrip()
    if head.lower().startswith(_WEB_PAGES):
        return "a web page, not an image"
    return f"no known image format (it begins with {data[:8]!r})"
