"""The results in a run's folder: read while it is written, and only as current as the best trial."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from analysis.evidence import Evidence, read
from search.runs.run import RunError
from tests.analysis.figures.example_runs import finished_trials
from tests.analysis.finished_run import GOOD, POOR, make_record, make_run


def test_a_finished_run_that_was_not_retrained(tmp_path: Path) -> None:
    evidence = read(make_run(tmp_path))
    assert evidence.name == "cifar_residual/first" and evidence.question.startswith(
        "CIFAR-10 with residual blocks"
    )
    assert evidence.finished and evidence.best is not None and evidence.best.number == 9
    assert len(evidence.trials) == evidence.plan.trials == 12
    assert evidence.record is None and evidence.tested == {}


def test_a_study_that_is_not_shipped_has_its_name_as_question(tmp_path: Path) -> None:
    assert read(make_run(tmp_path, "my_study")).question == "my_study"


def test_an_unfinished_search_has_a_best_so_far_and_nothing_measured_on_unused_images(tmp_path: Path) -> None:
    evidence = read(make_run(tmp_path, trials=finished_trials(7)))
    assert not evidence.finished and evidence.best is not None
    assert evidence.unused_validation is None and evidence.gain is None


def test_the_gain_over_the_default_has_a_p_value_that_agrees_with_its_interval(tmp_path: Path) -> None:
    gain = read(make_run(tmp_path)).gain
    assert gain is not None and gain.estimate == 0.03 and gain.seeds == 1
    assert (gain.interval.low, gain.interval.high) == pytest.approx((0.018, 0.042))
    assert gain.p < 0.05


def with_measurement(evidence: Evidence, **changes: float) -> Evidence:
    """Return the same results with another measurement on unused validation images."""
    best = evidence.run_record.best
    assert best is not None and best.unused_validation is not None
    unused = dataclasses.replace(best.unused_validation, **changes)
    record = dataclasses.replace(
        evidence.run_record, best=dataclasses.replace(best, unused_validation=unused)
    )
    return dataclasses.replace(evidence, run_record=record)


def test_a_gain_within_its_interval_is_not_significant(tmp_path: Path) -> None:
    evidence = read(make_run(tmp_path))
    close = with_measurement(evidence, gain=0.0119, gain_95=0.012).gain
    none = with_measurement(evidence, gain=0.0, gain_95=0.0).gain
    assert close is not None and close.p > 0.05
    assert none is not None and none.p == 1.0


def test_a_measurement_of_another_trial_than_the_best_is_not_used(tmp_path: Path) -> None:
    trials = finished_trials(12)
    trials[3].epochs[6]["val_accuracy"] = 0.99
    evidence = read(make_run(tmp_path, trials=trials))
    assert evidence.best is not None and evidence.best.number == 3
    assert evidence.unused_validation is None


def test_tested_configurations_have_accuracies_and_the_kept_model(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    make_record(folder)
    tested = read(folder).tested
    assert list(tested) == ["best", "default"]
    assert tested["best"].accuracies == pytest.approx(GOOD) and tested["default"].accuracies == pytest.approx(
        POOR
    )
    assert tested["best"].kept.seed == 3  # of the highest validation accuracy
    assert np.mean(tested["best"].right_of_kept) == pytest.approx(max(GOOD))


def test_a_folder_that_is_not_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError):
        read(tmp_path)
