"""Two objectives: the front is what no other trial beats, and the sampler looks for all of it."""

import math

import pytest
from optuna.distributions import FloatDistribution

from search.algorithm import samplers
from search.algorithm.objectives import COSTS, ObjectiveError, cost_of, front, parse
from search.algorithm.trial import State, Trial


def trial(number: int, value: float, cost: float, state: State = "complete", x: float = 0.5) -> Trial:
    first = {"val_accuracy": value, "parameters": cost, "images": 1.0, "seconds": 1.0}
    return Trial(number, {"x": x}, {1: first}, state)


def test_the_front_is_what_no_other_trial_beats_by_growing_cost() -> None:
    trials = [
        trial(0, 0.7, 100),
        trial(1, 0.6, 50),
        trial(2, 0.6, 60),  # as accurate as 1, and larger
        trial(3, 0.5, 70),  # worse in both
        trial(4, 0.8, 100),  # better than 0 at the same cost
        trial(5, 0.9, 10, "stopped"),  # not of full length
        trial(6, 0.9, 10, "failed"),
        trial(7, 0.8, 100),  # the same as 4
    ]
    assert [each.number for each in front(trials, "parameters")] == [1, 4]
    assert front([], "parameters") == []


def test_the_cost_of_a_trial_is_that_of_its_first_epoch() -> None:
    own = trial(0, 0.5, 30)
    own.epochs[2] = {"val_accuracy": 0.6}
    assert cost_of(own, "parameters") == 30
    assert cost_of(Trial(1, {}), "parameters") == math.inf


def test_an_objective_that_does_not_exist_is_told_which_do() -> None:
    assert parse("val_accuracy") == ("val_accuracy", "")
    assert parse("balanced_accuracy") == ("val_balanced_accuracy", "")
    assert [parse(f"val_accuracy,{cost}") for cost in COSTS] == [("val_accuracy", cost) for cost in COSTS]
    for wrong in ("accuracy", "val_accuracy,", "val_accuracy,speed", "parameters,val_accuracy", ""):
        with pytest.raises(
            ObjectiveError, match="val_accuracy, balanced_accuracy, .* or one of them with a cost"
        ):
            parse(wrong)


def test_tpe_looks_for_the_whole_front_and_is_a_pure_function() -> None:
    """Accuracy grows with x up to 0.5 and no more, the cost grows all the way: the front is below 0.5."""
    space = {"x": FloatDistribution(0.0, 1.0)}

    def search(cost: str) -> list[float]:
        trials: list[Trial] = []
        for number in range(40):
            x = samplers.suggest("tpe", space, trials, 3, 1, cost=cost)["x"]
            assert x == samplers.suggest("tpe", space, trials, 3, 1, cost=cost)["x"]
            trials.append(trial(number, min(x, 0.5), 1000 * x + 10, x=x))
        return [each.params["x"] for each in trials[20:]]

    both, accuracy = search("parameters"), search("")
    assert sum(x < 0.5 for x in both) > sum(x < 0.5 for x in accuracy)
    assert min(both) < 0.2, "the cheap end of the front too"


def test_failed_and_running_trials_are_shown_to_it() -> None:
    space = {"x": FloatDistribution(0.0, 1.0)}
    trials = [trial(0, 0.5, 30), Trial(1, {"x": 0.1}, state="failed"), Trial(2, {"x": 0.2}, state="running")]
    assert 0 <= samplers.suggest("tpe", space, trials, 0, 1, cost="parameters")["x"] <= 1
    assert 0 <= samplers.suggest("tpe", space, trials[1:], 0, 1, cost="parameters")["x"] <= 1
