"""The search as a pure rule: what it trains next, and when it is finished."""

import itertools
import math

import numpy as np
import pytest

from search.algorithm.rule import RETRIES, Rule
from search.algorithm.trial import Trial, best


def curve(number: int, epoch: int) -> float:
    """A made-up learning curve: trials differ, and all get better."""
    return float(np.random.default_rng(number).random() * 0.5 + 0.3 * (1 - math.exp(-epoch / 4)))


def metrics(value: float) -> dict[str, float]:
    return {"val_accuracy": value, "loss": 1 - value, "images": 10, "seconds": 0.1}


def make(target: int, trials: list[Trial] | None = None, levels: tuple[int, ...] = (1, 3, 9)) -> Rule:
    return Rule(
        trials or [],
        target=target,
        levels=levels,
        eta=3,
        propose=lambda known: {"x": len(known)},
        compiled=str,
    )


def train(rule: Rule, stop_after: int | None = None) -> list[tuple[int, int]]:
    """Train one trial at a time; return (trial, epoch) as trained."""
    trained: list[tuple[int, int]] = []
    while trial := rule.next():
        for epoch in itertools.count(trial.epoch + 1):
            trained.append((trial.number, epoch))
            goes_on = rule.report(trial, epoch, metrics(curve(trial.number, epoch)))
            if stop_after is not None and len(trained) >= stop_after:
                return trained
            if not goes_on:
                break
    return trained


def test_a_search_trains_all_trials_and_a_third_of_each_rung_further() -> None:
    rule = make(27)
    train(rule)
    assert rule.finished
    reached = [sum(level in trial.epochs for trial in rule.trials) for level in (1, 3, 9)]
    assert reached[0] == 27
    assert 9 <= reached[1] <= 12  # asynchronous: a few are promoted that later ones overtake
    assert 3 <= reached[2] <= 5
    assert {trial.state for trial in rule.trials} == {"paused", "complete"}
    assert {trial.state for trial in rule.end()} == {"stopped"}


def test_nothing_is_trained_twice() -> None:
    trained = train(make(20))
    assert len(trained) == len(set(trained))


@pytest.mark.parametrize("target", [1, 2, 3])
def test_the_smallest_search_ends_with_a_complete_trial(target: int) -> None:
    rule = make(target)
    train(rule)
    found = best(rule.trials)
    assert found is not None
    assert found.epoch == 9
    assert rule.finished


def test_the_default_configuration_is_trained_to_the_end() -> None:
    rule = make(6)
    trained = train(rule)
    assert [epoch for number, epoch in trained[:9] if number == 0] == list(range(1, 10))


def test_stopped_anywhere_and_read_back_it_decides_the_same() -> None:
    whole = make(12)
    sequence = train(whole)
    for cut in range(1, len(sequence)):
        broken = make(12)
        done = train(broken, stop_after=cut)
        # As read from a journal: numbers, parameters and curves, and how those that ended did.
        kept = [
            Trial(t.number, t.params, t.epochs, t.state if t.state in ("complete", "failed") else "waiting")
            for t in broken.trials
        ]
        again = make(12, kept)
        assert done + train(again) == sequence, cut
        assert again.trials == whole.trials


def test_read_back_between_its_last_epoch_and_its_end_a_trial_has_ended() -> None:
    whole = Trial(0, {}, {9: metrics(0.6)})
    wrong = Trial(1, {}, {1: {**metrics(0.1), "loss": math.nan}})
    rule = make(2, [whole, wrong])
    assert (whole.state, wrong.state) == ("complete", "failed")
    assert rule.finished


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_fails_the_trial_and_the_search_goes_on(wrong: float) -> None:
    rule = make(4)
    trial = rule.next()
    assert trial is not None
    assert not rule.report(trial, 1, {**metrics(0.5), "loss": wrong})
    assert trial.state == "failed"
    assert trial.reason == f"loss is {wrong} at epoch 1"
    train(rule)
    assert rule.finished
    assert [t.state for t in rule.trials].count("failed") == 1


def test_a_dead_worker_is_replaced_twice_and_then_the_trial_fails() -> None:
    rule = make(2)
    for death in range(RETRIES + 1):
        trial = rule.next()
        assert trial is not None
        assert trial.number == 0, death
        rule.died(trial, "killed")
    assert trial.state == "failed"
    assert "3 times: killed" in trial.reason
    train(rule)
    assert rule.finished


def test_several_at_a_time_get_different_trials() -> None:
    rule = make(5)
    taken = [rule.next() for _ in range(5)]
    assert [trial.number for trial in taken if trial] == [0, 1, 2, 3, 4]
    assert rule.next() is None
    assert not rule.finished


def test_a_worker_gets_what_waits_for_the_step_that_it_has_compiled() -> None:
    given = [Trial(number, {"depth": depth}) for number, depth in enumerate([1, 1, 1, 2, 2, 3])]
    rule = Rule(
        given, target=6, levels=(1,), eta=3, propose=lambda _: {}, compiled=lambda point: point["depth"]
    )
    one, other = rule.next(), rule.next()
    assert one and other
    taken = [(one.number, other.number)]
    while one or other:
        for trial in (one, other):
            if trial:
                rule.report(trial, 1, metrics(0.5))
        one, other = one and rule.next(after=one), other and rule.next(after=other)
        taken.append((one.number if one else None, other.number if other else None))
    # No depth is compiled twice while there is another to compile; at the end nobody is left idle for it.
    assert taken == [(0, 3), (1, 4), (2, 5), (None, None)]
    assert rule.finished


def test_an_extended_search_trains_only_what_is_new() -> None:
    first = make(9)
    before = set(train(first))
    first.end()
    more = make(18, first.trials)
    after = train(more)
    assert not before & set(after)
    assert len(more.trials) == 18
    assert more.finished


def test_the_best_is_the_best_of_those_that_went_furthest() -> None:
    short = Trial(1, {}, {1: metrics(0.9)}, "stopped")
    long = Trial(2, {}, {1: metrics(0.1), 9: metrics(0.6)}, "complete")
    failed = Trial(3, {}, {9: metrics(0.99)}, "failed")
    assert best([short, long, failed]) is long
    assert best([]) is None
    assert best([Trial(0, {})]) is None
