"""JPEG, the format of nearly all photos: a cheap look at the header, then one decode that scales."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from facethemodel.photos.limits import Limits, UnreadablePhotoError

_ORIENTATION_TAG = 0x0112
_WHOLE_NUMBERS = {1: "B", 3: "H", 4: "I"}
"""TIFF's kinds of field (TIFF 6.0, section 2) that writers keep an orientation in; EXIF wants the second."""
_MARKERS_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE_MARKERS = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_APP1, _SCAN, _END = 0xE1, 0xDA, 0xD9
_MOST_SCANS = 200
"""Real progressive files have about ten scans; each one costs a pass over the whole picture."""
_HARMLESS = ("extraneous bytes before marker 0xd9", "adobe color transform", "jfif revision")
"""Complaints of libjpeg about files whose pixels are all there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JpegHeader:
    """What stands before the first scan. `orientation` is the EXIF one, 1 to 8."""

    width: int
    height: int
    components: int
    bits: int
    progressive: bool
    orientation: int


def read_header(data: bytes) -> JpegHeader:
    """Walks the markers of a JPEG up to its first scan.

    Args:
        data: The whole file, or as much as holds the header.

    Raises:
        UnreadablePhotoError: When no size stands before the first scan or the end.
    """
    orientation, frame, at = None, None, 2
    while (at := data.find(b"\xff", at)) >= 0 and at + 4 <= len(data):
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0 or marker in _MARKERS_WITHOUT_LENGTH:
            at += 2
            continue
        if marker in (_SCAN, _END):
            break
        length = struct.unpack_from(">H", data, at + 2)[0]
        body = data[at + 4 : at + 2 + length]
        if marker == _APP1 and orientation is None and body.startswith(b"Exif\0"):
            orientation = exif_orientation(body[6:])
        elif marker in _FRAME_MARKERS and frame is None and len(body) >= 6:
            bits, height, width, components = struct.unpack_from(">BHHB", body)
            frame = (width, height, components, bits, marker in _PROGRESSIVE_MARKERS)
        at += 2 + length
    if frame is None:
        raise UnreadablePhotoError("truncated JPEG: it ends before its size is stated")
    width, height, components, bits, progressive = frame
    return JpegHeader(
        width=width,
        height=height,
        components=components,
        bits=bits,
        progressive=progressive,
        orientation=orientation or 1,
    )


def exif_orientation(tiff: bytes) -> int:
    """Reads the orientation tag from an EXIF block (EXIF 2.32, 4.6.4: a small TIFF file).

    Args:
        tiff: The block from its byte order mark on.

    Returns:
        1 to 8; 1 where the block states none or is damaged, since the pixels may still be fine.
    """
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return 1
    directory = struct.unpack_from(order + "I", tiff, 4)[0]
    if directory + 2 > len(tiff):
        return 1
    entries = struct.unpack_from(order + "H", tiff, directory)[0]
    for entry in range(directory + 2, min(directory + 2 + 12 * entries, len(tiff) - 11), 12):
        tag, kind, count = struct.unpack_from(order + "HHI", tiff, entry)
        if tag == _ORIENTATION_TAG and kind in _WHOLE_NUMBERS and count == 1:
            value: int = struct.unpack_from(order + _WHOLE_NUMBERS[kind], tiff, entry + 8)[0]
            return value if 1 <= value <= 8 else 1
    return 1


def check_cost(data: bytes, header: JpegHeader, *, limits: Limits) -> None:
    """Refuses a JPEG that is too large or built to take for ever.

    A progressive one keeps all coefficients in memory until the last scan, so that scaling does not help.

    Raises:
        UnreadablePhotoError: With the numbers.
    """
    limits.check_pixels(header.width, header.height, scalable=not header.progressive)
    if header.progressive and (scans := data.count(b"\xff\xda")) > _MOST_SCANS:
        raise UnreadablePhotoError(f"a JPEG of {scans:,} scans, more than the limit of {_MOST_SCANS}")


def decode_scaled(data: bytes, header: JpegHeader, *, least_side: int) -> NDArray[np.uint8] | None:
    """Decodes a grey or colour JPEG, smaller than it is where its long side allows it.

    Args:
        data: The whole file.
        header: Its header.
        least_side: The long side of the result is at least this, or the full one where that is less.

    Returns:
        RGB, not yet turned upright; None where libjpeg-turbo does not know this kind and another decoder may.

    Raises:
        UnreadablePhotoError: When the file is truncated or damaged: part of the picture would be made up.
    """
    if header.components not in (1, 3) or header.bits != 8:
        return None
    long_side = max(header.width, header.height)
    # libjpeg-turbo has vector code for these factors only: others, such as 3/8, take longer than no scaling.
    factor = next((factor for factor in (8, 4, 2) if long_side // factor >= least_side), 1)
    wide = header.width >= header.height
    least = {"min_width" if wide else "min_height": -(-long_side // factor)}
    try:
        pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(data, "RGB", **least)
    except ValueError as error:
        complaint = str(error).lower()
        if "premature end of jpeg" in complaint:
            raise UnreadablePhotoError("truncated JPEG") from error
        if "corrupt jpeg data" in complaint and not any(text in complaint for text in _HARMLESS):
            raise UnreadablePhotoError(f"damaged JPEG ({str(error)[:100]})") from error
        if not any(text in complaint for text in _HARMLESS):
            return None
        try:
            pixels = simplejpeg.decode_jpeg(data, "RGB", strict=False, **least)
        except ValueError:
            return None
    return pixels
