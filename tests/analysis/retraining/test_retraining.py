"""A retraining without an executor: what becomes of epochs, failures and lost checkpoints."""

import dataclasses
from pathlib import Path

import pytest

from analysis.retraining import storage
from analysis.retraining.record import Record
from analysis.retraining.retraining import Retraining
from search.algorithm.trial import Trial
from tests.analysis.finished_run import make_record, make_run
from tests.plans import small_plan

METRICS = {"val_accuracy": 0.5, "loss": 1.0, "images": 64.0, "seconds": 2.0}


@pytest.fixture
def start(tmp_path: Path) -> Record:
    """The record of a retraining of two configurations and two seeds that has not begun."""
    record = make_record(make_run(tmp_path / "runs"))
    configurations = tuple(
        dataclasses.replace(configuration, trainings=()) for configuration in record.configurations
    )
    return dataclasses.replace(record, configurations=configurations, seeds=(1, 2), epochs=2, tested=0)


def begin(start: Record, told: list[Trial] | None = None) -> Retraining:
    return Retraining(small_plan(epochs=2), start, (told if told is not None else []).append)


def train(retraining: Retraining, trial: Trial, **metrics: float) -> bool:
    record = {"epoch": trial.epoch + 1, **METRICS, **metrics}
    return retraining.driver.step(trial, {"record": record})


def test_every_configuration_is_trained_with_every_seed_and_each_epoch_is_on_disk(start: Record) -> None:
    told: list[Trial] = []
    retraining = begin(start, told)
    while trial := retraining.driver.next():
        while train(retraining, trial):
            pass
        saved = storage.read(start.folder)
        assert saved and len(saved.missing) == 4 - len(told) // 2
    assert len(told) == 8
    assert retraining.driver.finished and retraining.record.missing == ()


def test_a_loss_that_is_nan_is_a_result_and_an_exception_is_none(start: Record) -> None:
    retraining = begin(start)
    diverged, raised = retraining.driver.next(), retraining.driver.next()
    assert diverged and raised
    train(retraining, raised)
    train(retraining, diverged, loss=float("nan"))
    retraining.driver.step(raised, {"failed": "out of memory", "traceback": "trace"})
    assert list(retraining.errors.values()) == ["out of memory"]
    trainings = [
        training for configuration in retraining.record.configurations for training in configuration.trainings
    ]
    assert sorted(training.failed for training in trainings) == ["", "loss is nan at epoch 1"]


def test_a_training_whose_checkpoint_is_lost_is_trained_again(start: Record) -> None:
    retraining = begin(start)
    while trial := retraining.driver.next():
        while train(retraining, trial):
            pass
    again = begin(retraining.record)  # no checkpoint was ever written
    assert [trial.epochs for trial in again.trials] == [{}] * 4
