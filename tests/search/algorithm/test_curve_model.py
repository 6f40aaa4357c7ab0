"""What the trials so far say about how others would end."""

import math
from dataclasses import replace

import numpy as np
import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from scipy.stats import spearmanr

from search.algorithm.curve_model import CurveModel, model
from search.algorithm.curve_values import NotReady
from search.algorithm.trial import Trial

SPACE: dict[str, BaseDistribution] = {
    "x": FloatDistribution(0, 1),
    "kind": CategoricalDistribution(["a", "b"]),
}
EPOCHS = 16


def value(x: float, epoch: int) -> float:
    """Return the value of a training: the best is x = 0.7, and it needs time."""
    return (1 - (x - 0.7) ** 2) * (1 - math.exp(-epoch / 6))


def searched(number: int = 20, seed: int = 0) -> list[Trial]:
    """Return trials paused after 2, 4 or 8 epochs."""
    rng, trials, order = np.random.default_rng(seed), [], 0
    for trial in range(number):
        x, length = rng.random(), (2, 4, 8)[trial % 3]
        epochs = {}
        for epoch in range(1, length + 1):
            order += 1
            epochs[epoch] = {"val_accuracy": value(x, epoch), "order": order}
        trials.append(Trial(trial, {"x": x, "kind": "ab"[trial % 2]}, epochs, "paused"))
    return trials


def test_trials_are_forecast_in_the_order_in_which_they_would_end() -> None:
    trials = searched()
    mean, deviation = CurveModel(SPACE, trials, EPOCHS).forecast(trials)
    ends = [value(trial.params["x"], EPOCHS) for trial in trials]
    assert spearmanr(mean, ends).statistic > 0.6
    assert (deviation > 0).all()


def test_new_trials_are_forecast_best_where_the_best_are() -> None:
    places = np.array([[x, 0.25] for x in np.linspace(0, 1, 21)])
    mean, _ = CurveModel(SPACE, searched(), EPOCHS).forecast_new(places)
    assert 0.5 <= places[int(np.argmax(mean)), 0] <= 0.9


def test_training_on_tells_more_the_further_it_goes() -> None:
    trials = searched()
    known = CurveModel(SPACE, trials, EPOCHS)
    _, changes = known.lookahead([(trials[0], 4), (trials[0], 8), (trials[0], 16)])
    assert 0 < changes[0] < changes[1] < changes[2]


def test_a_loss_of_a_million_changes_no_more_than_the_worst_rank() -> None:
    trials = searched()
    worse = [replace(trial, epochs=dict(trial.epochs)) for trial in trials]
    lowest = min(trials, key=lambda trial: trial.value).number
    worse[lowest].epochs[max(worse[lowest].epochs)] = {"val_accuracy": -1e6, "order": 1e6}
    before, _ = CurveModel(SPACE, trials, EPOCHS).forecast(trials)
    after, _ = CurveModel(SPACE, worse, EPOCHS).forecast(trials)
    others = [number for number in range(20) if number != lowest]
    np.testing.assert_allclose(after[others], before[others], atol=0.5)


def test_a_trial_that_failed_is_as_bad_as_the_worst() -> None:
    trials = searched()
    best = max(trials, key=lambda trial: value(trial.params["x"], EPOCHS))
    place = np.array([[best.params["x"], 0.25]])
    before, _ = CurveModel(SPACE, trials, EPOCHS).forecast_new(place)
    for trial in trials:
        if abs(trial.params["x"] - best.params["x"]) < 0.1:
            trial.state, trial.epochs = "failed", {}
    after, _ = CurveModel(SPACE, trials, EPOCHS).forecast_new(place)
    assert after[0] < before[0] - 0.5


def test_it_is_the_same_whatever_was_asked_before() -> None:
    trials = searched(30)
    for number in range(5, 30):
        model(SPACE, trials[:number], EPOCHS)
    step_by_step, _ = model(SPACE, trials, EPOCHS).forecast(trials)
    at_once, _ = CurveModel(SPACE, searched(30), EPOCHS).forecast(trials)
    np.testing.assert_array_equal(step_by_step, at_once)


@pytest.mark.parametrize("trials", [[], searched(1)[:1], [Trial(0, {"x": 0.5, "kind": "a"})]])
def test_too_little_is_said_to_be_too_little(trials: list[Trial]) -> None:
    few = [replace(trial, epochs={1: {"val_accuracy": 0.5}}) for trial in trials]
    with pytest.raises(NotReady):
        CurveModel(SPACE, few, EPOCHS)
    with pytest.raises(NotReady):
        CurveModel({}, searched(), EPOCHS)
