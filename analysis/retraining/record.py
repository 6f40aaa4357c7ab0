"""What retraining leaves behind, so that reports and comparisons read it and train nothing.

runs/STUDY/NAME/report/retrain.json    configurations, seeds, curves: replaced after every epoch
                      /test-N.npz      what the N-th opening of the test set gave: labels, logits, examples
                      /checkpoints/    the last of each training
runs/STUDY/NAME/test_openings.jsonl    every opening of the test set (analysis/retraining/openings.py)

JSON and plain arrays: reading runs no code. A file is written beside the old one, flushed to disk and renamed
over it, so it is there as a whole or not at all.
"""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.retraining.openings import Opening, openings
from analysis.retraining.trainings import (
    REPORT,
    Configuration,
    Examples,
    Training,
    checkpoint_path,
    label,
    number,
)
from data.store.atomic import atomic_write
from search.runs.run import RunError

FILE = "retrain.json"
_DAMAGED = (ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile, EOFError)
# What `retrain.json` holds as it is; the rest stands in its trainings, in arrays, or beside the report.
_PLAIN: tuple[str, ...] = (
    "study",
    "question",
    "dataset",
    "fingerprint",
    "classes",
    "epochs",
    "train_images",
    "seeds",
)
_PLAIN += ("command", "versions", "commit", "seconds", "tested", "test_fingerprint")


@dataclass(frozen=True)
class Record:
    """What the retraining of one run has come to so far.

    Attributes:
        folder: of the run.
        study: name of its study.
        question: first line of the study's docstring.
        dataset: name.
        fingerprint: of the dataset, SHA-256.
        classes: their names.
        epochs: of each training.
        train_images: training images seen in each epoch.
        seeds: with which each configuration is to be trained; the search's own is not among them.
        command: that asked for it.
        versions: package → version.
        commit: of the project; None outside of a repository.
        seconds: wall time spent so far.
        configurations: "best", and "default" unless the best is the default itself.
        opened: every opening of the test set, the first one first.
        tested: which of them, 1 for the first, gave the logits that are here; 0 where there are none.
        test_fingerprint: SHA-256 of the test images and labels; None while the test set is not opened.
        labels: (test images,) true classes; None while the test set is not opened.
        examples: None while the test set is not opened.
    """

    folder: Path
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
    configurations: tuple[Configuration, ...]
    opened: tuple[Opening, ...] = ()
    tested: int = 0
    test_fingerprint: str | None = None
    labels: NDArray[np.int64] | None = None
    examples: Examples | None = None

    @property
    def run(self) -> str:
        """STUDY/NAME."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def names(self) -> dict[int, str]:
        """What each training that is asked for is called, by its number (see `trainings.number`)."""
        return {
            number(index, seed): label(each.name, seed)
            for seed in self.seeds
            for index, each in enumerate(self.configurations)
        }

    @property
    def missing(self) -> tuple[tuple[str, int], ...]:
        """Configuration and seed of every training that has not come to its end; one that failed has."""
        ended = {
            (each.name, training.seed)
            for each in self.configurations
            for training in each.trainings
            if training.failed or len(training.epochs) == self.epochs
        }
        asked = [(each.name, seed) for seed in self.seeds for each in self.configurations]
        return tuple(each for each in asked if each not in ended)


def read(folder: Path) -> Record | None:
    """Return the record of a run's folder; None where nothing was retrained yet.

    Raises:
        RunError: it is damaged.
    """
    file = folder / REPORT / FILE
    if not file.exists():
        return None
    try:
        return _record(folder, json.loads(file.read_text()))
    except OSError as error:
        raise RunError(f"cannot read {error.filename}: {error.strerror}") from None
    except _DAMAGED as error:
        raise RunError(f"{file} or what it names is damaged: {type(error).__name__}: {error}") from None


def write(record: Record) -> None:
    """Replace a run's record, but for the openings, which are written by `analysis.retraining.openings.add`.

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
    text = json.dumps(_as_json(record), indent=1)
    with atomic_write(report / FILE) as stream:
        stream.write(text.encode())


def _test_file(report: Path, opening: int) -> Path:
    return report / f"test-{opening}.npz"


def _as_json(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in _PLAIN} | {
        "configurations": [
            {
                "name": each.name,
                "trial": each.trial,
                "params": dict(each.params),
                "parameters": each.parameters,
                "trainings": [
                    {"seed": training.seed, "epochs": training.epochs, "failed": training.failed}
                    for training in each.trainings
                ],
            }
            for each in record.configurations
        ]
    }


def _arrays(record: Record) -> dict[str, Any]:
    assert record.labels is not None and record.examples is not None
    logits = {
        label(each.name, training.seed): training.logits
        for each in record.configurations
        for training in each.trainings
        if training.logits is not None
    }
    examples = {"positions": record.examples.positions, "images": record.examples.images}
    return {"labels": record.labels, **examples, **logits}


def _record(folder: Path, values: dict[str, Any]) -> Record:
    configurations = values.pop("configurations")
    arrays: dict[str, Any] = {}
    if values["tested"]:
        with np.load(_test_file(folder / REPORT, values["tested"]), allow_pickle=False) as found:
            arrays = dict(found)
    return Record(
        **values | {"classes": tuple(values["classes"]), "seeds": tuple(values["seeds"])},
        folder=folder,
        configurations=tuple(
            _configuration(folder, index, each, arrays) for index, each in enumerate(configurations)
        ),
        opened=openings(folder),
        labels=arrays.get("labels"),
        examples=Examples(arrays["positions"], arrays["images"]) if arrays else None,
    )


def _configuration(folder: Path, index: int, values: dict[str, Any], arrays: dict[str, Any]) -> Configuration:
    plain = Configuration(**values | {"trainings": ()})
    trainings = [
        Training(
            each["seed"],
            {int(epoch): metrics for epoch, metrics in each["epochs"].items()},
            checkpoint_path(folder, index, each["seed"]),
            each["failed"],
        )
        for each in values["trainings"]
    ]
    return replace(
        plain,
        trainings=tuple(replace(each, logits=arrays.get(label(plain.name, each.seed))) for each in trainings),
    )
