"""The figure of question 15: a frozen base forgets nothing, one that is trained may."""

import keras
import numpy as np
import pytest

from analysis.theory.material import Network, untrained
from analysis.theory.training.forgetting import with_new_top
from analysis.theory.training.freezing import RANDOM, TRAINED, Run, figure, unfrozen
from data import Split


def test_every_line_begins_at_the_frozen_base_and_ends_at_what_is_kept() -> None:
    kept = [np.array([True, True, True, False]), np.array([True, False, False, False])]
    drawn = figure({RANDOM: [Run(kept, 0.1)] * 2, TRAINED: [Run(kept[:1] * 2, 0.1)]}, 0.5)
    frozen, *lines = drawn.axes[0].lines
    assert list(frozen.get_ydata()) == [50, 50]
    assert [list(line.get_ydata()) for line in lines] == [[50, 75, 25], [50, 75, 25], [50, 75, 75]]


@pytest.mark.slow
def test_training_moves_the_kernels_of_a_base_and_not_its_statistics() -> None:
    images = np.random.default_rng(0).integers(0, 256, (64, 32, 32, 3), np.uint8)
    network = Network(untrained(8), 0.125, Split(images, np.arange(64) % 8), ("",) * 8)
    model = with_new_top(network)
    run = unfrozen(model, (images, np.arange(64) % 2), network)
    assert run.moved > 1e-4
    for layer, before in zip(model.layers, network.model.layers, strict=True):
        if isinstance(layer, keras.layers.BatchNormalization):
            np.testing.assert_array_equal(layer.get_weights(), before.get_weights())
