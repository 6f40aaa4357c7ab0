"""Augmentation of a batch of images, in NumPy: every backend sees the same images for the same seed.

False or 0 switches an augmentation off, so that "no augmentation" is a point of every search space.
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
        rng: source of all random numbers.
        flip: mirror each image left to right with probability 1/2.
        shift: move each image by up to this many pixels along both axes; the uncovered border is filled with
            the mirrored image.
        cutout: side in pixels of a square in each image that is filled with grey; its centre is anywhere in
            the image, so it may lie partly outside (DeVries & Taylor 2017).
        rotation: rotate each image by up to this many degrees in either direction; its corners are filled
            with grey.
        zoom: scale each image by a factor between 1 - zoom and 1 + zoom, in [0, 1).
        brightness: multiply each image by a factor between 1 - brightness and 1 + brightness, in [0, 1].

    Returns:
        (batch, height, width, channels) uint8.
    """
    if flip:
        mirrored = rng.random(len(images)) < 0.5
        images = np.where(mirrored[:, None, None, None], images[:, :, ::-1], images)
    if shift:
        images = _shifted(images, rng, shift)
    if rotation or zoom:
        images = _rotated_and_zoomed(images, rng, rotation, zoom)
    if brightness:
        images = _brightened(images, rng, brightness)
    if cutout:
        images = _cut_out(images, rng, cutout)
    return np.array(images)


def _shifted(images: Images, rng: np.random.Generator, shift: int) -> Images:
    n, height, width = images.shape[:3]
    padded = np.pad(images, ((0, 0), (shift, shift), (shift, shift), (0, 0)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    top, left = rng.integers(0, 2 * shift + 1, size=(2, n))
    shifted: Images = windows[np.arange(n), top, left].transpose(0, 2, 3, 1)
    return shifted


def _rotated_and_zoomed(images: Images, rng: np.random.Generator, degrees: int, zoom: float) -> Images:
    n, height, width = images.shape[:3]
    angles = np.deg2rad(rng.uniform(-degrees, degrees, (n,)))
    scales = 1 + rng.uniform(-zoom, zoom, (n,))
    x, y = width / 2, height / 2  # the centre does not move
    result = np.empty_like(images)
    for index, (angle, scale) in enumerate(zip(angles, scales, strict=True)):
        cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
        # Pillow takes the inverse map, from a pixel of the new image to its position in the old one.
        inverse = (cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y)
        picture = Image.fromarray(images[index])
        picture = picture.transform(
            (width, height), Image.Transform.AFFINE, inverse, Image.Resampling.BILINEAR, fillcolor=GREY
        )
        result[index] = np.asarray(picture)
    return result


def _brightened(images: Images, rng: np.random.Generator, brightness: float) -> Images:
    factors = 1 + rng.uniform(-brightness, brightness, len(images)).astype(np.float32)
    return np.clip(images * factors[:, None, None, None], 0, 255).astype(np.uint8)


def _cut_out(images: Images, rng: np.random.Generator, size: int) -> Images:
    n, height, width = images.shape[:3]
    top = rng.integers(0, height, size=(n, 1)) - size // 2
    left = rng.integers(0, width, size=(n, 1)) - size // 2
    rows, columns = np.arange(height), np.arange(width)
    in_rows = (rows >= top) & (rows < top + size)
    in_columns = (columns >= left) & (columns < left + size)
    square = in_rows[:, :, None] & in_columns[:, None, :]
    return np.where(square[..., None], np.uint8(GREY[0]), images)
