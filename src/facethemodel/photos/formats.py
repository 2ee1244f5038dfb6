"""Which image format some bytes are, by their first bytes alone: a file's name proves nothing."""

from __future__ import annotations

import struct

_BMP_HEADER_SIZES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_GENERIC_BRANDS = frozenset({b"mif1", b"msf1"})
_TIFF_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_CANON_RAW = b"CR"
"""What Canon's raw files have at byte 8, after the beginning of a TIFF."""
RAW = "a camera's raw file, which is not read: export it as JPEG"
_OTHERS = (
    (b"%PDF-", "a PDF document: take its pictures out first"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 image, which is not read: save it as JPEG"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 image, which is not read: save it as JPEG"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL image, which is not read: save it as JPEG"),
    (b"\xff\x0a", "a JPEG XL image, which is not read: save it as JPEG"),
    (b"8BPS", "a Photoshop file, which is not read: export it as JPEG"),
    (b"\x1aE\xdf\xa3", "a video, not a photo"),
    (b"FUJIFILMCCD-RAW", RAW),
    (b"IIRO", RAW),
    (b"IIRS", RAW),
    (b"IIU\0", RAW),
    (b"FOVb", RAW),
)
"""Beginnings of files that people keep among their photos."""
_NOT_VIDEOS = {b"crx ": RAW, b"M4A ": "sound, not a photo"}
NO_IMAGE = "not an image"
IMAGE_SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .png .gif .bmp .webp .tif .tiff .heic .heif .avif".split()  # noqa: SIM905
)
"""Endings of names that say of a file that it is an image, in small letters."""
HEAD_BYTES = 32
"""How many first bytes `sniff` makes use of."""


def sniff(head: bytes) -> str | None:
    """Names the image format of a file.

    Args:
        head: At least the first 32 bytes, or the whole of a shorter file.

    Returns:
        "JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "HEIC" or "AVIF"; None for anything else.
    """
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith(_TIFF_MAGICS):
        return None if head[8:10] == _CANON_RAW else "TIFF"
    if head[4:8] == b"ftyp":
        return _iso_media(head)
    # "BM" begins many a text, so that the length of the header that follows must be a real one too.
    if (
        head.startswith(b"BM")
        and len(head) >= 18
        and struct.unpack_from("<I", head, 14)[0] in _BMP_HEADER_SIZES
    ):
        return "BMP"
    return None


def otherwise(head: bytes) -> str:
    """Says what a file is in which `sniff` finds no image, and what to do where something can be done.

    Args:
        head: As for `sniff`.
    """
    for beginning, what in _OTHERS:
        if head.startswith(beginning):
            return what
    if head.startswith(_TIFF_MAGICS):
        return RAW
    if head[4:8] == b"ftyp":
        return _NOT_VIDEOS.get(head[8:12], "a video, not a photo")
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "a video, not a photo"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<svg", b"<?xml")):
        return "a drawing (SVG) or other XML, not a photo"
    return NO_IMAGE


def _iso_media(head: bytes) -> str | None:
    """Tells HEIC and AVIF from the videos that share their container: by major, then compatible brands."""
    end = min(len(head), struct.unpack_from(">I", head)[0], HEAD_BYTES)
    major = head[8:12]
    if major in _AVIF_BRANDS:
        return "AVIF"
    if major in _HEIC_BRANDS:
        return "HEIC"
    if major in _GENERIC_BRANDS:
        compatible = {head[at : at + 4] for at in range(16, end - 3, 4)}
        return "AVIF" if compatible & _AVIF_BRANDS else "HEIC"
    return None
