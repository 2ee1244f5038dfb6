"""Decoding: every format, mode and orientation comes out as upright RGB of a bounded size."""

from __future__ import annotations

import base64
import io
import struct
import sys
import tracemalloc
import warnings
import zlib
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps, PngImagePlugin, features

from facethemodel.photos import raster
from facethemodel.photos.decode import WORK_SIDE, Limits, UnreadablePhotoError, decode, sniff
from facethemodel.photos.formats import otherwise

Pixels = NDArray[np.uint8]
Scene = Callable[..., Pixels]
Encode = Callable[..., bytes]

needs_avif = pytest.mark.skipif(not features.check("avif"), reason="this Pillow was built without AVIF")
FORMATS = ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", pytest.param("AVIF", marks=needs_avif)]

# A drawn 32 x 16 picture, left half red, right half blue, stored to be turned by 90 degrees clockwise, by
# the container's own property and by EXIF, which must not turn it a second time.
TURNED_HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAcdtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
    "ADRpbG9jAAAAAERAAAIAAQAAAAAB6wABAAAAAAAAAI8AAgAAAAACegABAAAAAAAAACQAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAA"
    "AAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAABBmlwcnAAAADlaXBjbwAAAHVodmNDAQNwAAAA"
    "kAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQApQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq"
    "rprm4CGgwIAAAAyAAAADAIRiAAEABkQBwXPBiQAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAAAChjbGFw"
    "AAAAIAAAAAEAAAAQAAAAAf///+AAAAAC////0AAAAAIAAAAQcGl4aQAAAAADCAgIAAAACWlyb3QDAAAAGWlwbWEAAAAAAAAAAQAB"
    "BoECAwWEhgAAABppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAAAu21kYXQAAACLKAGvEyGclgj1JyL//2q6n/rQWf9v93Rf/Rtj78dn"
    "L/xcianG9MLo4I2r/ossSUz+zOl1rwPGqz3AqVo6vSar2ishRfwm0eQJKD1QqqZRQqluraJ4b5F6o6K6sQOik/N7/iwGy37Gy4Mq"
    "BhZoodjrTEPSuBr7/ZxV3V0wb90n5vf8WCG5IPBBr5Ha0AAAAAZFeGlmAABNTQAqAAAACAABARIAAwAAAAEABgAAAAAAAA=="
)


def difference(left: Pixels, right: Pixels) -> float:
    """Mean absolute difference in grey levels."""
    assert left.shape == right.shape
    return float(np.abs(left.astype(np.int16) - right.astype(np.int16)).mean())


