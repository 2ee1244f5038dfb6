"""Which image format some bytes are, by their first bytes alone: a file's name proves nothing."""

from __future__ import annotations

import struct

_BMP_HEADER_SIZES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_GENERIC_BRANDS = frozenset({b"mif1", b"msf1"})
_TIFF_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
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
        return "TIFF"
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
