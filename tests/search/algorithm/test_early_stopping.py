"""Schedulers that pause nothing."""

from search.algorithm.early_stopping import EarlyStopping
from search.algorithm.scheduler import Description
from search.algorithm.trial import Trial
from tests.search.algorithm.conftest import metrics, pool


def stopping_at(epoch: int, trials: list[Trial] | None = None) -> EarlyStopping:
    return EarlyStopping(
        pool(3, trials),
        stops=lambda trial: trial.epoch == epoch,
        expected=lambda: 5,
        description=Description("stops", (9,), 2),
    )


def test_a_rule_is_asked_after_each_epoch_but_not_of_the_default() -> None:
    scheduler = stopping_at(2)
    default, other = scheduler.next(), scheduler.next()
    assert default and other
    assert scheduler.report(default, 1, metrics(0.5)) and scheduler.report(default, 2, metrics(0.5))
    assert scheduler.report(other, 1, metrics(0.5)) and not scheduler.report(other, 2, metrics(0.5))
    assert (default.state, other.state) == ("running", "stopped")


def test_a_trial_read_back_at_its_stop_has_ended() -> None:
    default, other = Trial(0, {}, {1: metrics(0.5)}), Trial(1, {}, {2: metrics(0.5)})
    stopping_at(2, [default, other])
    assert (default.state, other.state) == ("waiting", "stopped")
