"""A fixed list of configurations."""

from search.algorithm.schedulers.fixed import make
from search.algorithm.trial import Trial
from tests.search.algorithm.conftest import metrics, train


def test_each_is_trained_to_its_end_and_nothing_else() -> None:
    done = Trial(7, {"x": 1}, {epoch: metrics(0.5) for epoch in (1, 2, 3)})
    failed = Trial(8, {"x": 1}, {1: metrics(0.5)}, "failed", "loss is nan at epoch 1")
    begun, new = Trial(9, {"x": 2}, {1: metrics(0.5)}), Trial(4, {"x": 3})
    scheduler = make([done, failed, begun, new], epochs=3, compiled=str)
    assert train(scheduler) == [(9, 2), (9, 3), (4, 1), (4, 2), (4, 3)]
    assert [trial.state for trial in scheduler.pool.trials] == ["complete", "failed", "complete", "complete"]
    assert scheduler.finished


def test_an_empty_list_is_finished() -> None:
    assert make([], epochs=3, compiled=str).finished
