"""Augmentations of a batch of images, in NumPy: the same on every backend, and drawn from a generator given.

Each is off at the default of its argument's neutral value, so that "none" is a point of every space.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Images = NDArray[np.uint8]

GREY = (128, 128, 128)


def augment(
    images: Images,
    rng: np.random.Generator,
    *,
    flip: bool = True,
    shift: int = 2,
    cutout: int = 0,
    rotation: int = 0,
    zoom: float = 0.0,
    brightness: float = 0.0,
) -> Images:
    """Return augmented copies of images.

    Args:
        images: (batch, height, width, channels) uint8.
        rng: the source of all randomness.
        flip: mirror each image left to right with probability 1/2.
        shift: move each image by up to this many pixels on either axis; the border is mirrored in.
        cutout: blank a square of this many pixels in each image, grey, anywhere, also half outside
            (DeVries & Taylor 2017).
        rotation: turn each image by up to this many degrees either way; its corners are filled grey.
        zoom: enlarge or shrink each image by up to this share of its size, in [0, 1).
        brightness: multiply each image by up to this share more or less, in [0, 1].

    Returns:
        (batch, height, width, channels) uint8.
    """
    if flip:
        mirrored = rng.random(len(images)) < 0.5
        images = np.where(mirrored[:, None, None, None], images[:, :, ::-1], images)
    if shift:
        images = _shifted(images, rng, shift)
    if rotation or zoom:
        images = _turned(images, rng, rotation, zoom)
    if brightness:
        images = _brightened(images, rng, brightness)
    if cutout:
        images = _cut_out(images, rng, cutout)
    return np.array(images)


def _shifted(images: Images, rng: np.random.Generator, most: int) -> Images:
    n, height, width = images.shape[:3]
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    by = rng.integers(0, 2 * most + 1, size=(2, n))
    moved: Images = windows[np.arange(n), by[0], by[1]].transpose(0, 2, 3, 1)
    return moved


def _turned(images: Images, rng: np.random.Generator, degrees: int, zoom: float) -> Images:
    n, height, width = images.shape[:3]
    angles = np.deg2rad(rng.uniform(-degrees, degrees, (n,)))
    scales = 1 + rng.uniform(-zoom, zoom, (n,))
    x, y = width / 2, height / 2  # the centre stays where it is
    turned = np.empty_like(images)
    for each, (angle, scale) in enumerate(zip(angles, scales, strict=True)):
        cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
        # Pillow wants the way back: from a place in the new image to that in the old one.
        back = (cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y)
        picture = Image.fromarray(images[each])
        picture = picture.transform(
            (width, height), Image.Transform.AFFINE, back, Image.Resampling.BILINEAR, fillcolor=GREY
        )
        turned[each] = np.asarray(picture)
    return turned


def _brightened(images: Images, rng: np.random.Generator, most: float) -> Images:
    factors = 1 + rng.uniform(-most, most, len(images)).astype(np.float32)
    return np.clip(images * factors[:, None, None, None], 0, 255).astype(np.uint8)


def _cut_out(images: Images, rng: np.random.Generator, size: int) -> Images:
    n, height, width = images.shape[:3]
    top = rng.integers(0, height, size=(n, 1)) - size // 2
    left = rng.integers(0, width, size=(n, 1)) - size // 2
    rows, columns = np.arange(height), np.arange(width)
    in_rows = (rows >= top) & (rows < top + size)
    in_columns = (columns >= left) & (columns < left + size)
    hole = in_rows[:, :, None] & in_columns[:, None, :]
    return np.where(hole[..., None], np.uint8(GREY[0]), images)
