"""A trial: its values, and which one is the best."""

from search.algorithm.trial import Trial, best
from tests.search.algorithm.conftest import metrics


def test_the_best_has_the_highest_last_value() -> None:
    short = Trial(1, {}, {1: metrics(0.9)}, "paused")
    long = Trial(2, {}, {1: metrics(0.95), 9: metrics(0.6)}, "complete")
    failed = Trial(3, {}, {9: metrics(0.99)}, "failed")
    assert best([short, long, failed]) is short
    assert best([]) is None
    assert best([Trial(0, {})]) is None


def test_of_equals_the_one_trained_further_is_the_best_and_then_the_earlier() -> None:
    short, long = Trial(0, {}, {1: metrics(0.5)}), Trial(1, {}, {1: metrics(0.2), 2: metrics(0.5)})
    assert best([short, long]) is long
    assert best([long, Trial(2, {}, long.epochs)]) is long
