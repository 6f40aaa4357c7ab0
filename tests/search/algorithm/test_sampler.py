"""Proposals: a function of the seed and of what the trials so far have come to."""

import math

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from search.algorithm.sampler import SAMPLERS, propose
from search.algorithm.trial import Trial

SPACE = {
    "x": FloatDistribution(1e-4, 1e-1, log=True),
    "depth": IntDistribution(1, 4),
    "kind": CategoricalDistribution(["a", "b", "c"]),
}


def goodness(params: dict[str, object]) -> float:
    return 1 / (1 + abs(math.log10(float(str(params["x"]))) + 2)) + (params["kind"] == "b") / 4


def searched(n: int, sampler: str, seed: int = 0) -> list[Trial]:
    trials: list[Trial] = []
    for number in range(n):
        params = propose(SPACE, trials, sampler=sampler, seed=seed)
        record = {"val_accuracy": goodness(params), "images": 1, "seconds": 1}
        state = "complete" if number % 3 == 0 else "paused"
        trials.append(Trial(number, params, {1: record}, state))
    return trials


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_same_seed_and_trials_give_the_same_proposal(sampler: str) -> None:
    trials = searched(15, sampler)
    assert propose(SPACE, trials, sampler=sampler, seed=0) == propose(SPACE, trials, sampler=sampler, seed=0)
    assert propose(SPACE, trials, sampler=sampler, seed=0) != propose(SPACE, trials, sampler=sampler, seed=1)


def test_proposals_lie_in_the_space_and_differ() -> None:
    found = [trial.params for trial in searched(20, "tpe")]
    assert all(1e-4 <= p["x"] <= 1e-1 and p["depth"] in range(1, 5) and p["kind"] in "abc" for p in found)
    assert len({p["x"] for p in found}) == 20


def test_tpe_learns_from_paused_trials_too() -> None:
    def mean(sampler: str) -> float:
        late = [trial for seed in range(3) for trial in searched(40, sampler, seed)[20:]]
        return sum(trial.value for trial in late) / len(late)

    assert mean("tpe") > mean("random") + 0.1


def test_a_failed_corner_of_the_space_is_avoided() -> None:
    def share_of_it(fails: bool) -> float:
        trials = searched(40, "random")
        for trial in trials:
            if fails and trial.params["x"] > 1e-2:
                trial.state, trial.epochs = "failed", {}
        return sum(propose(SPACE, trials, sampler="tpe", seed=seed)["x"] > 1e-2 for seed in range(40)) / 40

    assert share_of_it(fails=True) < share_of_it(fails=False) / 2


def test_a_space_without_freedom_needs_no_sampler() -> None:
    assert propose({}, [], sampler="tpe", seed=0) == {}
