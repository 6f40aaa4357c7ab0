"""Hyperparameter importance: it finds what decides at the first rung, and separates it from chance."""

import numpy as np

from analysis.figures import importance
from search.algorithm.trial import Trial
from tests.analysis.figures.example_runs import PLAN, SPACE, draw_value, make_trial


def make_trials(n: int, effect: float) -> list[Trial]:
    """Trials that at the first rung a high learning rate makes good and depth 1 bad; later all is noise."""
    rng = np.random.default_rng(1)
    trials = []
    for number in range(n):
        params = {name: draw_value(distribution, rng) for name, distribution in SPACE.items()}
        good, bad = params["learning_rate"] > 0.02, params["depth"] == 1
        value = effect * (float(good) - float(bad)) + 0.05 * rng.standard_normal()
        trials.append(make_trial(number, [0.1, value, *rng.random(4)], "complete", **params))
    return trials


def test_importance_finds_what_makes_a_trial_good_at_the_first_rung() -> None:
    ranking = importance.importances(make_trials(60, effect=1.0), PLAN, resamples=40)
    assert ranking[0].name == "learning_rate" and ranking[0].value > 1.3 * ranking[0].chance
    clear = {item.name for item in ranking if item.value > 2 * item.chance}
    assert not clear & {"normalization", "flip"}
    assert all(item.low <= item.high for item in ranking)


def test_without_any_effect_nothing_is_clearly_above_chance() -> None:
    ranking = importance.importances(make_trials(60, effect=0.0), PLAN, resamples=40)
    assert [item.name for item in ranking if item.value > 2 * item.chance] == []


def test_importance_is_the_same_again_and_leaves_out_what_cannot_be_compared() -> None:
    trials = make_trials(20, effect=1.0)
    odd = [
        make_trial(20, [0.9], "running"),
        make_trial(21, [0.9] * 3, "failed"),
        make_trial(22, [], "waiting"),
    ]
    ranking = importance.importances(trials, PLAN, resamples=3)
    assert importance.importances([*trials, *odd], PLAN, resamples=3) == ranking
    assert importance.importances(trials, PLAN, resamples=3, seed=1) != ranking
    assert importance.importances(trials[:14], PLAN) == []
