"""A trial: its values, and which one is the best."""

from search.algorithm.trial import Trial, best
from tests.search.algorithm.conftest import metrics


def test_the_best_is_the_best_of_those_that_went_furthest() -> None:
    short = Trial(1, {}, {1: metrics(0.9)}, "stopped")
    long = Trial(2, {}, {1: metrics(0.1), 9: metrics(0.6)}, "complete")
    failed = Trial(3, {}, {9: metrics(0.99)}, "failed")
    assert best([short, long, failed]) is long
    assert best([]) is None
    assert best([Trial(0, {})]) is None
