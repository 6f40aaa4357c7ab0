"""Slices: one panel per hyperparameter, with all trials at the first rung and some at the last."""

import math

import numpy as np
import pytest

from analysis.figures import slices
from tests.analysis.figures.example_runs import PLAN, SPACE, finished_trials


def test_all_trials_are_drawn_at_the_first_rung_and_the_complete_ones_at_the_last() -> None:
    trials = finished_trials()
    figure = slices.figure(trials, PLAN)
    panels = {axes.get_title(): axes for axes in figure.axes if axes.get_title()}
    assert list(panels) == list(SPACE)
    first, last, *_ = panels["learning_rate"].collections
    expected = [trial.value_at(2) for trial in trials if trial.state != "failed"]
    assert np.asarray(first.get_offsets())[:, 1] == pytest.approx(expected)
    complete = [trial for trial in trials if trial.state == "complete"]
    assert np.asarray(last.get_offsets())[:, 1] == pytest.approx([trial.value for trial in complete])
    rates = [(math.log10(trial.params["learning_rate"]) + 4) / 3 for trial in complete]
    assert np.asarray(last.get_offsets())[:, 0] == pytest.approx(rates)
