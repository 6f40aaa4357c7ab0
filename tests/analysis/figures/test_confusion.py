"""The confusion matrix: counts, shares of a row, names."""

import numpy as np

from analysis.figures.confusion import confusion, figure
from tests.analysis.figures.conftest import Read

LABELS = np.array([0, 0, 0, 0, 1, 1, 2])
PREDICTED = np.array([0, 0, 0, 1, 1, 0, 1])


def test_counts_by_true_and_predicted_class() -> None:
    assert confusion(LABELS, PREDICTED, 4).tolist() == [[3, 1, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0], [0] * 4]


def test_the_picture_has_counts_shares_and_names(read: Read) -> None:
    texts = read(figure(confusion(LABELS, PREDICTED, 4), ["cat", "dog", "frog", "ship"]))
    assert "57.1 % of 7" in texts
    assert "3\n75.0 %" in texts and "1\n100.0 %" in texts
    assert all(name in texts for name in ("cat", "dog", "frog", "ship", "true class", "predicted class"))


def test_ten_classes_can_be_read(read: Read) -> None:
    labels = np.repeat(np.arange(10), 1000)
    assert "1,000\n100.0 %" in read(figure(confusion(labels, labels, 10), [f"class {i}" for i in range(10)]))
