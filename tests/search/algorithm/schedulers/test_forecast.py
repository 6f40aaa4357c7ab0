"""The default scheduler: who goes on, how long a search is, and how it ends."""

import numpy as np
import pytest

from search.algorithm.schedulers import forecast
from search.algorithm.schedulers.forecast import Forecast, rise
from tests.search.algorithm.conftest import curve, metrics, pool, train


def scheduler(target: int, epochs: int = 16) -> Forecast:
    made = forecast.make(pool(target, epochs=epochs), **forecast.settings(epochs))
    assert isinstance(made, Forecast)
    return made


def test_half_of_the_epochs_go_to_new_trials_after_the_first_ten() -> None:
    made = scheduler(1000)
    train(made, stop_after=400)
    trials = made.pool.trials
    assert all(trial.epoch <= 2 for trial in trials[:10]) or len(trials) > 10
    new = sum(min(2, trial.epoch) for trial in trials)
    assert new / sum(trial.epoch for trial in trials) == pytest.approx(0.5, abs=0.05)


def test_the_trials_that_go_on_are_the_good_ones() -> None:
    made = scheduler(1000)
    train(made, stop_after=400)
    further = [curve(trial.number, 16) for trial in made.pool.trials if trial.epoch > 2]
    others = [curve(trial.number, 16) for trial in made.pool.trials if trial.epoch == 2]
    assert np.mean(further) > np.mean(others) + 0.1
    assert made.best and curve(made.best.number, 16) >= np.quantile(further + others, 0.95)


@pytest.mark.parametrize("target", [1, 2, 5, 50])
def test_a_search_is_as_long_as_it_said(target: int) -> None:
    made = scheduler(target)
    expected = made.expected_epochs()
    trained = train(made)
    assert made.finished and len(made.pool.trials) == target
    assert expected - 16 <= len(trained) <= expected + 16
    assert made.pool.trials[0].state == "complete"
    assert made.best and made.best.state == "complete"


def test_while_others_train_no_more_than_the_budget_is_begun() -> None:
    made = scheduler(12)
    running = [made.next() for _ in range(4)]
    trained = 0
    while any(running):
        for slot, trial in enumerate(running):
            if trial:
                trained += 1
                if not made.report(trial, trial.epoch + 1, metrics(curve(trial.number, trial.epoch + 1))):
                    running[slot] = made.next()
            else:
                running[slot] = made.next()
    assert made.finished
    assert trained <= 16 + 11 * 4 + 16


def test_a_rise_needs_a_change_and_is_largest_between_equals() -> None:
    equal, apart, certain = rise(np.array([1.0, 2.0, 1.0]), np.array([1, 1, 0]), np.array([1.0, 1.0, 1.0]))
    assert equal == pytest.approx(1 / np.sqrt(2 * np.pi))
    assert 0 < apart < equal
    assert certain == pytest.approx(0, abs=1e-5)
