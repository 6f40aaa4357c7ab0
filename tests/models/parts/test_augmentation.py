"""Augmentations change images as they say, and only so."""

import numpy as np
import pytest

from models.parts.augmentation import Images, augment


@pytest.fixture
def images() -> Images:
    return np.random.default_rng(0).integers(0, 256, (40, 12, 12, 3), dtype=np.uint8)


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def test_none_is_none(images: Images) -> None:
    same = augment(images, rng(), flip=False, shift=0)
    assert np.array_equal(same, images)
    assert not np.shares_memory(same, images)


def test_a_flip_mirrors_about_half_of_the_images(images: Images) -> None:
    flipped = augment(images, rng(), flip=True, shift=0, cutout=0)
    mirrored = [np.array_equal(a, b[:, ::-1]) for a, b in zip(flipped, images, strict=True)]
    kept = [np.array_equal(a, b) for a, b in zip(flipped, images, strict=True)]
    assert all(m or k for m, k in zip(mirrored, kept, strict=True))
    assert 10 <= sum(mirrored) <= 30


def test_a_shift_moves_by_no_more_than_it_says(images: Images) -> None:
    shifted = augment(images, rng(), flip=False, shift=2, cutout=0)
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")
    found = set()
    for moved, around in zip(shifted, padded, strict=True):
        places = [
            (y, x)
            for y in range(5)
            for x in range(5)
            if np.array_equal(moved, around[y : y + 12, x : x + 12])
        ]
        assert places
        found.add(places[0])
    assert len(found) > 10


def test_a_cutout_blanks_one_square(images: Images) -> None:
    images = np.maximum(images, 1)  # nothing is 128 by accident more than here and there
    cut = augment(images, rng(), flip=False, shift=0, cutout=4)
    changed = (cut != images).any(axis=-1)
    assert (cut[changed] == 128).all()
    assert changed.reshape(40, -1).sum(axis=1).max() <= 16
    assert changed.reshape(40, -1).sum(axis=1).min() >= 1


def test_the_same_generator_draws_the_same(images: Images) -> None:
    first, second = (augment(images, rng(), flip=True, shift=3, cutout=4) for _ in range(2))
    assert np.array_equal(first, second)
    assert first.dtype == np.uint8
    assert first.shape == images.shape


@pytest.fixture
def bar() -> Images:
    """Return 30 grey images with a black upright bar in the middle."""
    pictures = np.full((30, 41, 41, 3), 128, np.uint8)
    pictures[:, 5:36, 18:23] = 0
    return pictures


def spread(images: Images, axis: int) -> list[int]:
    """Return over how many columns (axis 1) or rows (axis 2) something dark stands in each image."""
    return (images[..., 0] < 64).any(axis=axis).sum(axis=1).tolist()


def test_a_rotation_turns_about_the_centre_both_ways_and_fills_with_grey(bar: Images) -> None:
    turned = augment(bar, rng(), flip=False, shift=0, rotation=30)
    assert (turned[:, 20, 20] < 8).all(), "the centre stays where it is"
    top_left, top_right = turned[:, 7, :18].min(axis=(1, 2)), turned[:, 7, 23:].min(axis=(1, 2))
    assert (top_left < 64).any() and (top_right < 64).any()
    assert (turned[:, 0, 0] == 128).all()
    assert max(spread(turned, 1)) > 12


def test_a_zoom_enlarges_and_shrinks_within_what_it_says(bar: Images) -> None:
    zoomed = augment(bar, rng(), flip=False, shift=0, zoom=0.3)
    heights = spread(zoomed, 2)
    assert min(heights) < 28 and max(heights) > 34
    assert min(heights) >= 31 * 0.7 - 2 and max(heights) <= 31 * 1.3 + 2
    assert (zoomed[:, 20, 20] < 8).all()


def test_brightness_changes_each_image_as_a_whole_within_bounds(images: Images) -> None:
    images = images // 2
    bright = augment(images, rng(), flip=False, shift=0, brightness=0.5)
    ratios = bright.mean(axis=(1, 2, 3)) / images.mean(axis=(1, 2, 3))
    assert 0.48 < ratios.min() < 0.7 and 1.3 < ratios.max() < 1.51
    white = augment(np.full((20, 4, 4, 3), 250, np.uint8), rng(), flip=False, shift=0, brightness=0.5)
    assert white.max() == 255, "it is clipped and does not wrap around"
