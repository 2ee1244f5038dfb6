"""What is particular about TIFFs: small copies that stand before the photo, and kinds that are not read."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from typing import Any

from PIL import TiffImagePlugin

from facethemodel.photos.formats import RAW
from facethemodel.photos.limits import UnreadablePhotoError

UNREAD = "a kind of TIFF that is not read: save it as JPEG"
_SUBFILE, _BITS, _PHOTOMETRIC, _SAMPLE_FORMAT = 254, 258, 262, 339
_NEEDED = (256, 257, _BITS, _PHOTOMETRIC)
_PLACES = ((273, 279), (324, 325))
"""Where strips or tiles begin, and how many bytes each has."""
_SMALL_COPY = 1
"""In NewSubfileType: a smaller copy of another image of the file (TIFF 6.0, section 8)."""
_MOST_COPIES = 8
_SENSOR = (32803, 34892)
"""Photometric interpretations of what a sensor saw (DNG 1.4)."""
_SIGNED_BYTES = ((8,), (2,))


def seek_photo(image: TiffImagePlugin.TiffImageFile) -> None:
    """Goes to the first page that is no smaller copy of another one.

    Raises:
        UnreadablePhotoError: There is none that is larger than the first copy, as in raw files, which hold
            the photo in a maker's own coding; or it is of a kind that is not read.
    """
    first, page = image.width * image.height, 0
    while _is_copy(image.tag_v2) or (page > 0 and image.width * image.height <= first):
        page += 1
        try:
            if page > _MOST_COPIES:
                raise UnreadablePhotoError(RAW)
            image.seek(page)
        except EOFError as error:
            raise UnreadablePhotoError(RAW) from error
        except (SyntaxError, KeyError) as error:
            raise UnreadablePhotoError(_unread(image.tag_v2)) from error
    # Pillow would give them as they lie, -1 as 255.
    if (image.tag_v2.get(_BITS), image.tag_v2.get(_SAMPLE_FORMAT)) == _SIGNED_BYTES:
        raise UnreadablePhotoError(UNREAD)


def why_unread(data: bytes) -> str | None:
    """Says why Pillow finds no picture in a TIFF that is whole.

    Returns:
        The reason; None where the file is damaged or truncated: what it states is not all there.
    """
    try:
        tags = TiffImagePlugin.ImageFileDirectory_v2(data[: 16 if data[2] == 43 else 8])
        file = io.BytesIO(data)
        file.seek(tags.next)
        tags.load(file)
        whole = all(tag in tags for tag in _NEEDED) and any(
            offsets in tags and max(map(sum, zip(tags[offsets], tags[sizes], strict=True))) <= len(data)
            for offsets, sizes in _PLACES
        )
    except (OSError, ValueError, SyntaxError, LookupError, TypeError, OverflowError, struct.error):
        return None
    return _unread(tags) if whole else None


def _is_copy(tags: Mapping[int, Any]) -> bool:
    return bool(int(tags.get(_SUBFILE, 0)) & _SMALL_COPY)


def _unread(tags: Mapping[int, Any]) -> str:
    return RAW if tags.get(_PHOTOMETRIC) in _SENSOR else UNREAD
