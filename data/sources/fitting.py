"""Fit a picture of any size into a square: stretched, cropped or padded.

stretch    both axes are scaled to the square: nothing is lost or added, the aspect ratio changes
crop       scaled to cover the square, and cut at the centre: the aspect ratio is kept, edges are lost
pad        scaled to fit into the square, with black borders: the aspect ratio is kept, nothing is lost
"""

import io
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from data.sources.formats import FORMATS
from data.sources.picture import SHARPNESS, stretched, upright
from data.store.description import Fit

MINIMUM_SIDE = 8  # pixels; a folder may hold small pictures, of digits for example


class Fitted(NamedTuple):
    """Pixels (side, side, 3) uint8, what is unusual about the picture, and (width, height) in its file."""

    pixels: np.ndarray
    odd: tuple[str, ...]
    size: tuple[int, int]


def fitted(content: bytes, side: int, fit: Fit) -> Fitted:
    """Decode an untrusted picture and fit it into a square.

    Args:
        content: of its file.
        side: of the square, in pixels.
        fit: how.

    Raises:
        Unusable: it is no picture, or none that is read here.
    """
    # Reduced while it is decoded, which takes a fraction of the time: its shorter side keeps enough pixels.
    picture = upright(content, side, MINIMUM_SIDE, reduced_above=(SHARPNESS * side) ** 2)
    return Fitted(np.asarray(_square(picture.rgb, side, fit)), picture.odd, picture.size)


def _square(picture: Image.Image, side: int, fit: Fit) -> Image.Image:
    if fit == "crop":
        return ImageOps.fit(picture, (side, side), Image.Resampling.BICUBIC)
    if fit == "pad":
        return ImageOps.pad(picture, (side, side), Image.Resampling.BICUBIC, color="black")
    return stretched(picture, side, side)


def shorter_side(content: bytes) -> int | None:
    """Return the shorter side of a picture in pixels, from its header; None if it is no picture."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            return min(picture.size)
    except Exception:  # a broken header can raise an exception of any type
        return None
