"""Damaged, hostile and foreign bytes: a reason, never a wrong picture and never another exception."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, features

from facethemodel.photos.decode import WORK_SIDE, Decoded, UnreadablePhotoError, decode

Scene = Callable[..., NDArray[np.uint8]]
Encode = Callable[..., bytes]

needs_avif = pytest.mark.skipif(not features.check("avif"), reason="this Pillow was built without AVIF")
DATA_ENDS_EARLY = "damaged JPEG (Corrupt JPEG data: premature end of data segment)"
KINDS = [
    pytest.param("JPEG", "RGB", {}, id="jpeg"),
    pytest.param("JPEG", "RGB", {"progressive": True}, id="jpeg-progressive"),
    pytest.param("JPEG", "CMYK", {}, id="jpeg-cmyk"),
    pytest.param("PNG", "RGB", {}, id="png"),
    pytest.param("PNG", "P", {}, id="png-palette"),
    pytest.param("GIF", "P", {}, id="gif"),
    pytest.param("WEBP", "RGB", {}, id="webp"),
    pytest.param("WEBP", "RGB", {"lossless": True}, id="webp-lossless"),
    pytest.param("BMP", "RGB", {}, id="bmp"),
    pytest.param("TIFF", "RGB", {}, id="tiff"),
    pytest.param("TIFF", "RGB", {"compression": "tiff_lzw"}, id="tiff-lzw"),
    pytest.param("AVIF", "RGB", {}, id="avif", marks=needs_avif),
]


def outcome(data: bytes) -> Decoded | str:
    """Decodes, or gives the reason; anything else that is raised fails the test."""
    try:
        found = decode(data)
    except UnreadablePhotoError as error:
        reason = error.reason
    else:
        _check_picture(found)
        return found
    assert 0 < len(reason) < 200
    assert "\n" not in reason
    assert "<_io" not in reason, "the reason shows an object of Python"
    return reason


def _check_picture(found: Decoded) -> None:
    assert found.pixels.ndim == 3
    assert found.pixels.shape[2] == 3
    assert max(found.pixels.shape[:2]) <= WORK_SIDE


@pytest.mark.parametrize(("name", "mode", "options"), KINDS)
def test_a_cut_file_is_refused_unless_all_pixels_are_there(
    name: str, mode: str, options: dict[str, object], scene: Scene, encode: Encode
) -> None:
    data = encode(Image.fromarray(scene(90, 70, 1)).convert(mode), name, **options)
    whole = decode(data).pixels
    cuts = sorted({*np.linspace(1, len(data) - 1, 60, dtype=int), *range(len(data) - 12, len(data))})
    refused = 0
    for cut in cuts:
        found = outcome(data[:cut])
        if isinstance(found, Decoded):
            assert np.array_equal(found.pixels, whole), f"cut at {cut} of {len(data)}"
        refused += isinstance(found, str)
    assert refused >= 50


@pytest.mark.parametrize(("name", "options"), [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {})])
def test_the_reason_says_truncated(
    name: str, options: dict[str, object], scene: Scene, encode: Encode
) -> None:
    data = encode(scene(90, 70, 1), name, **options)
    assert outcome(data[: len(data) * 2 // 3]) == f"truncated {name}"
    assert outcome(data[:25]).startswith(f"truncated {name}")  # type: ignore[union-attr]


def test_damage_inside_a_jpeg_is_refused(scene: Scene, encode: Encode) -> None:
    data = bytearray(encode(scene(300, 200, 1), "JPEG"))
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    reason = outcome(bytes(data))
    assert isinstance(reason, str)
    assert reason.startswith("damaged JPEG")


def test_oddities_of_a_jpeg_beside_its_pixels_do_no_harm(scene: Scene, encode: Encode) -> None:
    data = encode(scene(90, 70, 1), "JPEG")
    plain = decode(data).pixels
    unknown_revision = data.replace(b"JFIF\0\x01", b"JFIF\0\x80")
    for surplus in (data + b"trailing text", data[:-2] + b"\x00\x00\x00" + data[-2:], unknown_revision):
        found = outcome(surplus)
        assert isinstance(found, Decoded)
        assert np.array_equal(found.pixels, plain)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"\n<!DOCTYPE html><html>Not Found</html>", "a web page"),
        (b"plain text", "no known image format"),
        (b"\0" * 4096, "no known image format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no known image format"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
    ],
)
def test_what_is_no_image_says_so(data: bytes, reason: str) -> None:
    found = outcome(data)
    assert isinstance(found, str)
    assert reason in found


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _bomb(name: str, side: int, *, progressive: bool = False) -> bytes:
    """A small file whose header states a square of this side."""
    if name == "PNG":
        rows = zlib.compress(bytes(10_000_000))
        header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + _png_chunk(b"IHDR", header) + _png_chunk(b"IDAT", rows)
    if name == "BMP":
        return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0)
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16)).save(buffer, name, progressive=progressive)
    data = bytearray(buffer.getvalue())
    if name == "GIF":
        struct.pack_into("<HH", data, 6, side, side)
    else:
        struct.pack_into(">HH", data, data.index(b"\xff\xc2" if progressive else b"\xff\xc0") + 5, side, side)
    return bytes(data)


@pytest.mark.parametrize(
    ("name", "side"), [("PNG", 30_000), ("BMP", 30_000), ("GIF", 60_000), ("JPEG", 60_000)]
)
def test_a_bomb_is_refused_by_its_header(name: str, side: int) -> None:
    data = _bomb(name, side)
    tracemalloc.start()
    try:
        with pytest.raises(UnreadablePhotoError, match=f"{side * side:,} pixels, more than the limit of"):
            decode(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


def test_a_large_baseline_jpeg_is_allowed_more_than_a_progressive_one() -> None:
    with pytest.raises(UnreadablePhotoError, match="limit of 120,000,000"):
        decode(_bomb("JPEG", 12_000, progressive=True))
    assert outcome(_bomb("JPEG", 12_000)) in ("truncated JPEG", DATA_ENDS_EARLY)


def test_a_jpeg_of_countless_scans_is_refused(scene: Scene, encode: Encode) -> None:
    data = encode(scene(90, 70, 1), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    reason = outcome(data[:last] + data[last:-2] * 300 + data[-2:])
    assert isinstance(reason, str)
    assert "scans" in reason


def test_a_tiff_of_one_giant_tile_is_refused() -> None:
    tags = {256: 1, 257: 1, 258: 8, 259: 5, 262: 1, 277: 1, 322: 60_000, 323: 60_000, 324: 8, 325: 4}
    fields = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    reason = outcome(b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + fields + bytes(4))
    assert isinstance(reason, str)
    assert "60,000 x 60,000" in reason


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0", b"MM\0+"]),
)
def test_random_bytes_only_ever_give_a_picture_or_a_reason(body: bytes, head: bytes) -> None:
    outcome(head + body)


@pytest.mark.parametrize(("name", "mode", "options"), KINDS)
def test_mutated_files_only_ever_give_a_picture_or_a_reason(
    name: str, mode: str, options: dict[str, object], scene: Scene, encode: Encode
) -> None:
    seed = encode(Image.fromarray(scene(40, 30, 1)).convert(mode), name, **options)

    @settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
    @given(st.data())
    def mutated(data: st.DataObject) -> None:
        changed = bytearray(seed)
        # Most of what a parser trusts stands at the beginning.
        places = st.one_of(st.integers(0, min(200, len(seed) - 1)), st.integers(0, len(seed) - 1))
        for at in data.draw(st.lists(places, min_size=1, max_size=8)):
            changed[at] = data.draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFE, 0xFF]) | st.integers(0, 255))
        outcome(bytes(changed))

    mutated()
