"""Decode one untrusted picture into RGB of a given size, and list what is unusual about it.

Only Pillow's readers of common formats are used, and the size of a picture is checked before it is decoded.
Any exception that Pillow raises becomes an Unusable.
"""

import io
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from data.sources.files import Unusable

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


class Picture(NamedTuple):
    """Pixels (height, width, 3) uint8, and what is unusual about the picture."""

    pixels: np.ndarray
    odd: tuple[str, ...]


class Upright(NamedTuple):
    """A whole picture as it is to be seen, what is unusual about it, and (width, height) in its file."""

    rgb: Image.Image
    odd: tuple[str, ...]
    size: tuple[int, int]


def decode(content: bytes, height: int, width: int) -> Picture:
    """Decode a picture, rotate it as its EXIF says, convert it to RGB, and stretch it to the size.

    Raises Unusable.
    """
    picture = upright(content)
    return Picture(np.asarray(stretched(picture.rgb, height, width)), picture.odd)


def upright(content: bytes, minimum_side: int = MINIMUM_SIDE, draft: int | None = None) -> Upright:
    """Decode a picture, rotate it as its EXIF says, and convert it to RGB.

    16 bits become 8; transparent pixels are shown on white; CMYK is converted without a colour profile.

    Args:
        content: of its file.
        minimum_side: the fewest pixels that the shorter side may have.
        draft: let a JPEG's decoder reduce it, to no less than so many pixels a side; None: decode all of it.

    Raises:
        Unusable: it is no picture, or none that is read here.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            _check(picture, minimum_side)
            size = picture.size
            if draft:
                picture.draft(None, (draft, draft))
            picture.load()
            return Upright(_rgb(ImageOps.exif_transpose(picture)), _oddities(picture), size)
    except Unusable:
        raise
    except UnidentifiedImageError:
        raise Unusable("not a picture") from None
    except Image.DecompressionBombError:
        raise Unusable(f"over {MAXIMUM_PIXELS:,} pixels") from None
    except Exception as error:  # a broken picture can raise an exception of any type
        raise Unusable("truncated" if "truncated" in str(error).lower() else "damaged") from error


def stretched(picture: Image.Image, height: int, width: int) -> Image.Image:
    """Resize one axis after the other: the order that Pillow takes, and its rounding, has changed."""
    filter = Image.Resampling.BICUBIC
    return picture.resize((width, picture.height), filter).resize((width, height), filter)


def _check(picture: Image.Image, minimum_side: int) -> None:
    """Check the header, before the picture is decoded."""
    if picture.width * picture.height > MAXIMUM_PIXELS:
        raise Unusable(f"over {MAXIMUM_PIXELS:,} pixels")
    if min(picture.size) < minimum_side:
        raise Unusable(f"under {minimum_side} pixels")
    if picture.format not in JPEGS and getattr(picture, "is_animated", False):
        raise Unusable("animated")


def _oddities(picture: Image.Image) -> tuple[str, ...]:
    oddities = {
        f"{picture.format} instead of JPEG": picture.format not in JPEGS,
        MODES.get(picture.mode, picture.mode): picture.mode not in ("RGB", "RGBA"),
        "transparent": picture.has_transparency_data,
        "rotated by EXIF": picture.getexif().get(ORIENTATION, 1) in range(2, 9),
    }
    return tuple(name for name, applies in oddities.items() if applies)


def _rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # 16 bits, which Pillow would clip at 255
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8)).convert("RGB")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    return picture.convert("RGB")
