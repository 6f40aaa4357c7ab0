"""The runs that there are: read only, also while they are being written."""

from pathlib import Path

from analysis.retraining.openings import openings
from data.store.lock import is_locked
from data.terminal.table import aligned
from search.algorithm.trial import ENDED
from search.runs.run import RunError, read, read_trials


def table(folder: Path) -> str:
    """Return the runs of a folder, one a line: study, trials, best value, state, openings of the test set."""
    found = sorted(each.parent for each in folder.glob("*/*/run.json"))
    if not found:
        return f"There are no runs in {folder}: python -m search STUDY --trials 50"
    rows = [("run", "trials", "best val_accuracy", "state", "test set"), *map(_row, found)]
    return aligned(rows)


def _row(folder: Path) -> tuple[str, str, str, str, str]:
    name = f"{folder.parent.name}/{folder.name}"
    try:
        plan, done = read(folder).plan, read_trials(folder)
    except RunError:
        return name, "-", "-", "damaged", "-"
    winner = plan.judge(done).best
    state = "finished" if plan.has_ended(done) else "unfinished"
    return (
        name,
        f"{sum(trial.state in ENDED for trial in done)} of {plan.trials}",
        f"{winner.value:.4f} (trial {winner.number})" if winner else "-",
        "being written" if is_locked(folder / "lock") else state,
        f"opened {times}×" if (times := len(openings(folder))) else "closed",
    )
