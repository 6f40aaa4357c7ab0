"""Sobol' points: evenly spread, whenever the search was read back."""

import math

from search.algorithm import samplers
from tests.search.algorithm.samplers.conftest import EPOCHS, SPACE, searched


def test_sixteen_points_fill_the_space_evenly() -> None:
    trials = searched(16, "qmc")
    quarters = sorted(int((math.log10(trial.params["x"]) + 4) / 3 * 4) for trial in trials)
    assert quarters == [0] * 4 + [1] * 4 + [2] * 4 + [3] * 4
    assert sorted(trial.params["depth"] for trial in trials) == [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4


def test_the_place_in_the_sequence_is_the_number_of_trials() -> None:
    trials = searched(9, "qmc")
    assert samplers.suggest("qmc", SPACE, trials[:5], 0, EPOCHS) == trials[5].params