def png(width: int, height: int, *, depth: int, colour: int, rows: bytes) -> bytes:
    """A PNG built by hand, for depths and sizes that Pillow does not write."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_gives_the_picture_it_was_made_from(name: str, scene: Scene, encode: Encode) -> None:
    pixels = scene(120, 80, 1)
    data = encode(pixels, name)
    found = decode(data)
    assert sniff(data[:32]) == name
    assert (found.format, found.width, found.height, found.scale) == (name, 120, 80, 1.0)
    assert found.frames == 1
    assert found.pixels.dtype == np.uint8
    assert found.pixels.flags.c_contiguous
    assert found.pixels.flags.writeable
    assert difference(found.pixels, pixels) < (12 if name == "GIF" else 3)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", pytest.param("AVIF", marks=needs_avif)])
def test_orientation_agrees_with_pillow(name: str, orientation: int, scene: Scene, encode: Encode) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(scene(96, 64, 2), name, exif=exif)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))
    found = decode(data)
    assert (found.width, found.height) == (upright.shape[1], upright.shape[0])
    assert difference(found.pixels, upright) < 2


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_large_photo_is_turned_after_it_is_scaled(orientation: int, scene: Scene, encode: Encode) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(scene(3000, 2000, 2), "JPEG", exif=exif)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    found = decode(data)
    assert (found.height, found.width) == upright.shape[:2]
    small = cv2.resize(upright, found.pixels.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert difference(found.pixels, np.asarray(small, dtype=np.uint8)) < 2


@pytest.mark.parametrize("byte_order", ["<", ">"])
@pytest.mark.parametrize(("kind", "letter"), [(1, "B"), (3, "H"), (4, "I")])
@pytest.mark.parametrize(
    ("name", "mode"), [("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGB"), ("WEBP", "RGB")]
)
def test_orientation_is_read_in_both_byte_orders_and_as_any_whole_number(
    name: str, mode: str, kind: int, letter: str, byte_order: str, scene: Scene, encode: Encode
) -> None:
    mark = b"II*\0" if byte_order == "<" else b"MM\0*"
    value = struct.pack(byte_order + letter, 6).ljust(4, b"\0")
    tiff = mark + struct.pack(byte_order + "IHHHI", 8, 1, 0x0112, kind, 1) + value + bytes(4)
    image = Image.fromarray(scene(90, 60, 3)).convert(mode)
    found = decode(encode(image, name, exif=b"Exif\0\0" + tiff))
    assert (found.width, found.pixels.shape) == (60, (90, 60, 3))


@pytest.mark.parametrize("mode", ["RGB", "CMYK"])
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_an_orientation_that_xmp_alone_states_is_ignored_everywhere(
    name: str, mode: str, scene: Scene, encode: Encode
) -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    image = Image.fromarray(scene(90, 60, 3)).convert("RGB" if name in ("PNG", "WEBP") else mode)
    options: dict[str, Any] = {"xmp": xmp}
    if name == "PNG":
        options = {"pnginfo": PngImagePlugin.PngInfo()}
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", xmp.decode())
    if name == "TIFF":
        options = {"tiffinfo": {700: xmp}}
    data = encode(image, name, **options)
    assert b"tiff:Orientation" in data
    assert (decode(data).width, decode(data).pixels.shape) == (90, (60, 90, 3))


@pytest.mark.parametrize(
    "damage", [b"", b"II*\0", b"II*\0\xff\xff\xff\x7f", b"MM\0*\0\0\0\x08\xff\xff\x01\x12", b"??"]
)
def test_a_damaged_exif_block_does_not_cost_the_picture(damage: bytes, scene: Scene, encode: Encode) -> None:
    assert decode(encode(scene(90, 60, 3), "JPEG", exif=b"Exif\0\0" + damage)).width == 90


@pytest.mark.parametrize(
    ("width", "height", "work"),
    [
        (1, 1, (1, 1)),
        (1280, 960, (1280, 960)),
        (1300, 50, (1280, 49)),
        (10, 30_000, (1, 1280)),
        (2000, 4000, (640, 1280)),
    ],
)
@pytest.mark.parametrize("name", ["JPEG", "PNG"])
def test_long_side_is_bounded(
    name: str, width: int, height: int, work: tuple[int, int], scene: Scene, encode: Encode
) -> None:
    found = decode(encode(scene(width, height, 4), name))
    assert (found.width, found.height) == (width, height)
    assert found.pixels.shape == (work[1], work[0], 3)
    assert found.scale == pytest.approx(min(1.0, WORK_SIDE / max(width, height)))


@pytest.mark.parametrize("name", ["JPEG", "PNG"])
def test_scaling_keeps_what_the_picture_shows(name: str, scene: Scene, encode: Encode) -> None:
    pixels = scene(4000, 3000, 5)
    small = cv2.resize(pixels, (1280, 960), interpolation=cv2.INTER_AREA)
    assert difference(decode(encode(pixels, name)).pixels, np.asarray(small, dtype=np.uint8)) < 2


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "RGB", "YCbCr"])
def test_opaque_modes(mode: str, scene: Scene, encode: Encode) -> None:
    image = Image.fromarray(scene(64, 48, 6)).convert(mode)
    found = decode(encode(image, "TIFF"))
    assert found.mode == mode
    assert difference(found.pixels, np.asarray(image.convert("RGB"))) < 2


def test_cmyk_jpeg_of_any_size(scene: Scene, encode: Encode) -> None:
    image = Image.fromarray(scene(2600, 1300, 7)).convert("CMYK")
    found = decode(encode(image, "JPEG"))
    assert (found.mode, found.width, found.height, found.pixels.shape) == ("CMYK", 2600, 1300, (640, 1280, 3))
    small = cv2.resize(np.asarray(image.convert("RGB")), (1280, 640), interpolation=cv2.INTER_AREA)
    assert difference(found.pixels, np.asarray(small, dtype=np.uint8)) < 6


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_rows": 1}, {"subsampling": 0}])
def test_kinds_of_jpeg(options: dict[str, Any], scene: Scene, encode: Encode) -> None:
    pixels = scene(200, 100, 8)
    assert difference(decode(encode(pixels, "JPEG", **options)).pixels, pixels) < 3


@pytest.mark.parametrize("mode", ["LA", "RGBA", "PA"])
def test_transparent_places_become_white(mode: str, encode: Encode) -> None:
    image = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (20, 0, 40, 20))
    if mode == "PA":
        palette = Image.new("P", (40, 20), 0)
        palette.putpalette([0, 0, 0, 0, 0, 0])
        palette.paste(1, (20, 0, 40, 20))
        data = encode(palette, "PNG", transparency=0)
    else:
        data = encode(image.convert(mode), "PNG")
    found = decode(data)
    assert found.pixels[:, :20].min() == 255
    assert found.pixels[:, 20:].max() == 0


def test_half_transparency_is_blended(encode: Encode) -> None:
    found = decode(encode(Image.new("RGBA", (2000, 8), (0, 0, 0, 128)), "PNG"))
    assert found.pixels.shape == (5, 1280, 3)
    assert np.abs(found.pixels.astype(int) - 127).max() <= 1


@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_keep_their_high_byte(channels: int) -> None:
    levels = np.linspace(0, 65535, 256 * channels, dtype=">u2")
    colour = 0 if channels == 1 else 2
    found = decode(png(256, 1, depth=16, colour=colour, rows=b"\0" + levels.tobytes()))
    expected = (levels.astype(np.uint16) >> 8).astype(np.uint8).reshape(1, 256, channels)
    assert (found.pixels == expected).all()


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bit_tiff_in_both_byte_orders(order: str) -> None:
    levels = np.linspace(0, 65535, 256, dtype=order + "u2")
    tags = {256: 256, 257: 1, 258: 16, 259: 1, 262: 1, 273: 8, 277: 1, 278: 1, 279: levels.nbytes}
    directory = b"".join(struct.pack(order + "HHIHH", tag, 3, 1, value, 0) for tag, value in tags.items())
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8 + levels.nbytes)
    found = decode(head + levels.tobytes() + struct.pack(order + "H", len(tags)) + directory + bytes(4))
    assert (found.pixels[0, :, 0] == (levels.astype(np.uint16) >> 8)).all()


@pytest.mark.parametrize(("top", "white"), [(1.0, 1.0), (255.0, 255.0), (40_000.0, 65_535.0)])
def test_float_grey_is_scaled_by_its_range(top: float, white: float, encode: Encode) -> None:
    levels = np.linspace(0, top, 100, dtype=np.float32)[None, :]
    levels[0, 0] = np.nan
    found = decode(encode(Image.fromarray(levels), "TIFF"))
    expected = np.nan_to_num(levels[0]) * 255.0 / white
    assert np.abs(found.pixels[0, :, 0] - expected).max() <= 1


@pytest.mark.parametrize("name", ["GIF", "PNG", "WEBP", "TIFF"])
def test_first_of_several_frames(name: str, encode: Encode) -> None:
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if name == "WEBP" else {}
    found = decode(encode(frames[0], name, save_all=True, append_images=frames[1:], **options))
    assert found.frames == 3
    assert tuple(found.pixels[10, 10]) == (255, 0, 0)


def test_heic_is_turned_once() -> None:
    pytest.importorskip("pi_heif", reason="the heic extra is not installed")
    found = decode(TURNED_HEIC)
    assert (found.format, found.width, found.height) == ("HEIC", 16, 32)
    assert difference(found.pixels[:14], np.full((14, 16, 3), (200, 30, 30), np.uint8)) < 4
    assert difference(found.pixels[18:], np.full((14, 16, 3), (30, 30, 200), np.uint8)) < 4


def test_heic_without_its_extra_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(UnreadablePhotoError, match=r"pip install '\.\[heic\]'"):
        decode(TURNED_HEIC)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "AVIF"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", None),
        (b"BM is how this text begins, no picture", None),
        (b"RIFF\x10\0\0\0WAVEfmt ", None),
        (b"II*\0\x10\0\0\0CR\x02\0", None),
        (b"II*\0\x08\0\0\0\x10\0", "TIFF"),
        (b"\xff\xd8", None),
        (b"", None),
    ],
)
def test_sniffing(head: bytes, name: str | None) -> None:
    assert sniff(head) == name


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ", "a JPEG 2000 image"),
        (b"\xffO\xffQ\0\x29", "a JPEG 2000 image"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL image"),
        (b"\xff\n\xfa\x1f", "a JPEG XL image"),
        (b"8BPS\0\1", "a Photoshop file"),
        (b"II*\0\x10\0\0\0CR\x02\0", "a camera's raw file"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1", "a camera's raw file"),
        (b"FUJIFILMCCD-RAW 0201", "a camera's raw file"),
        (b"IIU\0\x18\0\0\0", "a camera's raw file"),
        (b"\0\0\0\x18ftypqt  \0\0\0\0", "a video"),
        (b"RIFF\0\0\0\0AVI LIST", "a video"),
        (b"\x1aE\xdf\xa3\x01", "a video"),
        (b"<?xml version='1.0'?><svg>", "a drawing (SVG)"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "not an image"),
        (b"words", "not an image"),
    ],
)
def test_what_is_no_photo_is_named(head: bytes, what: str) -> None:
    assert sniff(head) is None
    assert otherwise(head).startswith(what)


def test_a_raw_file_is_not_taken_for_the_thumbnail_it_begins_with(encode: Encode) -> None:
    # Nikon's, Sony's and Adobe's raw files are TIFFs whose first picture is a small copy of the photo.
    thumbnail = Image.new("RGB", (160, 120), "red")
    with pytest.raises(UnreadablePhotoError, match=r"raw file.*export it as JPEG"):
        decode(encode(thumbnail, "TIFF", tiffinfo={254: 1}))
    page = decode(encode(thumbnail, "TIFF", tiffinfo={254: 2}))
    assert (page.width, page.height) == (160, 120)


@pytest.mark.parametrize("kind", [np.float32, np.int32, np.uint16])
def test_deep_grey_is_converted_strip_by_strip(
    kind: type[np.generic], encode: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    levels = np.linspace(0, 40_000, 500, dtype=kind)[:, None].repeat(8_000, axis=1)
    data = encode(Image.fromarray(levels), "TIFF")
    whole = decode(data)
    monkeypatch.setattr(raster, "_STRIP_PIXELS", 100_000)
    tracemalloc.start()
    try:
        found = decode(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (found.pixels == whole.pixels).all()
    # What Pillow holds itself is not counted here.
    assert peak < levels.nbytes / 2


def test_warnings_of_the_decoders_stay_inside(encode: Encode) -> None:
    palette = Image.new("P", (8, 8), 0)
    data = encode(palette, "PNG", transparency=bytes(range(256)))
    large = png(10_000, 9_500, depth=1, colour=0, rows=(b"\0" + bytes(1250)) * 9_500)
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        decode(data)
        decode(large)
    assert leaked == []


def test_limits_can_be_raised_and_lowered(scene: Scene, encode: Encode) -> None:
    data = encode(scene(100, 100, 9), "PNG")
    assert decode(data, limits=Limits(max_bytes=len(data), max_pixels=10_000)).width == 100
    with pytest.raises(UnreadablePhotoError, match="bytes, more than the limit"):
        decode(data, limits=Limits(max_bytes=len(data) - 1))
    with pytest.raises(UnreadablePhotoError, match="10,000 pixels, more than the limit of 9,999"):
        decode(data, limits=Limits(max_pixels=9_999))
