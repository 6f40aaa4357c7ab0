"""Parallel coordinates: one line per trial, darker for better trials."""

import numpy as np
from matplotlib.colors import to_rgb

from analysis.figures import _hyperparameter, parallel_coordinates
from search.algorithm.trial import Trial
from tests.analysis.figures.conftest import text_of
from tests.analysis.figures.example_runs import PLAN, SPACE, finished_trials


def test_better_trials_are_darker() -> None:
    trials = finished_trials()
    figure = parallel_coordinates.figure(trials, PLAN)
    assert "The trials that reached epoch 6 (7)" in text_of(figure)

    def darkness(trial: Trial) -> float:
        rows = [_hyperparameter.position(trial.params[n], d, trial.number) for n, d in SPACE.items()]
        line = next(line for line in figure.axes[0].lines if list(line.get_xdata()) == rows)
        return 1 - float(np.dot(to_rgb(line.get_color()), (0.2126, 0.7152, 0.0722)))

    complete = sorted((t for t in trials if t.state == "complete"), key=lambda trial: trial.value)
    tones = [darkness(trial) for trial in complete]
    assert tones == sorted(tones)
    assert darkness(trials[1]) < 0.2  # stopped: grey, and light
