"""Augmentations of a batch of images, in NumPy: the same on every backend, and drawn from a generator given.

Each is off at the default of its argument's neutral value, so that "none" is a point of every space.
"""

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]


def augment(
    images: Images, rng: np.random.Generator, *, flip: bool = True, shift: int = 2, cutout: int = 0
) -> Images:
    """Return augmented copies of images.

    Args:
        images: (batch, height, width, channels) uint8.
        rng: the source of all randomness.
        flip: mirror each image left to right with probability 1/2.
        shift: move each image by up to this many pixels on either axis; the border is mirrored in.
        cutout: blank a square of this many pixels in each image, grey, anywhere, also half outside
            (DeVries & Taylor 2017).

    Returns:
        (batch, height, width, channels) uint8.
    """
    if flip:
        mirrored = rng.random(len(images)) < 0.5
        images = np.where(mirrored[:, None, None, None], images[:, :, ::-1], images)
    if shift:
        images = _shifted(images, rng, shift)
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


def _cut_out(images: Images, rng: np.random.Generator, size: int) -> Images:
    n, height, width = images.shape[:3]
    top = rng.integers(0, height, size=(n, 1)) - size // 2
    left = rng.integers(0, width, size=(n, 1)) - size // 2
    rows, columns = np.arange(height), np.arange(width)
    in_rows = (rows >= top) & (rows < top + size)
    in_columns = (columns >= left) & (columns < left + size)
    hole = in_rows[:, :, None] & in_columns[:, None, :]
    return np.where(hole[..., None], np.uint8(128), images)
