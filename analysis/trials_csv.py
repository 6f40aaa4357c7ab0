"""The trials of a run and their learning curves as CSV files."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from search.algorithm.objectives import COSTS
from search.algorithm.trial import BALANCED, OBJECTIVE, Trial


def write(trials: list[Trial], folder: Path) -> list[Path]:
    """Write trials.csv, one line per trial, and curves.csv, one line per epoch; return both paths.

    Raises:
        OSError: the files cannot be written.
    """
    folder.mkdir(exist_ok=True)
    epochs = [metrics for trial in trials for metrics in trial.epochs.values()]
    params = list(dict.fromkeys(name for trial in trials for name in trial.params))
    metrics = list(dict.fromkeys(name for metrics in epochs for name in metrics))
    costs = [name for name in COSTS if any(name in first for first in epochs)]
    columns = ["trial", "state", "reason", "epochs", OBJECTIVE, BALANCED, *costs, "images", "seconds"]
    return [
        _write(folder / "trials.csv", [*columns, *params], map(_trial_row, trials)),
        _write(folder / "curves.csv", ["trial", "epoch", *metrics], _epoch_rows(trials)),
    ]


def _trial_row(trial: Trial) -> dict[str, Any]:
    last = trial.epochs.get(trial.epoch, {})
    row = {"trial": trial.number, "state": trial.state, "reason": trial.reason, "epochs": trial.epoch}
    costs = {name: amount for name, amount in trial.epochs.get(1, {}).items() if name in COSTS}
    sums = {"images": trial.images, "seconds": trial.seconds}
    return trial.params | row | {name: last.get(name, "") for name in (OBJECTIVE, BALANCED)} | costs | sums


def _epoch_rows(trials: list[Trial]) -> Iterable[dict[str, Any]]:
    for trial in trials:
        for epoch, metrics in sorted(trial.epochs.items()):
            yield {"trial": trial.number, "epoch": epoch, **metrics}


def _write(file: Path, columns: list[str], rows: Iterable[Mapping[str, Any]]) -> Path:
    with file.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)
    return file
