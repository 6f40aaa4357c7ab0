"""Parts of a split: seeded, disjoint, nested, and in the proportions of its classes."""

import numpy as np
import pytest

from data import DataError, Split
from data.store.split import fingerprint, stratified


@pytest.fixture
def split() -> Split:
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(10), 50))
    images = np.arange(500, dtype=np.uint16).view(np.uint8).reshape(500, 1, 2, 1).repeat(3, axis=3)
    return Split(images, labels)


def numbers(split: Split) -> set[int]:
    """Each image of the fixture encodes its number."""
    return {int(image[0, 0, 0]) + 256 * int(image[0, 1, 0]) for image in split.images}


def test_a_part_has_as_many_of_each_class(split: Split) -> None:
    assert np.bincount(split.take(100, seed=1).labels).tolist() == [10] * 10


def test_a_part_that_classes_do_not_divide_is_as_even_as_can_be(split: Split) -> None:
    assert sorted(np.bincount(split.take(103, seed=1).labels)) == [10] * 7 + [11] * 3


def test_unequal_classes_keep_their_proportions() -> None:
    labels = np.repeat([0, 1], [900, 100])
    assert np.bincount(labels[stratified(labels, 100, seed=0)]).tolist() == [90, 10]


def test_images_keep_their_labels(split: Split) -> None:
    part = split.take(60, seed=4)
    for image, label in zip(part.images, part.labels, strict=True):
        assert split.labels[int(image[0, 0, 0]) + 256 * int(image[0, 1, 0])] == label


def test_the_seed_decides(split: Split) -> None:
    assert numbers(split.take(50, seed=1)) == numbers(split.take(50, seed=1))
    assert numbers(split.take(50, seed=1)) != numbers(split.take(50, seed=2))


def test_a_smaller_part_lies_within_a_larger_one(split: Split) -> None:
    assert numbers(split.take(37, seed=1)) < numbers(split.take(203, seed=1))


def test_the_choice_depends_on_no_machine_and_no_version() -> None:
    labels = np.arange(40) % 4
    assert stratified(labels, 8, seed=7).tolist() == [6, 10, 21, 23, 24, 32, 37, 39]


def test_two_parts_are_disjoint_and_complete(split: Split) -> None:
    first, second = split.halves(200, seed=5)
    assert len(first) == 200
    assert numbers(first) | numbers(second) == set(range(500))
    assert not numbers(first) & numbers(second)
    assert np.bincount(second.labels).tolist() == [30] * 10


def test_a_complete_part_is_the_split_itself(split: Split) -> None:
    assert split.take(500, seed=1) is split


@pytest.mark.parametrize("n", [-1, 0, 501])
def test_too_many_or_no_images_are_refused(split: Split, n: int) -> None:
    with pytest.raises(DataError, match="images asked for"):
        split.take(n, seed=1)


@pytest.mark.parametrize("n", [0, 500, 501])
def test_an_empty_part_is_refused(split: Split, n: int) -> None:
    with pytest.raises(DataError, match="cannot cut 500 images"):
        split.halves(n, seed=1)


def test_a_fingerprint_depends_on_types_shapes_and_order() -> None:
    one, two = np.arange(6, dtype=np.uint8), np.arange(6, dtype=np.uint8) + 1
    prints = {
        fingerprint(one, two),
        fingerprint(two, one),
        fingerprint(one.reshape(2, 3), two),
        fingerprint(one.view(np.int8), two),
        fingerprint(one),
    }
    assert len(prints) == 5
    assert fingerprint(one[::-1]) == fingerprint(one[::-1].copy())


def test_two_parts_joined_have_the_images_and_labels_of_both(split: Split) -> None:
    first, second = split.halves(200, seed=5)
    joined = first.joined(second)
    assert len(joined) == 500 and numbers(joined) == set(range(500))
    assert joined.labels.tolist() == [*first.labels, *second.labels]
