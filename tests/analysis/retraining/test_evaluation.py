"""What is printed of a tested retraining: accuracies with their intervals, and no claim beyond them."""

import dataclasses
from pathlib import Path

import pytest

from analysis.retraining.evaluation import lines
from analysis.retraining.record import Record
from tests.analysis.finished_run import make_record, make_run


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """Three seeds each of a good best and a poor default."""
    record = make_record(make_run(tmp_path / "runs"))
    return dataclasses.replace(record, opened=record.opened[:1])


def test_each_configuration_is_a_line_over_its_seeds_and_the_last_compares_them(record: Record) -> None:
    title, best, default, comparison = lines(record)
    assert "cifar_residual/first on 400 test images" in title
    assert "best (trial 9): accuracy 0.7500 (3 seeds" in best and "95 % interval" in best
    assert "default (trial 0): accuracy 0.6000 (3 seeds" in default
    assert "best over default: +15.0 points" in comparison


def test_one_seed_has_the_interval_of_its_images(record: Record) -> None:
    configurations = tuple(
        dataclasses.replace(configuration, trainings=configuration.trainings[:1])
        for configuration in record.configurations
    )
    text = "\n".join(lines(dataclasses.replace(record, configurations=configurations)))
    assert "1 seed, 95 % interval of this model over images" in text


def test_trainings_that_failed_are_counted_and_not_averaged(record: Record) -> None:
    best, default = record.configurations
    failed = [dataclasses.replace(training, logits=None, failed="loss is nan") for training in best.trainings]
    some = dataclasses.replace(best, trainings=(failed[0], *best.trainings[1:]))
    assert "1 of 3 trainings failed" in lines(dataclasses.replace(record, configurations=(some, default)))[1]
    none = dataclasses.replace(best, trainings=tuple(failed))
    rows = lines(dataclasses.replace(record, configurations=(none, default)))
    assert "no accuracy; 3 of 3 trainings failed" in rows[1]
    assert len(rows) == 3, "nothing is compared"
