"""Decode one untrusted picture into RGB of a given size, and say what is odd about it.

Pillow's readers are limited to the formats that such sets hold, and a picture's size is known before it is
decoded. Whatever else Pillow ends in, on whatever bytes, becomes an Unusable.
"""

import io
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from data.sources.files import Unusable

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP")
JPEGS = ("JPEG", "MPO")  # what Pillow calls a camera's JPEG with a second one behind it
SMALLEST = 32  # pixels of the shorter side: less is a thumbnail, not a photograph
MOST_PIXELS = 30_000_000  # width times height: some 100 MB while it is decoded
MODES = {
    "1": "greyscale",
    "L": "greyscale",
    "LA": "greyscale",
    "P": "palette",
    "I": "16 bits",
    "I;16": "16 bits",
}
ORIENTATION = 0x0112  # EXIF's tag; 1 is upright


class Picture(NamedTuple):
    """Pixels (height, width, 3) uint8, and what is odd about a picture that is usable all the same."""

    pixels: np.ndarray
    odd: tuple[str, ...]


def decode(content: bytes, height: int, width: int) -> Picture:
    """Decode a picture, turn it upright as its EXIF says, bring it to RGB, and stretch it to the size.

    16 bits become 8; what is transparent is shown on white; CMYK is converted without a colour profile.
    Raises Unusable.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            _check(picture)
            picture.load()
            rgb = _rgb(ImageOps.exif_transpose(picture))
            odd = _oddities(picture)
    except Unusable:
        raise
    except UnidentifiedImageError:
        raise Unusable("no picture") from None
    except Image.DecompressionBombError:
        raise Unusable(f"over {MOST_PIXELS:,} pixels") from None
    except Exception as error:  # a broken picture can end in an exception of any type
        raise Unusable("truncated" if "truncated" in str(error).lower() else "damaged") from error
    return Picture(np.asarray(_stretched(rgb, height, width)), odd)


def _stretched(picture: Image.Image, height: int, width: int) -> Image.Image:
    """One axis after the other: in which order Pillow takes both at once, and rounds between, has changed."""
    filter = Image.Resampling.BICUBIC
    return picture.resize((width, picture.height), filter).resize((width, height), filter)


def _check(picture: Image.Image) -> None:
    """Refuse by the header alone."""
    if picture.width * picture.height > MOST_PIXELS:
        raise Unusable(f"over {MOST_PIXELS:,} pixels")
    if min(picture.size) < SMALLEST:
        raise Unusable(f"under {SMALLEST} pixels")
    if picture.format not in JPEGS and getattr(picture, "is_animated", False):
        raise Unusable("animated")


def _oddities(picture: Image.Image) -> tuple[str, ...]:
    found = {
        f"{picture.format} instead of JPEG": picture.format not in JPEGS,
        MODES.get(picture.mode, picture.mode): picture.mode not in ("RGB", "RGBA"),
        "transparent": picture.has_transparency_data,
        "turned by EXIF": picture.getexif().get(ORIENTATION, 1) in range(2, 9),
    }
    return tuple(odd for odd, is_so in found.items() if is_so)


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # 16 bits, which Pillow would cut off at 255
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8)).convert("RGB")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    return picture.convert("RGB")
