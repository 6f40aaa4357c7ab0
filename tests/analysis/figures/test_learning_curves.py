"""Learning curves: one line per trial, the best and the default highlighted, rungs dotted."""

from analysis.figures import learning_curves
from tests.analysis.figures.conftest import text_of
from tests.analysis.figures.example_runs import PLAN, finished_trials


def test_each_trial_has_a_line_and_the_best_and_the_default_are_highlighted() -> None:
    trials = finished_trials()
    figure = learning_curves.figure(trials, PLAN)
    assert "best: trial 9, 0.57" in text_of(figure) and "default: trial 0, 0.47" in text_of(figure)
    curves = [line for line in figure.axes[0].lines if list(line.get_xdata())[:1] == [1]]
    for trial in trials:
        lines = [
            line for line in curves if list(line.get_ydata()) == [trial.value_at(e) for e in trial.epochs]
        ]
        assert len(lines) == (2 if trial.number in (0, 9) else 1), trial.number
        assert (max(line.get_linewidth() for line in lines) > 2) == (trial.number in (0, 9))
    rungs = [line.get_xdata()[0] for line in figure.axes[0].lines if line.get_linestyle() == ":"]
    assert rungs == [2, 6]


def test_marks_distinguish_stopped_complete_and_failed_trials() -> None:
    axes = learning_curves.figure(finished_trials(), PLAN).axes[0]
    looks = {(len(line.get_xdata()), line.get_marker()) for line in axes.lines if line.get_linewidth() < 2}
    assert {(6, "o"), (2, "x"), (1, "X")} <= looks
