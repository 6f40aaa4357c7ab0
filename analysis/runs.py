"""The list of runs. It reads only, so a run may be written at the same time."""

from pathlib import Path

from analysis.retraining.openings import openings
from data.store.lock import is_locked
from data.terminal.output import one_line
from data.terminal.table import aligned
from search.algorithm.trial import ENDED
from search.runs.run import LaterVersion, RunError, read, read_trials


def table(folder: Path) -> str:
    """Return the runs of a folder as a table: name, dataset, trials, best value, state, test set."""
    folders = sorted(file.parent for file in folder.glob("*/*/run.json"))
    if not folders:
        return f"There are no runs in {folder}: python -m search STUDY --trials 50"
    rows = [("run", "dataset", "trials", "best val_accuracy", "state", "test set"), *map(_row, folders)]
    return aligned(rows)


def _row(folder: Path) -> tuple[str, str, str, str, str, str]:
    name = one_line(f"{folder.parent.name}/{folder.name}")
    try:
        record, trials = read(folder), read_trials(folder)
    except LaterVersion:
        return name, "-", "-", "-", "made by a later version", "-"
    except RunError:
        return name, "-", "-", "-", "damaged", "-"
    plan = record.plan
    winner = plan.judge(trials).best
    state = "finished" if plan.has_ended(trials) else "unfinished"
    return (
        name,
        record.dataset.name,
        f"{sum(trial.state in ENDED for trial in trials)} of {plan.trials}",
        f"{winner.value:.4f}{' balanced' * plan.balanced} (trial {winner.number})" if winner else "-",
        "being written" if is_locked(folder / "lock") else state,
        f"opened {times}×" if (times := len(openings(folder))) else "closed",
    )
