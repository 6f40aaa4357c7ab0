"""The picture of the front: every trial of full length at its place, and a line through the best ones."""

from dataclasses import replace

import pytest

from analysis.figures import front
from search.algorithm import objectives
from search.algorithm.trial import Trial
from tests.analysis.figures.example_runs import PLAN, finished_trials

PAIR = replace(PLAN, cost="parameters")


def with_costs() -> list[Trial]:
    trials = finished_trials()
    for trial in trials:
        if trial.epochs:
            trial.epochs[1] = trial.epochs[1] | {"parameters": 1000.0 * (1 + trial.number % 4)}
    return trials


def test_trials_of_full_length_are_drawn_with_cost_and_accuracy() -> None:
    trials = with_costs()
    (axes,) = front.figure(trials, PAIR).axes
    drawn = {line.get_label(): line.get_xydata().tolist() for line in axes.get_lines()}
    chosen = objectives.front(trials, "parameters")
    points = [[objectives.cost_of(trial, "parameters"), trial.value] for trial in chosen]
    assert drawn["on the front"] == [pytest.approx(point) for point in points]
    complete = [trial for trial in trials if trial.state == "complete"]
    assert len(drawn["another trial is as good and costs no more"]) == len(complete) - len(chosen)
    assert axes.get_xscale() == "log"


def test_without_a_complete_trial_it_says_so() -> None:
    figure = front.figure([], PAIR)
    assert any("No trial is complete yet." in text.get_text() for text in figure.texts)
