"""The record of a retraining: what it still lacks, and what its trainings are called."""

import dataclasses
from pathlib import Path

from tests.analysis.finished_run import make_record, make_run


def test_what_is_missing_is_named_and_a_failed_training_is_not(tmp_path: Path) -> None:
    record = make_record(make_run(tmp_path / "runs"))
    assert record.missing == ()
    assert dataclasses.replace(record, seeds=(1, 2, 3, 4)).missing == (("best", 4), ("default", 4))
    best, default = record.configurations
    short = dataclasses.replace(best.trainings[0], epochs={1: best.trainings[0].epochs[1]})
    failed = dataclasses.replace(short, failed="loss is nan")
    for training, missing in ((short, (("best", 1),)), (failed, ())):
        changed = dataclasses.replace(best, trainings=(training, *best.trainings[1:]))
        assert dataclasses.replace(record, configurations=(changed, default)).missing == missing


def test_every_training_has_a_name_that_stays_when_seeds_are_added(tmp_path: Path) -> None:
    record = make_record(make_run(tmp_path / "runs"))
    more = dataclasses.replace(record, seeds=(1, 2, 3, 4)).names
    assert record.names.items() <= more.items()
    assert set(more.values()) >= {"best, seed 1", "default, seed 4"}
    assert record.run == "cifar_residual/first"
