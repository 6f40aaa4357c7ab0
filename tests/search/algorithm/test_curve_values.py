"""Which values a model of learning curves learns from, and as what numbers."""

import math

import numpy as np
import pytest

from search.algorithm.curve_values import NotReady, sample, scores, values_of
from search.algorithm.trial import Trial


def trial(*values: float, state: str = "paused") -> Trial:
    epochs = {epoch: {"val_accuracy": value} for epoch, value in enumerate(values, 1)}
    return Trial(3, {}, epochs, state)  # type: ignore[arg-type]


def test_epochs_that_double_and_the_last_one_count() -> None:
    curve = trial(0.1, 0.2, 0.3, 0.4, 0.5)
    assert values_of(curve, curve.epochs) == [(3, 2, 0.2), (3, 4, 0.4), (3, 5, 0.5)]
    assert values_of(curve, [1, 2, 3]) == [(3, 2, 0.2), (3, 3, 0.3)]
    assert values_of(trial(0.1), [1]) == [(3, 1, 0.1)]
    assert values_of(trial(), []) == []


def test_a_failure_is_the_lowest_value_there_is() -> None:
    assert values_of(trial(0.1, 0.2, math.nan, state="failed"), [1, 2, 3])[-1] == (3, 3, -math.inf)
    assert values_of(trial(state="failed"), []) == [(3, 1, -math.inf)]


def test_only_the_order_of_values_counts_and_the_worst_are_alike() -> None:
    values = [(number, 2, value) for number, value in enumerate(np.linspace(0, 1, 20))]
    stretched = [(number, 2, math.exp(9 * value)) for number, _, value in values]
    np.testing.assert_allclose(scores(values), scores(stretched))
    assert scores(values)[0] == scores(values)[1] < scores(values)[6]
    assert scores(values).mean() == pytest.approx(0) and scores(values).std() == pytest.approx(1)


@pytest.mark.parametrize("values", [[0.1, 0.2, 0.3], [0.5] * 9, [math.nan] * 9, [0.1, 0.2, 0.3, math.nan]])
def test_too_few_or_equal_values_say_nothing(values: list[float]) -> None:
    with pytest.raises(NotReady):
        scores([(number, 2, value) for number, value in enumerate(values)])


def test_of_many_the_best_of_each_epoch_are_kept() -> None:
    # Values grow with the epoch: the best after two epochs are below the worst after eight.
    values = [(number, epoch, epoch + number / 100) for epoch in (2, 8) for number in range(100)]
    chosen = sample(values, scores(values), 40)
    assert len(chosen) == 40 and list(chosen) == sorted(set(chosen))
    assert {95, 96, 97, 98, 99, 195, 196, 197, 198, 199} <= set(chosen)
    np.testing.assert_array_equal(sample(values, scores(values), 500), np.arange(200))
