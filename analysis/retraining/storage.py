"""The record of a retraining on disk, so that reports and comparisons read it and train nothing.

runs/STUDY/NAME/report/retrain.json    configurations, seeds, curves: replaced after every epoch
                      /test-N.npz      what the N-th opening of the test set gave: labels, logits, examples
                      /checkpoints/    the last of each training
runs/STUDY/NAME/test_openings.jsonl    every opening of the test set (analysis/retraining/openings.py)

JSON and plain arrays: reading runs no code. A file is written beside the old one, flushed to disk and renamed
over it, so it is there as a whole or not at all. `retrain.json` has a format number since format 2; format 1
is the same without it. Since format 3, the images may be of the training and the validation split together,
and it has the objective.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from analysis.retraining.openings import openings
from analysis.retraining.record import Record
from analysis.retraining.trainings import REPORT, Configuration, Examples, Training, checkpoint_path, label
from data.store.atomic import atomic_write
from search.algorithm.trial import OBJECTIVE
from search.runs.run import RunError

FILE = "retrain.json"
FORMAT = 3


@dataclass(frozen=True)
class StoredTraining:
    """A `Training`, without what stands elsewhere."""

    seed: int
    epochs: Mapping[int, Mapping[str, float]]
    failed: str


@dataclass(frozen=True)
class StoredConfiguration:
    """A `Configuration`."""

    name: str
    trial: int
    params: Mapping[str, Any]
    parameters: int | None
    trainings: tuple[StoredTraining, ...]


@dataclass(frozen=True)
class StoredRecord:
    """A `Record`, without its folder, its arrays and the openings."""

    study: str
    question: str
    dataset: str
    fingerprint: str
    classes: tuple[str, ...]
    epochs: int
    train_images: int
    seeds: tuple[int, ...]
    command: str
    versions: Mapping[str, str]
    commit: str | None
    seconds: float
    tested: int
    test_fingerprint: str | None
    configurations: tuple[StoredConfiguration, ...]
    with_validation: bool = False
    format: int = FORMAT
    objective: str = OBJECTIVE


def read(folder: Path, report: str = REPORT) -> Record | None:
    """Return the record of a run's folder; None where nothing was retrained yet.

    Args:
        folder: of the run.
        report: the folder in it that holds the record.

    Raises:
        RunError: it is damaged, or a later version has written it.
    """
    file = folder / report / FILE
    if not file.exists():
        return None
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        number = values.get("format", 1)
        if isinstance(number, int) and number > FORMAT:
            raise RunError(
                f"{file} was made by a later version of this program: it has format {number}, this version "
                f"reads formats up to {FORMAT}"
            )
        return _record(folder, msgspec.convert(values, StoredRecord, str_keys=True), report)
    except OSError as error:
        raise RunError(f"cannot read {error.filename}: {error.strerror}") from None
    except RunError:
        raise
    except Exception as error:  # of whatever type damaged arrays end in
        reason = " ".join(str(error).split())[:200]
        raise RunError(f"{file} or a file beside it is damaged: {type(error).__name__}: {reason}") from None


def earlier(folder: Path) -> list[Record]:
    """Return the records of retrainings that a later one has replaced, the latest first.

    Raises:
        RunError: one is damaged, or a later version has written it.
    """
    numbered = [path for path in folder.glob(f"{REPORT}-*") if path.name[len(REPORT) + 1 :].isdecimal()]
    ordered = sorted(numbered, key=lambda path: -int(path.name[len(REPORT) + 1 :]))
    return [record for path in ordered if (record := read(folder, path.name))]


def write(record: Record) -> None:
    """Replace a run's record, but for the openings, which `analysis.retraining.openings.add` writes.

    Raises:
        OSError: the disk is full, or the folder cannot be written.
    """
    report = record.folder / REPORT
    report.mkdir(exist_ok=True)
    # The arrays first: what the new `retrain.json` names is there when it is.
    arrays = _test_file(report, record.tested)
    if record.tested and not arrays.exists():
        with atomic_write(arrays) as stream:
            np.savez(stream, **_arrays(record))
    text = json.dumps(msgspec.to_builtins(_stored(record)), indent=1)
    with atomic_write(report / FILE) as stream:
        stream.write(text.encode())


def _test_file(report: Path, opening: int) -> Path:
    return report / f"test-{opening}.npz"


def _stored(record: Record) -> StoredRecord:
    return StoredRecord(
        **_shared(record),
        configurations=tuple(_stored_configuration(configuration) for configuration in record.configurations),
    )


def _shared(record: Record | StoredRecord) -> dict[str, Any]:
    """Return what both kinds of record have as it is."""
    names = StoredRecord.__dataclass_fields__.keys() - {"configurations", "format"}
    return {name: getattr(record, name) for name in names}


def _stored_configuration(configuration: Configuration) -> StoredConfiguration:
    return StoredConfiguration(
        name=configuration.name,
        trial=configuration.trial,
        params=configuration.params,
        parameters=configuration.parameters,
        trainings=tuple(
            StoredTraining(training.seed, training.epochs, training.failed)
            for training in configuration.trainings
        ),
    )


def _arrays(record: Record) -> dict[str, Any]:
    assert record.labels is not None and record.examples is not None
    logits = {
        label(configuration.name, training.seed): training.logits
        for configuration in record.configurations
        for training in configuration.trainings
        if training.logits is not None
    }
    examples = {"positions": record.examples.positions, "images": record.examples.images}
    return {"labels": record.labels, **examples, **logits}


def _record(folder: Path, stored: StoredRecord, report: str) -> Record:
    arrays: dict[str, Any] = {}
    if stored.tested:
        path = _test_file(folder / report, stored.tested)
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = dict(file)
    return Record(
        **_shared(stored),
        folder=folder,
        configurations=tuple(
            _configuration(folder, index, configuration, stored.objective, arrays)
            for index, configuration in enumerate(stored.configurations)
        ),
        opened=openings(folder),
        labels=arrays.get("labels"),
        examples=Examples(arrays["positions"], arrays["images"]) if arrays else None,
    )


def _configuration(
    folder: Path, index: int, stored: StoredConfiguration, objective: str, arrays: Mapping[str, Any]
) -> Configuration:
    return Configuration(
        name=stored.name,
        trial=stored.trial,
        params=stored.params,
        parameters=stored.parameters,
        trainings=tuple(
            Training(
                training.seed,
                training.epochs,
                checkpoint_path(folder, index, training.seed),
                training.failed,
                logits=arrays.get(label(stored.name, training.seed)),
                objective=objective,
            )
            for training in stored.trainings
        ),
    )
