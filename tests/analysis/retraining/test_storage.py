"""The record of a retraining on disk: what is read back, and what is refused in one line."""

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest

from analysis.retraining import storage
from analysis.retraining.record import Record
from search.runs.run import RunError
from tests.analysis.finished_run import make_record, make_run


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """The record of a retraining with three seeds of best and default."""
    return make_record(make_run(tmp_path / "runs"))


def file_of(record: Record) -> Path:
    return record.folder / "report" / storage.FILE


def test_what_is_written_is_read_back(record: Record) -> None:
    copy = storage.read(record.folder)
    assert copy
    plain = [field.name for field in dataclasses.fields(Record) if field.name not in storage_arrays()]
    assert [getattr(copy, name) for name in plain] == [getattr(record, name) for name in plain]
    for mine, other in zip(copy.configurations, record.configurations, strict=True):
        assert (mine.name, mine.params, mine.parameters) == (other.name, other.params, other.parameters)
        for training, original in zip(mine.trainings, other.trainings, strict=True):
            assert training.epochs == original.epochs
            assert training.logits is not None and original.logits is not None
            assert np.array_equal(training.logits, original.logits)


def storage_arrays() -> set[str]:
    """Return the fields that hold arrays, or what stands in other files."""
    return {"labels", "examples", "configurations", "opened"}


def test_a_loss_that_is_nan_survives(record: Record) -> None:
    best = record.configurations[0]
    diverged = dataclasses.replace(best.trainings[0], epochs={1: {"loss": math.nan}}, failed="loss is nan")
    configuration = dataclasses.replace(best, trainings=(diverged, *best.trainings[1:]))
    storage.write(dataclasses.replace(record, configurations=(configuration, record.configurations[1])))
    copy = storage.read(record.folder)
    assert copy and math.isnan(copy.configurations[0].trainings[0].epochs[1]["loss"])


def test_a_record_without_a_format_number_is_read(record: Record) -> None:
    values = json.loads(file_of(record).read_text())
    assert values.pop("format") == storage.FORMAT
    file_of(record).write_text(json.dumps(values))
    copy = storage.read(record.folder)
    assert copy and copy.seeds == record.seeds


def test_a_record_says_whether_the_validation_images_were_trained_on_and_an_older_one_that_they_were_not(
    record: Record,
) -> None:
    storage.write(dataclasses.replace(record, with_validation=True))
    copy = storage.read(record.folder)
    assert copy and copy.with_validation
    values = json.loads(file_of(record).read_text())
    del values["with_validation"]
    file_of(record).write_text(json.dumps({**values, "format": 2}))
    older = storage.read(record.folder)
    assert older and not older.with_validation and older.seeds == record.seeds


def test_a_later_format_is_not_called_damaged(record: Record) -> None:
    values = json.loads(file_of(record).read_text())
    file_of(record).write_text(json.dumps({**values, "format": 99}))
    with pytest.raises(RunError, match=r"retrain\.json was made by a later version of this program: .* 99"):
        storage.read(record.folder)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "3", '{"format": 2}', "[" * 100_000, '{"seeds": '],
    ids=["empty", "list", "number", "fields", "deep", "cut"],
)
def test_nonsense_is_one_line_that_names_the_file(record: Record, text: str) -> None:
    file_of(record).write_text(text)
    with pytest.raises(RunError, match=r"retrain\.json or a file beside it is damaged") as raised:
        storage.read(record.folder)
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize(("field", "value"), [("epochs", "many"), ("seeds", [1.5]), ("classes", None)])
def test_a_field_of_another_type_is_damage(record: Record, field: str, value: object) -> None:
    values = json.loads(file_of(record).read_text())
    file_of(record).write_text(json.dumps({**values, field: value}))
    with pytest.raises(RunError, match=rf"\$\.{field}"):
        storage.read(record.folder)


def test_without_a_retraining_there_is_none(tmp_path: Path) -> None:
    assert storage.read(make_run(tmp_path / "runs")) is None
