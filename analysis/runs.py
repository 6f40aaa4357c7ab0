"""The runs that there are: read only, also while they are being written."""

import fcntl
import shutil
import tempfile
from pathlib import Path

from analysis.retraining.openings import openings
from data.terminal.table import aligned
from search.algorithm.trial import Trial, best
from search.runs.journal import Journal, mend
from search.runs.plan import Plan
from search.runs.run import RunError, read

ENDED = ("complete", "stopped", "failed")


def trials(folder: Path) -> list[Trial]:
    """Return the trials of a run; one that has not ended is `waiting`.

    Raises:
        RunError: its journal cannot be read.
    """
    plan, journal = Plan.from_json(read(folder)["plan"]), folder / "journal.log"
    # From a copy: opening a journal may write into it, and a search may be writing its last line just now.
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch, journal.name)
        try:
            if journal.exists():
                shutil.copyfile(journal, copy)
            mend(copy)
            return Journal(copy, folder.name, plan.space).trials()
        except OSError as error:
            raise RunError(f"cannot read {error.filename}: {error.strerror}") from None
        except Exception as error:  # of whatever type a damaged line ends in, in Optuna
            raise RunError(f"{journal} is damaged: {type(error).__name__}: {error}") from None


def finished(plan: Plan, done: list[Trial]) -> bool:
    """Return whether a search has nothing left to train."""
    return len(done) >= plan.trials and all(trial.state in ENDED for trial in done)


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
        plan, done = Plan.from_json(read(folder)["plan"]), trials(folder)
    except RunError:
        return name, "-", "-", "damaged", "-"
    winner = best(done)
    state = "finished" if finished(plan, done) else "unfinished"
    return (
        name,
        f"{sum(trial.state in ENDED for trial in done)} of {plan.trials}",
        f"{winner.value:.4f} (trial {winner.number})" if winner else "-",
        "being written" if _locked(folder) else state,
        f"opened {times}×" if (times := len(openings(folder))) else "closed",
    )


def _locked(folder: Path) -> bool:
    """Return whether another process holds a run's lock."""
    try:
        with (folder / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
