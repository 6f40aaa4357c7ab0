"""Whatever is wrong with the metadata of a picture, its pixels are used; damaged pixels are not."""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from data.sources.files import Unusable
from data.sources.metadata import without_metadata
from data.sources.picture import decode
from tests.data.pets import blocks, saved

PIXELS = blocks(1)


def chunk(kind: bytes, content: bytes, damage: int = 0) -> bytes:
    checksum = zlib.crc32(kind + content) ^ damage
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def png(part: bytes) -> Iterator[bytes]:
    """With the part before the pixels, and with it after them."""
    whole = saved(PIXELS, "PNG")
    for position in (33, len(whole) - 12):
        yield whole[:position] + part + whole[position:]


def jpeg(marker: int, content: bytes) -> Iterator[bytes]:
    whole = saved(PIXELS)
    yield whole[:2] + b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content + whole[2:]


def webp(kind: bytes, content: bytes, cut: int = 0) -> Iterator[bytes]:
    frame, part = saved(PIXELS, "WEBP")[12:], kind + struct.pack("<I", len(content)) + content
    size = b"VP8X" + struct.pack("<II", 10, 8) + struct.pack("<HBHB", 59, 0, 49, 0)
    whole = b"WEBP" + size + frame + part + bytes(len(content) % 2)
    whole = b"RIFF" + struct.pack("<I", len(whole)) + whole
    yield whole[: len(whole) - cut]


def gif(part: bytes) -> Iterator[bytes]:
    whole = saved(PIXELS, "GIF")
    yield whole[: 13 + (6 << (whole[10] & 7))] + part + whole[13 + (6 << (whole[10] & 7)) :]
    yield whole[:-1] + part + b";"


LONG = zlib.compress(bytes(3_000_000))
DAMAGED = {
    "PNG: EXIF without a TIFF header": png(chunk(b"eXIf", b"garbage")),
    "PNG: EXIF of nothing": png(chunk(b"eXIf", b"")),
    "PNG: a text with a wrong checksum": png(chunk(b"tEXt", b"Title\0cat", damage=1)),
    "PNG: a compressed text that is too long": png(chunk(b"zTXt", b"Title\0\0" + LONG)),
    "PNG: an international text that is too long": png(chunk(b"iTXt", b"Title\0\1\0\0\0" + LONG)),
    "PNG: too many texts": png(70 * chunk(b"zTXt", b"Title\0\0" + zlib.compress(bytes(1_000_000)))),
    "PNG: an unknown compression of a text": png(chunk(b"zTXt", b"Title\0\7cat")),
    "PNG: a colour profile that is too long": png(chunk(b"iCCP", b"sRGB\0\0" + LONG)),
    "PNG: an empty colour profile": png(chunk(b"iCCP", b"")),
    "PNG: a short resolution": png(chunk(b"pHYs", b"1")),
    "PNG: a short gamma": png(chunk(b"gAMA", b"1")),
    "PNG: an invalid name of a part": png(chunk(b"\1\2\3\4", b"")),
    "PNG: a short number of frames": png(chunk(b"acTL", b"1")),
    "PNG: a number of frames with a wrong checksum": png(chunk(b"acTL", struct.pack(">II", 2, 0), damage=1)),
    "PNG: cut in its last text": iter([saved(PIXELS, "PNG")[:-12] + chunk(b"tEXt", bytes(900))[:500]]),
    "JPEG: EXIF without a TIFF header": jpeg(0xE1, b"Exif\0\0garbage"),
    "JPEG: a short JFIF": jpeg(0xE0, b"JFIF\0"),
    "JPEG: a short Adobe": jpeg(0xEE, b"Adobe"),
    "JPEG: a short colour profile": jpeg(0xE2, b"ICC_PROFILE\0"),
    "JPEG: a damaged list of pictures": jpeg(0xE2, b"MPF\0II*\0\x08\0\0\0\0\0\0\0\0\0"),
    "JPEG: Photoshop's, cut": jpeg(0xED, b"Photoshop 3.0\x008BIM\3\xed\0\0"),
    "WebP: EXIF without a TIFF header": webp(b"EXIF", b"garbage"),
    "WebP: cut in its EXIF": webp(b"EXIF", bytes(1000), cut=500),
    "GIF: a short application": gif(b"!\xff\x0bNETSCAPE2.0\0"),
    "GIF: an application of nothing": gif(b"!\xff\0"),
    "GIF: a short display": gif(b"!\xf9\1a\0"),
}


