"""Augmentations change images as they say, and only so."""

import numpy as np
import pytest

from models._augmentation import Images, augment


@pytest.fixture
def images() -> Images:
    return np.random.default_rng(0).integers(0, 256, (40, 12, 12, 3), dtype=np.uint8)


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def test_none_is_none(images: Images) -> None:
    same = augment(images, rng(), flip=False, shift=0, cutout=0)
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
