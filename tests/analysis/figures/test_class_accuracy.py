"""Accuracy by class, with Wilson's intervals."""

import math

import numpy as np
import pytest

from analysis.figures.class_accuracy import class_accuracy, figure
from tests.analysis.figures.conftest import Read

NAMES = ["cat", "dog", "frog"]
LABELS = np.array([0] * 10 + [1] * 40)
PREDICTED = np.array([1] * 10 + [1] * 30 + [0] * 10)


def wilson(right: int, n: int) -> tuple[float, float]:
    z, p = 1.959964, right / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return middle - half, middle + half


def test_all_images_first_then_each_class_that_has_images() -> None:
    accuracies = class_accuracy(LABELS, PREDICTED, NAMES)
    assert [(item.name, item.right, item.images) for item in accuracies] == [
        ("all", 30, 50),
        ("cat", 0, 10),
        ("dog", 30, 40),
    ]


def test_the_intervals_are_wilsons() -> None:
    for accuracy in class_accuracy(LABELS, PREDICTED, NAMES):
        assert (accuracy.low, accuracy.high) == pytest.approx(
            wilson(accuracy.right, accuracy.images), abs=1e-6
        )
        assert accuracy.low <= accuracy.value <= accuracy.high


def test_the_picture_has_each_class_with_its_images(read: Read) -> None:
    texts = read(figure(class_accuracy(LABELS, PREDICTED, NAMES)))
    assert "accuracy by class" in texts
    assert "cat (0 of 10)" in texts and "dog (30 of 40)" in texts
    assert "all 50 images" in texts
