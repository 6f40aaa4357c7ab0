"""The optimization history: the best value so far, and its standard error."""

from analysis.figures import optimization_history
from tests.analysis.figures.conftest import text_of
from tests.analysis.figures.example_runs import PLAN, finished_trials, make_trial


def test_the_best_so_far_is_the_best_of_those_trained_the_most_epochs() -> None:
    trials = [
        make_trial(0, [0.2, 0.3], "stopped"),
        make_trial(1, [0.9], "failed"),
        make_trial(2, [0.2, 0.4], "stopped"),
        make_trial(3, [0.1] * 6, "complete"),
        make_trial(4, [0.2, 0.8], "stopped"),
        make_trial(5, [0.2] * 6, "complete"),
        make_trial(6, [], "waiting"),
    ]
    history = [(0, 0.3), (2, 0.4), (3, 0.1), (4, 0.1), (5, 0.2)]
    assert optimization_history.best_so_far(trials, PLAN) == history


def test_the_note_gives_the_standard_error_of_a_value() -> None:
    # √(0.57 · 0.43 / 1000) is 0.016
    assert "on 1,000 images is about 0.016" in text_of(optimization_history.figure(finished_trials(), PLAN))
