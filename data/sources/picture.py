"""Decode one untrusted picture into RGB of a given size, and list what is unusual about it.

Only Pillow's readers of common formats are used, and the size of a picture is checked before it is decoded.
Any exception that Pillow raises becomes an Unusable.
"""

import io
from typing import NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from data.sources.files import Unusable
from data.sources.metadata import without_metadata

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP")
JPEGS = ("JPEG", "MPO")  # Pillow's name for a camera's JPEG that is followed by a second one
MINIMUM_SIDE = 32  # pixels of the shorter side: less is a thumbnail, not a photograph
MAXIMUM_PIXELS = 30_000_000  # width times height: about 100 MB while it is decoded
MODES = {
    "1": "greyscale",
    "L": "greyscale",
    "LA": "greyscale",
    "P": "palette",
    "I": "16 bits",
    "I;16": "16 bits",
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


def decode(content: bytes, height: int, width: int) -> Picture:
    """Decode a picture, rotate it as its EXIF says, convert it to RGB, and stretch it to the size.

    16 bits become 8; transparent pixels are shown on white; CMYK is converted without a colour profile.
    Metadata that is damaged is passed over. Raises Unusable.
    """
    try:
        return _decode(content, b"", height, width)
    except Unusable:  # it may be for the metadata alone
        return _decode(*without_metadata(content), height, width)


def _decode(content: bytes, exif: bytes, height: int, width: int) -> Picture:
    """Decode a picture; `exif` is used for one that has none itself."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            _check(picture)
            picture.load()
            orientation = _orientation(picture, exif)
            rgb = _rgb(picture.transpose(TURNS[orientation]) if orientation in TURNS else picture)
            odd = _oddities(picture, orientation)
    except Unusable:
        raise
    except UnidentifiedImageError:
        raise Unusable("not a picture") from None
    except Image.DecompressionBombError:
        raise Unusable(f"over {MAXIMUM_PIXELS:,} pixels") from None
    except Exception as error:  # a broken picture can raise an exception of any type
        raise Unusable("truncated" if "truncated" in str(error).lower() else "damaged") from error
    return Picture(np.asarray(_stretched(rgb, height, width)), odd)


def _orientation(picture: Image.Image, exif: bytes) -> int | None:
    """Return EXIF's orientation; None if there is none, or none that can be read."""
    try:
        tags = picture.getexif()
        if exif:
            tags.load(exif)
        return tags.get(ORIENTATION)
    except Exception:  # damaged EXIF can raise an exception of any type
        return None


def _stretched(picture: Image.Image, height: int, width: int) -> Image.Image:
    """Resize one axis after the other: the order that Pillow takes, and its rounding, has changed."""
    filter = Image.Resampling.BICUBIC
    return picture.resize((width, picture.height), filter).resize((width, height), filter)


def _check(picture: Image.Image) -> None:
    """Check the header, before the picture is decoded."""
    if picture.width * picture.height > MAXIMUM_PIXELS:
        raise Unusable(f"over {MAXIMUM_PIXELS:,} pixels")
    if min(picture.size) < MINIMUM_SIDE:
        raise Unusable(f"under {MINIMUM_SIDE} pixels")
    if picture.format not in JPEGS and getattr(picture, "is_animated", False):
        raise Unusable("animated")


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
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8)).convert("RGB")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    return picture.convert("RGB")
