"""The runs of question 16: neighbours differ in one thing."""

import numpy as np
import pytest

from analysis.theory.material import Network, untrained
from analysis.theory.training.fine_tuning import FROZEN, HIGH, LOW, in_two_steps
from data import Split


@pytest.mark.slow
def test_runs_in_two_steps_share_the_first_and_differ_in_the_second() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (64, 32, 32, 3), np.uint8)
    network = Network(untrained(8), 0.125, Split(images, np.arange(64) % 8), ("",) * 8)
    pairs = (images, np.arange(64) % 2), (images[::-1], np.arange(64) % 2)
    low, high = (in_two_steps(network, *pairs, rate) for rate in (LOW, HIGH))
    assert low.losses[:FROZEN] == pytest.approx(high.losses[:FROZEN], rel=1e-4)
    assert abs(low.losses[FROZEN] - high.losses[FROZEN]) > 0.01