def usable(content: bytes) -> tuple[str, ...]:
    """Assert that the picture is decoded as it is; return what is unusual about it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, which the callers silence
        result = decode(content, 150, 150)
    expected = np.asarray(PIXELS.resize((150, 150), Image.Resampling.BICUBIC))
    assert np.abs(result.pixels.astype(int) - expected).mean() < 8
    return result.odd


@pytest.mark.parametrize("damage", DAMAGED)
def test_pixels_are_used_whatever_the_metadata_is(damage: str) -> None:
    for content in DAMAGED[damage]:
        usable(content)


def test_the_orientation_is_applied_beside_damaged_metadata() -> None:
    tags = Image.Exif()
    tags[0x0112] = 3
    turned = PIXELS.transpose(Image.Transpose.ROTATE_180)
    damaged_text = chunk(b"tEXt", b"Title\0cat", damage=1)
    whole = saved(turned, "PNG", exif=tags)
    assert "rotated by EXIF" in usable(whole[:33] + damaged_text + whole[33:])
    whole = saved(turned, exif=tags)
    assert "rotated by EXIF" in usable(whole[:2] + b"\xff\xee\0\7Adobe" + whole[2:])
    whole = saved(turned, "WEBP", exif=tags) + b"EXIF"
    assert "rotated by EXIF" in usable(whole)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
def test_what_is_left_has_the_same_pixels(kind: str) -> None:
    tags = Image.Exif()
    tags[0x0112] = 6
    options = {"exif": tags} if kind in ("JPEG", "PNG", "WEBP") else {}
    whole = saved(PIXELS, kind, **options)
    pixels, exif = without_metadata(whole)
    with Image.open(io.BytesIO(pixels)) as bare, Image.open(io.BytesIO(whole)) as picture:
        assert bare.convert("RGB").tobytes() == picture.convert("RGB").tobytes()
        assert not bare.getexif()
    assert bool(exif) == bool(options)


@pytest.mark.parametrize("kind", ["CMYK", "YCCK"])
def test_the_way_in_which_colours_are_stored_is_kept(kind: str) -> None:
    """Adobe's mark in a JPEG says how its four channels are stored."""
    whole = saved(PIXELS.convert("CMYK"))
    if kind == "YCCK":
        place = whole.index(b"Adobe") + 11
        whole = whole[:place] + b"\2" + whole[place + 1 :]
    expected = decode(whole, 150, 150).pixels
    damaged = whole[:2] + b"\xff\xe2\0\x0eICC_PROFILE\0" + whole[2:]
    assert (decode(damaged, 150, 150).pixels == expected).all()


def test_an_animation_with_damaged_metadata_is_still_called_one() -> None:
    whole = saved(PIXELS, "PNG", save_all=True, append_images=[blocks(2)])
    with pytest.raises(Unusable, match="^animated$"):
        decode(whole[:33] + chunk(b"tEXt", b"Title\0cat", damage=1) + whole[33:], 150, 150)


def test_damaged_pixels_are_refused_with_or_without_metadata() -> None:
    whole = bytearray(saved(PIXELS, "PNG"))
    whole[whole.index(b"IDAT") + 30] ^= 1
    with pytest.raises(Unusable, match="^(damaged|not a picture)$"):
        decode(bytes(whole), 150, 150)
