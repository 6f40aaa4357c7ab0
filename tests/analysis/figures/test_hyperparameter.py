"""A hyperparameter as an axis: positions of values, and tick labels."""

from typing import Any

import pytest
from optuna.distributions import IntDistribution

from analysis.figures import _hyperparameter
from tests.analysis.figures.example_runs import SPACE


@pytest.mark.parametrize(
    ("value", "name", "position"),
    [
        (1e-4, "learning_rate", 0.0),
        (1e-1, "learning_rate", 1.0),
        (10**-2.5, "learning_rate", 0.5),
        (1, "depth", 0.125),
        (4, "depth", 0.875),
        ("batch", "normalization", 0.375),
        (False, "flip", 0.75),
    ],
)
def test_a_value_has_its_position_on_an_axis(value: Any, name: str, position: float) -> None:
    assert _hyperparameter.position(value, SPACE[name], 0) == pytest.approx(position)


def test_trials_that_share_a_value_lie_side_by_side_and_near_it() -> None:
    positions = [_hyperparameter.position("batch", SPACE["normalization"], number) for number in range(50)]
    assert len({round(position, 6) for position in positions}) == 50
    assert all(0.25 < position < 0.5 for position in positions)
    assert positions[7] == _hyperparameter.position("batch", SPACE["normalization"], 7)


def test_ticks_are_the_values_or_round_numbers() -> None:
    labels = {
        name: [label for _, label in _hyperparameter.ticks(distribution)]
        for name, distribution in SPACE.items()
    }
    assert labels["learning_rate"] == ["0.0001", "0.001", "0.01", "0.1"]
    assert labels["depth"] == ["1", "2", "3", "4"]
    assert labels["flip"] == ["yes", "no"]
    many = _hyperparameter.ticks(IntDistribution(0, 40))
    assert many == [(0.0, "0"), (0.5, "20"), (1.0, "40")]
