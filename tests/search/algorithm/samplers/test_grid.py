"""Grid search: every point once."""

import pytest
from optuna.distributions import FloatDistribution

from search.algorithm import samplers
from search.algorithm.samplers.grid import size
from tests.search.algorithm.samplers.conftest import EPOCHS, SPACE, searched


def test_every_point_comes_once_in_an_order_of_its_own() -> None:
    assert size(SPACE) == 5 * 4 * 3
    first, other = ([tuple(trial.params.values()) for trial in searched(60, "grid", seed)] for seed in (0, 1))
    assert len(set(first)) == 60
    assert set(first) == set(other) and first != other


def test_more_trials_than_points_are_refused() -> None:
    samplers.check("grid", SPACE, 60)
    with pytest.raises(samplers.SamplerError, match="the grid has 60 points, --trials is 61"):
        samplers.check("grid", SPACE, 61)


def test_a_huge_grid_is_no_list() -> None:
    space = {f"x{number}": FloatDistribution(0, 1) for number in range(30)}
    assert 0 <= samplers.suggest("grid", space, [], 0, EPOCHS)["x29"] <= 1
