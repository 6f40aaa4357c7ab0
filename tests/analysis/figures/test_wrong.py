"""The most confidently wrong images."""

import numpy as np

from analysis.figures.wrong import figure, most_confidently_wrong
from tests.analysis.figures.conftest import Read

LOGITS = np.array([[0, 2], [0, 9], [5, 0], [1, 0], [0, 3]], np.float32)
LABELS = np.array([0, 1, 1, 1, 0])
IMAGES = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3)).astype(np.uint8)


def test_the_wrong_ones_with_the_most_confident_first() -> None:
    assert most_confidently_wrong(LOGITS, LABELS).tolist() == [2, 4, 0, 3]
    assert most_confidently_wrong(LOGITS, LABELS, most=2).tolist() == [2, 4]


def test_confidence_is_a_probability_and_not_a_logit() -> None:
    logits = np.array([[50, 49], [3, 0]], np.float32)
    assert most_confidently_wrong(logits, np.array([1, 1])).tolist() == [1, 0]


def test_the_picture_says_true_and_predicted_class(read: Read) -> None:
    chosen = most_confidently_wrong(LOGITS, LABELS)
    texts = read(figure(IMAGES[chosen], LOGITS[chosen], LABELS[chosen], ["cat", "dog"]))
    assert "wrong with the most confidence" in texts
    assert "dog, predicted\ncat 0.993" in texts and "cat, predicted\ndog 0.953" in texts


def test_none_wrong_is_said(read: Read) -> None:
    assert "No image is classified wrongly" in read(
        figure(IMAGES[:0], LOGITS[:0], LABELS[:0], ["cat", "dog"])
    )
