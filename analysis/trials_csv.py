"""The trials of a run and their curves as CSV."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from search.algorithm.trial import Trial


def write(trials: list[Trial], folder: Path) -> list[Path]:
    """Write trials.csv, a line a trial, and curves.csv, a line an epoch; return both files.

    Raises:
        OSError: they cannot be written.
    """
    folder.mkdir(exist_ok=True)
    every = [epoch for trial in trials for epoch in trial.epochs.values()]
    params = list(dict.fromkeys(name for trial in trials for name in trial.params))
    metrics = list(dict.fromkeys(name for epoch in every for name in epoch))
    ends = ["trial", "state", "reason", "epochs", "val_accuracy", "images", "seconds"]
    return [
        _write(folder / "trials.csv", [*ends, *params], map(_end, trials)),
        _write(folder / "curves.csv", ["trial", "epoch", *metrics], _epochs(trials)),
    ]


def _end(trial: Trial) -> dict[str, Any]:
    value = trial.value if trial.epochs else ""
    end = {"trial": trial.number, "state": trial.state, "reason": trial.reason, "epochs": trial.epoch}
    return trial.params | end | {"val_accuracy": value, "images": trial.images, "seconds": trial.seconds}


def _epochs(trials: list[Trial]) -> Iterable[dict[str, Any]]:
    for trial in trials:
        for epoch, metrics in sorted(trial.epochs.items()):
            yield {"trial": trial.number, "epoch": epoch, **metrics}


def _write(file: Path, columns: list[str], rows: Iterable[Mapping[str, Any]]) -> Path:
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)
    return file
