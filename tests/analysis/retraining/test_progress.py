"""The progress of a retraining: a line for each training that has ended."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pytest

import analysis.retraining.progress
from analysis.retraining.progress import Progress
from analysis.retraining.trainings import number
from search.algorithm.trial import Trial
from search.command import live
from tests.analysis.finished_run import make_record, make_run


def test_a_log_file_has_a_line_an_epoch_with_the_time_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    clock = SimpleNamespace(monotonic=lambda: now)
    monkeypatch.setattr(analysis.retraining.progress, "time", clock)
    record = dataclasses.replace(make_record(make_run(tmp_path / "runs")), epochs=30)
    metrics = {"val_accuracy": 0.5, "seconds": 2.0, "images": 64.0}
    trial = Trial(number(0, 1), {}, {}, "running")
    total = 30 * len(record.names)
    with Progress(record) as progress:
        progress.show([trial])
        for epoch, seconds in ((1, 60.0), (2, 3.0), (3, 3.0), (4, 54.0)):
            now += seconds
            trial.epochs[epoch] = metrics
            progress.tell(trial)
    assert capsys.readouterr().err.splitlines() == [
        f"best, seed 1: epoch 1 of 30, val_accuracy 0.5000 · 1/{total} epochs · 1:00 elapsed, about "
        f"{live.clock(60 * (total - 1))} left",
        f"best, seed 1: epoch 4 of 30, val_accuracy 0.5000 · 4/{total} epochs · 2:00 elapsed, about "
        f"{live.clock(30 * (total - 4))} left",
    ]


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


def test_of_a_training_with_validation_it_shows_the_loss(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_record(make_run(tmp_path / "runs"), with_validation=True)
    trial = Trial(number(0, 1), {}, {1: {"loss": 0.25, "seconds": 2.0, "images": 64.0}}, "running")
    with Progress(dataclasses.replace(made, epochs=1)) as progress:
        progress.tell(trial)
    assert capsys.readouterr().err == "best, seed 1: 1 epochs, loss 0.2500, 2 s\n"
