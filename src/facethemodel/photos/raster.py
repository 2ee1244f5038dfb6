"""Everything that Pillow decodes: all formats but JPEG, and the JPEGs that are not plain (CMYK, YCCK)."""

from __future__ import annotations

import io
import re
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, TiffImagePlugin, UnidentifiedImageError, features

from facethemodel.errors import install
from facethemodel.photos.deep import DeepGrey, is_deep
from facethemodel.photos.limits import Limits, UnreadablePhotoError
from facethemodel.photos.tiff import seek_photo, why_unread

_PARSER_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    struct.error,
    zlib.error,
    LookupError,
    ArithmeticError,
    TypeError,
    AttributeError,
    RuntimeError,
)
"""What Pillow's parsers were seen to raise on damaged files, besides their own `UnidentifiedImageError`."""

_TRUNCATED = re.compile(r"truncat|unexpected end|end of file|too short|premature|not enough", re.IGNORECASE)
_STRIP_PIXELS = 4_000_000
_COUNTED_BYTES = 8_000_000
_TILE_TAGS = (322, 323)
_XMP = ("xmp", "XML:com.adobe.xmp")
"""Where Pillow keeps XMP, whose orientation it would take where EXIF states none."""
_warnings_filter = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Raster:
    """Decoded pixels as they lie in the file: `orientation` (EXIF, 1 to 8) is still to be applied.

    `width` and `height` are the full size in the same sense; `pixels` may be smaller by a whole factor.
    """

    pixels: NDArray[np.uint8]
    width: int
    height: int
    mode: str
    frames: int
    orientation: int


