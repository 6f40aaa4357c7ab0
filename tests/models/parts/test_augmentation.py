"""Each augmentation changes images in its own way, within the limits of its argument."""

import numpy as np
import pytest

from models.parts.augmentation import Images, augment


@pytest.fixture
def images() -> Images:
    return np.random.default_rng(0).integers(0, 256, (40, 12, 12, 3), dtype=np.uint8)


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def test_without_augmentation_the_images_are_copied_unchanged(images: Images) -> None:
    copies = augment(images, rng(), flip=False, shift=0)
    assert np.array_equal(copies, images)
    assert not np.shares_memory(copies, images)


def test_a_flip_mirrors_about_half_of_the_images(images: Images) -> None:
    flipped = augment(images, rng(), flip=True, shift=0, cutout=0)
    mirrored = [np.array_equal(a, b[:, ::-1]) for a, b in zip(flipped, images, strict=True)]
    unchanged = [np.array_equal(a, b) for a, b in zip(flipped, images, strict=True)]
    assert all(m or u for m, u in zip(mirrored, unchanged, strict=True))
    assert 10 <= sum(mirrored) <= 30


def test_a_shift_moves_by_at_most_its_pixels(images: Images) -> None:
    shifted = augment(images, rng(), flip=False, shift=2, cutout=0)
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")
    offsets = set()
    for image, surroundings in zip(shifted, padded, strict=True):
        matches = [
            (y, x)
            for y in range(5)
            for x in range(5)
            if np.array_equal(image, surroundings[y : y + 12, x : x + 12])
        ]
        assert matches
        offsets.add(matches[0])
    assert len(offsets) > 10


def test_a_cutout_blanks_one_square(images: Images) -> None:
    images = np.maximum(images, 1)  # pixels of the value 128 are rare
    cut = augment(images, rng(), flip=False, shift=0, cutout=4)
    changed = (cut != images).any(axis=-1)
    assert (cut[changed] == 128).all()
    assert changed.reshape(40, -1).sum(axis=1).max() <= 16
    assert changed.reshape(40, -1).sum(axis=1).min() >= 1


def test_the_same_generator_gives_the_same_images(images: Images) -> None:
    first, second = (augment(images, rng(), flip=True, shift=3, cutout=4) for _ in range(2))
    assert np.array_equal(first, second)
    assert first.dtype == np.uint8
    assert first.shape == images.shape


@pytest.fixture
def bar() -> Images:
    """Return 30 grey images with a vertical black bar in the middle."""
    pictures = np.full((30, 41, 41, 3), 128, np.uint8)
    pictures[:, 5:36, 18:23] = 0
    return pictures


def dark_lines(images: Images, axis: int) -> list[int]:
    """Return the number of columns (axis 1) or rows (axis 2) with a dark pixel, for each image."""
    return (images[..., 0] < 64).any(axis=axis).sum(axis=1).tolist()


def test_a_rotation_is_about_the_centre_in_both_directions_and_fills_with_grey(bar: Images) -> None:
    rotated = augment(bar, rng(), flip=False, shift=0, rotation=30)
    assert (rotated[:, 20, 20] < 8).all(), "the centre does not move"
    top_left, top_right = rotated[:, 7, :18].min(axis=(1, 2)), rotated[:, 7, 23:].min(axis=(1, 2))
    assert (top_left < 64).any() and (top_right < 64).any()
    assert (rotated[:, 0, 0] == 128).all()
    assert max(dark_lines(rotated, 1)) > 12


def test_a_zoom_enlarges_and_shrinks_within_its_limits(bar: Images) -> None:
    zoomed = augment(bar, rng(), flip=False, shift=0, zoom=0.3)
    heights = dark_lines(zoomed, 2)
    assert min(heights) < 28 and max(heights) > 34
    assert min(heights) >= 31 * 0.7 - 2 and max(heights) <= 31 * 1.3 + 2
    assert (zoomed[:, 20, 20] < 8).all()


def test_brightness_changes_each_image_as_a_whole_within_its_limits(images: Images) -> None:
    images = images // 2
    bright = augment(images, rng(), flip=False, shift=0, brightness=0.5)
    ratios = bright.mean(axis=(1, 2, 3)) / images.mean(axis=(1, 2, 3))
    assert 0.48 < ratios.min() < 0.7 and 1.3 < ratios.max() < 1.51
    white = augment(np.full((20, 4, 4, 3), 250, np.uint8), rng(), flip=False, shift=0, brightness=0.5)
    assert white.max() == 255, "values are clipped and do not wrap around"
