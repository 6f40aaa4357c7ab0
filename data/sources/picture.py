"""Decode one untrusted picture into RGB of a given size, and list what is unusual about it.

Only Pillow's readers of common formats are used, and the size of a picture is checked before it is decoded.
Any exception that Pillow raises becomes an Unusable.
"""

import contextlib
import io
import threading
from typing import NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from data.sources.files import Unusable
from data.sources.formats import FORMATS, RAW_PREVIEW, not_read, raw_preview
from data.sources.metadata import without_metadata

JPEGS = ("JPEG", "MPO")  # Pillow's name for a camera's JPEG that is followed by a second one
MINIMUM_SIDE = 32  # pixels of the shorter side: less is a thumbnail, not a photograph
# Width times height, by Pillow's format, so that no picture takes more than 1 GB. A phone's photograph has up
# to 50 million, some have 108 million as JPEG, which is decoded at a fraction of its size.
MAXIMUM_PIXELS = {"JPEG": 120_000_000, "MPO": 120_000_000, "JPEG2000": 20_000_000}
MAXIMUM_OTHER = 52_000_000
LARGE = 30_000_000  # pixels; about 100 MB while it is decoded. Of larger pictures one is decoded at a time
ONE_LARGE = threading.Lock()
SHARPNESS = 4  # a larger one is first reduced to at least that many times the size that is asked for
MODES = {
    "1": "greyscale",
    "L": "greyscale",
    "LA": "greyscale",
    "P": "palette",
    "I": "16 bits",
    "I;16": "16 bits",
    "I;16B": "16 bits",
}
ORIENTATION = 0x0112  # EXIF's tag; 1 is upright
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Picture(NamedTuple):
    """Pixels (height, width, 3) uint8, and what is unusual about the picture."""

    pixels: np.ndarray
    odd: tuple[str, ...]


class Upright(NamedTuple):
    """A picture as it is to be seen, what is unusual about it, and (width, height) in its file."""

    rgb: Image.Image
    odd: tuple[str, ...]
    size: tuple[int, int]


def decode(content: bytes, height: int, width: int) -> Picture:
    """Decode a picture, rotate it as its EXIF says, convert it to RGB, and stretch it to the size.

    16 bits become 8; transparent pixels are shown on white; CMYK is converted without a colour profile.
    Metadata that is damaged is passed over. Raises Unusable.
    """
    picture = upright(content, max(height, width))
    return Picture(np.asarray(stretched(picture.rgb, height, width)), picture.odd)


def upright(
    content: bytes, side: int, minimum_side: int = MINIMUM_SIDE, reduced_above: int = LARGE
) -> Upright:
    """Decode a picture, rotate it as its EXIF says, and convert it to RGB of a size not yet fixed.

    Args:
        content: of its file.
        side: the longer side that it is going to have.
        minimum_side: the fewest pixels that its shorter side may have.
        reduced_above: a picture of more pixels is reduced, to no less than SHARPNESS times `side`.

    Raises:
        Unusable: it is no picture, or none that is read here.
    """
    limits = minimum_side, reduced_above
    try:
        return _decode(content, b"", side, *limits)
    except Unusable:  # it may be for the metadata alone
        return _decode(*without_metadata(content), side, *limits)


def _decode(content: bytes, exif: bytes, side: int, minimum_side: int, reduced_above: int) -> Upright:
    """Decode a picture; `exif` is used for one that has none itself."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            _check(picture, minimum_side)
            size = picture.size
            with _turn(picture):
                small = _loaded(picture, SHARPNESS * side, reduced_above)
                orientation = _orientation(picture, exif)
                rgb = _rgb(small.transpose(TURNS[orientation]) if orientation in TURNS else small)
            return Upright(rgb, _oddities(picture, orientation), size)
    except Unusable:
        raise
    except UnidentifiedImageError:
        raise Unusable(not_read(content)) from None
    except Image.DecompressionBombError:
        raise Unusable(f"over {max(MAXIMUM_PIXELS.values()):,} pixels") from None
    except Exception as error:  # a broken picture can raise an exception of any type
        raise Unusable("truncated" if "truncated" in str(error).lower() else "damaged") from error


def _turn(picture: Image.Image) -> contextlib.AbstractContextManager[object]:
    return ONE_LARGE if picture.width * picture.height > LARGE else contextlib.nullcontext()


def _loaded(picture: Image.Image, side: int, reduced_above: int) -> Image.Image:
    """Return the picture's pixels; a large one is reduced so that its shorter side keeps at least `side`."""
    if picture.width * picture.height <= reduced_above:
        picture.load()
        return picture
    picture.draft(None, (side, side))  # JPEG alone has a way to decode an eighth, a quarter or a half
    picture.load()
    factor = min(picture.size) // side
    if factor < 2 or picture.mode.startswith("I"):
        return picture
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    return (picture if picture.mode == mode else picture.convert(mode)).reduce(factor)


def _orientation(picture: Image.Image, exif: bytes) -> int | None:
    """Return EXIF's orientation; None if there is none, or none that can be read."""
    try:
        tags = picture.getexif()
        if exif:
            tags.load(exif)
        return tags.get(ORIENTATION)
    except Exception:  # damaged EXIF can raise an exception of any type
        return None


def stretched(picture: Image.Image, height: int, width: int) -> Image.Image:
    """Resize one axis after the other: the order that Pillow takes, and its rounding, has changed."""
    filter = Image.Resampling.BICUBIC
    return picture.resize((width, picture.height), filter).resize((width, height), filter)


def _check(picture: Image.Image, minimum_side: int) -> None:
    """Check the header, before the picture is decoded."""
    limit = MAXIMUM_PIXELS.get(str(picture.format), MAXIMUM_OTHER)
    if picture.width * picture.height > limit:
        raise Unusable(f"over {limit:,} pixels")
    if min(picture.size) < minimum_side:
        raise Unusable(f"under {minimum_side} pixels")
    # Of the pictures of a camera's JPEG, and of the pages of a TIFF, the first is used.
    if picture.format not in (*JPEGS, "TIFF") and getattr(picture, "is_animated", False):
        raise Unusable("animated")
    if raw_preview(picture):
        raise Unusable(RAW_PREVIEW)
    if picture.mode in ("F", "LAB"):
        raise Unusable(f"pixels of type {picture.mode}, which are not read; convert them to 8-bit RGB")


def _oddities(picture: Image.Image, orientation: int | None) -> tuple[str, ...]:
    oddities = {
        f"{picture.format} instead of JPEG": picture.format not in JPEGS,
        MODES.get(picture.mode, picture.mode): picture.mode not in ("RGB", "RGBA"),
        "transparent": picture.has_transparency_data,
        "rotated by EXIF": orientation in TURNS,
    }
    return tuple(name for name, applies in oddities.items() if applies)


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # 16 bits, which Pillow would clip at 255
        return Image.fromarray((np.asarray(picture) >> 8).clip(0, 255).astype(np.uint8)).convert("RGB")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    return picture.convert("RGB")
