"""The progress of a retraining: a line for each training that has ended."""

import dataclasses
from pathlib import Path

import pytest

from analysis.retraining.progress import Progress
from analysis.retraining.trainings import number
from search.algorithm.trial import Trial
from tests.analysis.finished_run import make_record, make_run


def test_a_training_that_has_ended_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = dataclasses.replace(make_record(make_run(tmp_path / "runs")), epochs=2)
    metrics = {"val_accuracy": 0.5, "seconds": 2.0, "images": 64.0}
    trial = Trial(number(0, 1), {}, {1: metrics}, "running")
    with Progress(record) as progress:
        progress.tell(trial)
        assert capsys.readouterr().err == ""
        trial.epochs[2] = metrics
        progress.tell(trial)
        failed = Trial(number(1, 2), {}, {1: metrics}, "failed", "loss is nan at epoch 1")
        progress.tell(failed)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "best, seed 1: 2 epochs, val_accuracy 0.5000, 4 s"
    assert lines[1].startswith("default, seed 2: 1 epochs, failed: loss is nan at epoch 1")