def decode_raster(data: bytes, format_name: str, *, limits: Limits, least_side: int) -> Raster:
    """Decodes the first frame; of a TIFF, the first page that is no smaller copy of another.

    Transparent places become white, as on an empty page. Depths over 8 bits come to 8, for grey see
    `DeepGrey`. Colour profiles are ignored: the numbers are taken for sRGB.

    Args:
        data: The whole file.
        format_name: What `sniff` found; no other parser is tried.
        limits: Judged on the header, before any pixel is decoded.
        least_side: The long side of the result is at least this, or the full one where that is less.

    Raises:
        UnreadablePhotoError: With a short reason, whatever is wrong with the file.
    """
    with _quiet():
        try:
            with _open(data, format_name, limits=limits) as (image, frames):
                full = image.size
                if format_name == "JPEG":
                    _shrink_while_decoding(image, least_side=least_side)
                image.load()
                # Pillow turns TIFFs upright while loading, and swaps their size with it.
                width, height = image.size if format_name == "TIFF" else full
                return Raster(
                    pixels=_to_rgb(image, least_side=least_side),
                    width=width,
                    height=height,
                    mode=image.mode,
                    frames=frames,
                    orientation=1 if format_name == "HEIC" else _orientation(image),
                )
        except Image.DecompressionBombError as error:
            stated = int(next(iter(re.findall(r"\d+", str(error))), "0"))
            raise limits.exceeded(f"{stated:,} pixels", limits.unscaled) from error
        except MemoryError as error:
            raise UnreadablePhotoError("too large for this machine's memory") from error
        except UnidentifiedImageError as error:
            unread = why_unread(data) if format_name == "TIFF" else None
            raise UnreadablePhotoError(unread or _reason(error, format_name)) from error
        except _PARSER_ERRORS as error:
            raise UnreadablePhotoError(_reason(error, format_name)) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps Pillow's warnings on odd files to ourselves; the filter is the process's, hence one at a time."""
    with _warnings_filter, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _open(data: bytes, format_name: str, *, limits: Limits) -> Iterator[tuple[Image.Image, int]]:
    """Opens the file and judges its header. Gives the picture, not yet loaded, and its number of frames."""
    if format_name == "HEIC":
        yield _open_heic(data, limits=limits)
        return
    if format_name == "AVIF" and not features.check("avif"):
        raise UnreadablePhotoError("AVIF, which this Pillow cannot read: pip install --upgrade pillow")
    with Image.open(io.BytesIO(data), formats=(format_name,)) as image:
        if isinstance(image, TiffImagePlugin.TiffImageFile):
            seek_photo(image)
        _check(image, limits=limits)
        frames = 1 if format_name == "JPEG" else _frames(image, size=len(data))
        # Counting goes through the pages and reads it anew.
        _forget_xmp(image)
        yield image, frames


def _open_heic(data: bytes, *, limits: Limits) -> tuple[Image.Image, int]:
    """Opens a HEIC. The decoder applies its turns and mirrors, which count instead of EXIF.

    On some damaged files pi_heif 1.4 crashes the process while it reads their metadata, beyond any exception:
    photos of unknown origin belong in a worker process whose death is borne.
    """
    try:
        import pi_heif
    except ImportError as error:
        raise UnreadablePhotoError(f"HEIC, which needs an extra: {install('heic')}") from error
    # Nothing but the picture itself is parsed, and the processes around us use the other cores.
    pi_heif.options.THUMBNAILS = pi_heif.options.DEPTH_IMAGES = pi_heif.options.AUX_IMAGES = False
    pi_heif.options.DECODE_THREADS = 1
    container = pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
    limits.check_pixels(*container.size, scalable=False)
    return container.to_pillow(), len(container)


def _frames(image: Image.Image, *, size: int) -> int:
    """Counts frames. GIF and TIFF state no number and are walked through: too slow for a large file."""
    if image.format in ("GIF", "TIFF") and size > _COUNTED_BYTES:
        return 2 if getattr(image, "is_animated", False) else 1
    return int(getattr(image, "n_frames", 1))


def _check(image: Image.Image, *, limits: Limits) -> None:
    """Judges the size of the picture, and that of its tiles: each is decoded whole."""
    limits.check_pixels(*image.size, scalable=False)
    tags = getattr(image, "tag_v2", {})
    tile = [int(tags.get(tag, 1)) for tag in _TILE_TAGS]
    limits.check_pixels(tile[0], tile[1], scalable=False)


def _shrink_while_decoding(image: Image.Image, *, least_side: int) -> None:
    """Has the JPEG decoder give the smallest size whose long side is still `least_side`, where it can."""
    factor = max(image.size) / least_side
    if factor > 1:
        width, height = (max(1, int(side / factor)) for side in image.size)
        image.draft(image.mode, (width, height))


def _forget_xmp(image: Image.Image) -> None:
    for key in _XMP:
        image.info.pop(key, None)


def _orientation(image: Image.Image) -> int:
    """Reads the EXIF orientation; a damaged EXIF block is no reason to refuse the pixels."""
    # A PNG's may stand behind its pixels.
    _forget_xmp(image)
    try:
        value = image.getexif().get(ExifTags.Base.Orientation)
    except _PARSER_ERRORS:
        return 1
    if isinstance(value, bytes) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _to_rgb(image: Image.Image, *, least_side: int) -> NDArray[np.uint8]:
    """Makes RGB of any mode, strip by strip, so that a large picture is never in memory twice."""
    width, height = image.size
    factor = max(1, max(width, height) // least_side)
    rows = factor * max(1, _STRIP_PIXELS // (width * factor))
    cuts = [(0, top, width, min(height, top + rows)) for top in range(0, height, rows)]
    deep = DeepGrey(image, cuts) if is_deep(image) else None
    strips = []
    for cut in cuts:
        if deep is not None:
            flat = _flatten(Image.fromarray(deep.eight_bits(cut)))
        else:
            flat = _flatten(image if len(cuts) == 1 else image.crop(cut))
        strips.append(np.asarray(flat.reduce(factor) if factor > 1 else flat))
    return strips[0] if len(strips) == 1 else np.concatenate(strips)


def _flatten(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    layers = image.convert("RGBA")
    page = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(page, layers).convert("RGB")


def _reason(error: BaseException, format_name: str) -> str:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", str(error))).strip()
    if isinstance(error, EOFError) or _TRUNCATED.search(text):
        return f"truncated {format_name}"
    return f"damaged {format_name} ({text[:100]})" if text else f"damaged {format_name}"
