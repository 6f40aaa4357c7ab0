"""The samplers by name: each is a function of the seed and of what the trials so far have come to."""

import importlib.util

import pytest

from search.algorithm import samplers
from search.algorithm.samplers import DEFAULT, REQUIRES, SAMPLERS, SamplerError
from search.algorithm.trial import Trial
from tests.search.algorithm.samplers.conftest import EPOCHS, SPACE, searched

INSTALLED = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            name in REQUIRES and importlib.util.find_spec(REQUIRES[name]) is None,
            reason=f"{REQUIRES.get(name)} is not installed",
        ),
    )
    for name in SAMPLERS
]


@pytest.mark.parametrize("sampler", INSTALLED)
def test_the_same_seed_and_trials_give_the_same_suggestion(sampler: str) -> None:
    trials = searched(15, sampler)
    assert samplers.suggest(sampler, SPACE, trials, 0, EPOCHS) == samplers.suggest(
        sampler, SPACE, trials, 0, EPOCHS
    )
    others = searched(15, sampler, seed=1)
    assert [trial.params for trial in others] != [trial.params for trial in trials]


@pytest.mark.parametrize("sampler", INSTALLED)
def test_suggestions_lie_in_the_space_and_differ(sampler: str) -> None:
    params = [trial.params for trial in searched(20, sampler)]
    assert all(1e-4 <= p["x"] <= 1e-1 and p["depth"] in range(1, 5) and p["kind"] in "abc" for p in params)
    assert all(type(p["depth"]) is int and type(p["x"]) is float for p in params)  # as JSON has them
    assert len({tuple(p.values()) for p in params}) > 15


@pytest.mark.parametrize("sampler", INSTALLED)
def test_trials_that_fail_or_run_are_understood(sampler: str) -> None:
    trials = searched(12, sampler)
    trials[3].state, trials[3].epochs = "failed", {}
    trials.append(Trial(12, samplers.suggest(sampler, SPACE, trials, 0, EPOCHS), state="running"))
    assert samplers.suggest(sampler, SPACE, trials, 0, EPOCHS) != trials[12].params


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_space_without_freedom_needs_no_sampler(sampler: str) -> None:
    assert samplers.suggest(sampler, {}, [], 0, EPOCHS) == {}


@pytest.mark.parametrize("sampler", INSTALLED)
def test_one_hyperparameter_is_a_space(sampler: str) -> None:
    space = {"x": SPACE["x"]}
    trials: list[Trial] = []
    for number in range(5):
        params = samplers.suggest(sampler, space, trials, 0, EPOCHS)
        trials.append(Trial(number, params, {1: {"val_accuracy": 0.5}}, "complete"))
    assert len({trial.params["x"] for trial in trials}) == 5


def test_what_a_sampler_needs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SamplerError, match=r"gp needs the package torch: pip install 'cnn-search\[gp\]'"):
        samplers.check("gp", SPACE, 50)


def test_the_default_is_one_of_them() -> None:
    assert DEFAULT == "forecast" and DEFAULT in SAMPLERS
