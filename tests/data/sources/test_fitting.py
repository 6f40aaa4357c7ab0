"""Pictures of any size become squares in three ways."""

import numpy as np
import pytest
from PIL import Image

from data.sources.files import Unusable
from data.sources.fitting import fitted, shorter_side
from tests.data.pets import saved


def wide() -> Image.Image:
    """A red, a green and a blue third, 120 by 40 pixels."""
    colours = np.eye(3, dtype=np.uint8)[None] * 255
    return Image.fromarray(np.repeat(np.repeat(colours, 40, axis=0), 40, axis=1))


def test_the_three_ways() -> None:
    content = saved(wide(), "PNG")
    stretch, crop, pad = (fitted(content, 30, fit).pixels for fit in ("stretch", "crop", "pad"))
    assert stretch.shape == crop.shape == pad.shape == (30, 30, 3)
    assert stretch[15, [5, 15, 25]].argmax(axis=1).tolist() == [0, 1, 2]
    assert (crop.argmax(axis=2) == 1).all(), "only the middle third is left"
    assert (pad[:9] == 0).all()
    assert pad[15, [5, 15, 25]].argmax(axis=1).tolist() == [0, 1, 2]


def test_a_large_jpeg_is_reduced_by_its_decoder_and_looks_the_same() -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8))
    content = saved(picture.resize((1600, 1200), Image.Resampling.BICUBIC))
    result = fitted(content, 32, "stretch")
    exact = np.asarray(picture.resize((32, 32), Image.Resampling.BICUBIC), float)
    assert result.size == (1600, 1200)
    assert np.abs(result.pixels - exact).mean() < 6


def test_small_pictures_are_pictures_here() -> None:
    digit = saved(Image.new("L", (28, 28), 200), "PNG")
    assert fitted(digit, 32, "stretch").pixels.shape == (32, 32, 3)
    assert shorter_side(digit) == 28
    assert shorter_side(b"text") is None
    with pytest.raises(Unusable, match="under 8 pixels"):
        fitted(saved(Image.new("L", (7, 28)), "PNG"), 32, "stretch")
