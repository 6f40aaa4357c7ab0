"""Hyperparameter importance: what decides at the first rung is found, and chance is told from it."""

import numpy as np

from analysis.figures import importance
from search.algorithm.trial import Trial
from tests.analysis.figures.runs import PLAN, SPACE, distribution_value, made


def searched(n: int, effect: float) -> list[Trial]:
    """Trials that at the first rung a high learning rate makes good and depth 1 bad; later all is noise."""
    rng = np.random.default_rng(1)
    trials = []
    for number in range(n):
        params = {name: distribution_value(each, rng) for name, each in SPACE.items()}
        good, bad = params["learning_rate"] > 0.02, params["depth"] == 1
        value = effect * (float(good) - float(bad)) + 0.05 * rng.standard_normal()
        trials.append(made(number, [0.1, value, *rng.random(4)], "complete", **params))
    return trials


def test_importance_finds_what_makes_a_trial_good_at_the_first_rung() -> None:
    found = importance.importances(searched(60, effect=1.0), PLAN, resamples=40)
    assert found[0].name == "learning_rate" and found[0].value > 1.3 * found[0].chance
    clear = {each.name for each in found if each.value > 2 * each.chance}
    assert not clear & {"normalization", "flip"}
    assert all(each.low <= each.high for each in found)


def test_without_any_effect_nothing_is_clearly_above_chance() -> None:
    found = importance.importances(searched(60, effect=0.0), PLAN, resamples=40)
    assert [each.name for each in found if each.value > 2 * each.chance] == []


def test_importance_is_the_same_again_and_leaves_out_what_cannot_be_compared() -> None:
    trials = searched(20, effect=1.0)
    odd = [made(20, [0.9], "running"), made(21, [0.9] * 3, "failed"), made(22, [], "waiting")]
    found = importance.importances(trials, PLAN, resamples=3)
    assert importance.importances([*trials, *odd], PLAN, resamples=3) == found
    assert importance.importances(trials, PLAN, resamples=3, seed=1) != found
    assert importance.importances(trials[:14], PLAN) == []
