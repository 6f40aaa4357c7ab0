"""Test accuracies of several models: one row per model, one circle per training, intervals around means."""

import numpy as np
import pytest

from analysis.figures.accuracies import figure
from analysis.statistics import seeds_and_images
from analysis.statistics.intervals import over_seeds
from tests.analysis.figures.conftest import Read, text_of

IMAGES = 400
ACCURACIES = {"basic": [0.60, 0.62, 0.61], "residual": [0.70, 0.74, 0.72], "single": [0.5]}
RIGHT = {
    name: np.array([np.arange(IMAGES) < round(accuracy * IMAGES) for accuracy in accuracies])
    for name, accuracies in ACCURACIES.items()
}


def test_the_picture_names_the_models_and_the_highest_mean(read: Read) -> None:
    texts = read(figure(RIGHT))
    assert "Test accuracy, the highest mean: residual, 72.0 %" in texts
    assert all(name in texts for name in ACCURACIES)
    assert "400 test images" in text_of(figure(RIGHT))


def test_circles_are_the_trainings_and_lines_the_intervals() -> None:
    axes = figure(RIGHT).axes[0]
    circles = [line for line in axes.lines if line.get_marker() == "o"]
    assert [list(np.asarray(line.get_xdata()) / 100) for line in circles] == [
        pytest.approx(accuracies) for accuracies in ACCURACIES.values()
    ]
    lines = [np.asarray(collection.get_segments())[0][:, 0] / 100 for collection in axes.collections]
    interval, both = over_seeds(ACCURACIES["basic"]).interval, seeds_and_images.accuracy(RIGHT["basic"])
    assert interval is not None
    assert lines[0] == pytest.approx([both.low, both.high])
    assert lines[1] == pytest.approx([interval.low, interval.high])
    assert len(lines) == 5  # one seed has no interval over seeds
