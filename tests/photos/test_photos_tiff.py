"""TIFFs: deep levels come out as bright as they are meant, the photo is found behind its small copies, and
what is not read says so."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from facethemodel.photos.decode import UnreadablePhotoError, decode

Encode = Callable[..., bytes]

GREY = np.linspace(0, 255, 256)
UINT, INT, FLOAT = 1, 2, 3


def tiff(*pages: tuple[bytes, dict[int, int]]) -> bytes:
    """Pages of one row, built by hand for kinds that Pillow does not write: their pixels, then their tags."""
    data = b"II*\0" + struct.pack("<I", 8)
    for number, (pixels, given) in enumerate(pages):
        tags = {257: 1, 259: 1, 262: 1, 277: 1, 278: 1, 279: len(pixels)} | given
        end = len(data) + 2 + 12 * (len(tags) + 1) + 4
        fields = sorted((tags | {273: end}).items())
        directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in fields)
        following = end + len(pixels) if number + 1 < len(pages) else 0
        data += struct.pack("<H", len(fields)) + directory + struct.pack("<I", following) + pixels
    return data


def row(levels: NDArray[Any], *, kind: int, photometric: int = 1) -> bytes:
    """One row of grey levels; photometric interpretation 0 for a negative."""
    tags = {256: levels.size, 258: levels.dtype.itemsize * 8, 339: kind, 262: photometric}
    return tiff((levels.tobytes(), tags))


def packed(levels: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Levels of twelve bits, two in three bytes."""
    first, second = levels[::2], levels[1::2]
    triples = [first >> 4, (first & 15) << 4 | second >> 8, second & 255]
    return np.stack(triples, axis=1).astype(np.uint8).reshape(-1)


def grey_of(data: bytes) -> NDArray[np.int64]:
    return decode(data).pixels[0, :, 1].astype(np.int64)


def as_levels(top: float, kind: str) -> NDArray[Any]:
    return (GREY / 255 * top).astype(kind)


TWELVE = tiff((packed(as_levels(4095, "i8")).tobytes(), {256: 256, 258: 12, 339: UINT}))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(row(as_levels(65535, "<u2"), kind=UINT), id="16 bits"),
        pytest.param(
            row(65535 - as_levels(65535, "<u2"), kind=UINT, photometric=0), id="16 bits, white is 0"
        ),
        pytest.param(TWELVE, id="12 bits"),
        pytest.param(row(as_levels(32767, "<i2"), kind=INT), id="16 bits, signed"),
        pytest.param(row(as_levels(2**32 - 1, "<u4"), kind=UINT), id="32 bits"),
        pytest.param(row(as_levels(2**31 - 1, "<i4"), kind=INT), id="32 bits, signed"),
        pytest.param(row(as_levels(1, "<f4"), kind=FLOAT), id="floats"),
        pytest.param(row(1 - as_levels(1, "<f4"), kind=FLOAT, photometric=0), id="floats, white is 0"),
    ],
)
def test_black_is_black_and_white_is_white_whatever_the_depth(data: bytes) -> None:
    assert np.abs(grey_of(data) - GREY).max() <= 1


def test_what_is_darker_than_black_is_black() -> None:
    assert grey_of(row(np.array([-32768, -1, 0, 32767], "<i2"), kind=INT)).tolist() == [0, 0, 0, 255]


@pytest.mark.parametrize("highlights", [np.full(26, 40.0), np.linspace(1, 1.3, 200)])
def test_highlights_of_floats_do_not_darken_the_rest(highlights: NDArray[np.float64]) -> None:
    levels = np.concatenate([GREY / 255, highlights]).astype("<f4")
    found = grey_of(row(levels, kind=FLOAT))
    assert np.abs(found[:256] - GREY).max() <= 1
    assert (found[256:] == 255).all()


def test_dark_pictures_of_floats_up_to_255_are_not_blown_up() -> None:
    levels = np.concatenate([np.zeros(1000), GREY]).astype("<f4")
    assert np.abs(grey_of(row(levels, kind=FLOAT))[1000:] - GREY).max() <= 1


COPY = (bytes(range(100)), {254: 1, 256: 100, 258: 8})
PHOTO = (bytes(range(255, -1, -1)), {254: 0, 256: 256, 258: 8})
SENSOR = (bytes(512), {254: 0, 256: 256, 258: 16, 262: 32803})
FLOATS_64 = (as_levels(1, "<f8").tobytes(), {254: 0, 256: 256, 258: 64, 339: FLOAT})
SIGNED_8 = (as_levels(127, "i1").tobytes(), {254: 0, 256: 256, 258: 8, 339: INT})


@pytest.mark.parametrize("copies", [1, 2])
def test_the_photo_is_found_behind_its_small_copies(copies: int) -> None:
    found = decode(tiff(*[COPY] * copies, PHOTO))
    assert (found.width, found.frames) == (256, copies + 1)
    assert (found.pixels[0, :, 0] == np.arange(255, -1, -1)).all()


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        pytest.param([COPY], "raw file", id="nothing but a copy"),
        pytest.param([COPY] * 3, "raw file", id="nothing but copies"),
        pytest.param([COPY, (bytes(80), {256: 80, 258: 8})], "raw file", id="then a smaller one"),
        pytest.param([COPY, SENSOR], "raw file", id="then what a sensor saw"),
        pytest.param([SENSOR], "raw file", id="what a sensor saw"),
        pytest.param([COPY, FLOATS_64], "kind of TIFF", id="then a kind that is not read"),
        pytest.param([FLOATS_64], "kind of TIFF", id="64-bit floats"),
        pytest.param([SIGNED_8], "kind of TIFF", id="8 bits, signed"),
    ],
)
def test_what_is_not_read_says_so(pages: list[tuple[bytes, dict[int, int]]], reason: str) -> None:
    with pytest.raises(UnreadablePhotoError, match=rf"{reason}.*JPEG"):
        decode(tiff(*pages))


def test_a_kind_that_is_not_read_and_is_cut_short_is_damaged() -> None:
    data = tiff(FLOATS_64)
    for cut in (40, 150, len(data) - 1):
        with pytest.raises(UnreadablePhotoError, match=r"damaged|truncated"):
            decode(data[:cut])


def test_colours_in_floats_are_a_kind_that_is_not_read(encode: Encode) -> None:
    data = bytearray(encode(Image.new("RGB", (64, 16)), "TIFF"))
    # Pillow writes no such file; three channels of 8 bits and of 32 differ in one tag.
    at = data.index(struct.pack("<HHH", 8, 8, 8))
    struct.pack_into("<HHH", data, at, 32, 32, 32)
    with pytest.raises(UnreadablePhotoError, match="a kind of TIFF that is not read: save it as JPEG"):
        decode(bytes(data))
