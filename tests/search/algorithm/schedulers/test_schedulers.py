"""The schedulers by name: each keeps the promises of the protocol."""

import math

import pytest

from search.algorithm.schedulers import DEFAULT, SCHEDULERS, make, settings
from tests.search.algorithm.conftest import check_resumes, metrics, pool, train


@pytest.mark.parametrize("name", SCHEDULERS)
@pytest.mark.parametrize("epochs", [1, 2, 9, 18])
def test_a_search_of_any_length_ends_with_the_default_trained_to_its_end(name: str, epochs: int) -> None:
    scheduler = make(name, pool(12, epochs=epochs), settings(name, epochs))
    trained = train(scheduler)
    assert scheduler.finished
    assert len(trained) == len(set(trained))
    assert len(scheduler.pool.trials) == 12
    assert scheduler.pool.trials[0].epoch == epochs
    assert scheduler.best and scheduler.best.epoch == epochs
    assert scheduler.expected_epochs() == 0


@pytest.mark.parametrize("name", SCHEDULERS)
def test_stopped_anywhere_and_read_back_it_decides_the_same(name: str) -> None:
    check_resumes(lambda trials: make(name, trials, settings(name, 9)), 10)


@pytest.mark.parametrize("name", SCHEDULERS)
def test_the_description_can_be_drawn(name: str) -> None:
    for epochs in (1, 2, 18, 200):
        description = make(name, pool(9, epochs=epochs), settings(name, epochs)).describe()
        assert description.rungs[-1] == epochs
        assert list(description.rungs) == sorted(set(description.rungs))
        assert description.rule and description.one_in >= 2


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_trial_that_diverges_fails_and_is_never_the_best(name: str) -> None:
    scheduler = make(name, pool(3), settings(name, 9))
    trial = scheduler.next()
    assert trial
    assert not scheduler.report(trial, 1, metrics(0.99) | {"loss": math.nan})
    train(scheduler)
    assert trial.state == "failed"
    assert scheduler.best is not trial


def test_forecast_is_the_default() -> None:
    assert DEFAULT == "forecast" and DEFAULT in SCHEDULERS
