"""A run: the folder in which everything about one search lies.

run.json       command, plan, versions, commit, fingerprints, hardware (search/runs/record.py)
journal.log    every trial (search/runs/journal.py)
checkpoints/   the last of each unfinished trial, those of the best and of the default configuration
tensorboard/   curves and HParams of every trial
failures/      the traceback of each failed trial
study.py       the study, where it is a user's own file (search/runs/study_copy.py)
"""

import contextlib
import dataclasses
import datetime
import shutil
import sys
from pathlib import Path
from typing import Any, Self

import data
from data.store import folder_index
from data.store.atomic import atomic_write
from data.store.lock import Held, locked
from search.algorithm.trial import Trial
from search.runs import journal, record
from search.runs.journal_lines import JournalError
from search.runs.plan import Plan
from search.runs.provenance import changed_versions
from search.runs.record import FormatError, LaterFormat, RunRecord

# What a run's folder may hold before its run.json.
_BEGINNING = {"job", "lock", "checkpoints", "tensorboard"}


class RunError(Exception):
    """A run cannot be made, opened or written; the message says why."""


class RunNotFound(RunError):
    """There is no such run."""


class AlreadyExists(RunError):
    """A folder is to be made where there is one."""


class LaterVersion(RunError):
    """A later version of this program has made the run."""


class Run:
    """An open run, locked for this process; a context that closes it.

    Args:
        folder: where it lies.
        record: what `run.json` holds.
        lock: holds the run's lock until it is closed.
    """

    def __init__(self, folder: Path, record: RunRecord, lock: contextlib.ExitStack) -> None:
        self.folder = folder
        self.record = record
        self._lock = lock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the lock back."""
        self._lock.close()

    @property
    def plan(self) -> Plan:
        """What the run is."""
        return self.record.plan

    @property
    def name(self) -> str:
        """STUDY/NAME."""
        return name_of(self.folder)

    @property
    def journal(self) -> Path:
        """The journal file."""
        return self.folder / "journal.log"

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints."""
        return self.folder / "checkpoints"

    @property
    def tensorboard(self) -> Path:
        """Folder of the event files."""
        return self.folder / "tensorboard"

    def write(self, **changes: Any) -> None:
        """Replace `run.json`, whole or not at all.

        Args:
            changes: attributes of the record that have a new value.

        Raises:
            OSError: it cannot be written.
        """
        self.record = dataclasses.replace(self.record, **changes)
        with atomic_write(self.folder / "run.json") as stream:
            stream.write(record.encode(self.record).encode())

    def check_there(self) -> None:
        """Raise a RunError where the folder was deleted since the run was opened."""
        if not (self.folder / "run.json").exists():
            raise RunError(f"{self.folder} was deleted meanwhile: nothing of the run is kept")

    def check_data(self) -> None:
        """Raise a RunError where the data here are not those that the run was started with."""
        dataset = self.record.dataset
        origin = self.plan.origin
        fingerprint = data.prepare(dataset.name, origin=origin).fingerprint
        if fingerprint != dataset.fingerprint:
            raise RunError(
                f"{self.name} was started on {dataset.name} with fingerprint {dataset.fingerprint[:12]}…; "
                f"{dataset.name} here has {fingerprint[:12]}…, so the trials could not be compared"
            )
        if origin and folder_index.changed(origin.path, dataset.name):
            print(
                f"{origin.path} has changed since it was prepared. The run goes on with the prepared copy, "
                f"{dataset.name}; a new search takes the changed pictures.",
                file=sys.stderr,
            )

    def check_versions(self) -> None:
        """Print on stderr which versions differ from those that the run was started with."""
        if changed := changed_versions(self.record.versions):
            print(f"Versions changed since the run was started: {', '.join(changed)}.", file=sys.stderr)


def name_of(folder: Path) -> str:
    """Return STUDY/NAME of a run's folder."""
    return f"{folder.parent.name}/{folder.name}"


def new_name() -> str:
    """Return a name made of the date and time."""
    return datetime.datetime.now().strftime("%Y-%m-%d-%H%M%S")


def create_named_by_time(parent: Path, record: RunRecord, label: str = "") -> Run:
    """Make a run's folder in a folder, with a name of the date and time that no other process has taken.

    Args:
        parent: folder of the study's runs.
        record: of the run.
        label: what the name begins with.

    Raises:
        RunError: it cannot be written.
    """
    name = f"{label}{new_name()}"
    for suffix in ("", *(f"-{number}" for number in range(2, 10**4))):
        with contextlib.suppress(AlreadyExists):
            return create(parent / f"{name}{suffix}", record, new=True)
    raise already_exists(parent / name)


def create(folder: Path, record: RunRecord, *, new: bool = False) -> Run:
    """Make a run's folder.

    Args:
        folder: of the run.
        record: of the run.
        new: whether nothing at all may be there, not even the job of a run to come.

    Raises:
        AlreadyExists: it exists already.
        RunError: it cannot be written.
    """
    if is_taken(folder):
        raise already_exists(folder)
    new = new or not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=not new)
    except FileExistsError:
        raise already_exists(folder) from None
    except OSError as error:
        raise RunError(f"cannot write {folder}: {error.strerror}") from None
    try:
        for part in ("checkpoints", "tensorboard"):
            (folder / part).mkdir(exist_ok=not new)
        return _written(Run(folder, record, _lock(folder)))
    except OSError as error:
        if new:
            shutil.rmtree(folder, ignore_errors=True)
        raise RunError(f"cannot write {folder}: {error.strerror}") from None


def _written(run: Run) -> Run:
    """Write `run.json` of a new run; where it cannot be written, give the lock back."""
    try:
        run.write()
    except OSError:
        run.close()
        raise
    return run


def is_taken(folder: Path) -> bool:
    """Return whether no run can be made in a folder, because more is in it than the job of a run to come.

    A job on a cluster has its folder before the run begins. If it is killed while the run is being made, it
    makes the run when it starts again.
    """
    if not folder.is_dir():
        return folder.exists()
    return bool({path.name for path in folder.iterdir()} - _BEGINNING) or not (folder / "job").is_dir()


def already_exists(folder: Path) -> AlreadyExists:
    """Return the error of a run that is to be made where there is one."""
    return AlreadyExists(f"{folder} already exists: resume it with --resume, or choose another --name")


def find(runs: Path, name: str) -> Path:
    """Return the folder of a run given as a path, or as STUDY/NAME under `runs`.

    Raises:
        RunNotFound: there is none.
    """
    for folder in (Path(name), runs / name):
        if (folder / "run.json").is_file():
            return folder.resolve()
    names = sorted(name_of(file.parent) for file in runs.glob("*/*/run.json"))
    hint = f"the latest runs there: {', '.join(names[-5:])}" if names else "there are no runs there"
    raise RunNotFound(f"there is no run {name!r}, neither as a path nor under {runs}; {hint}")


def read(folder: Path) -> RunRecord:
    """Return what `run.json` of a run holds, also while the run is being written.

    Raises:
        RunError: it cannot be read.
    """
    file = folder / "run.json"
    try:
        return record.decode(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise RunError(f"cannot read {file}: {error.strerror}") from None
    except LaterFormat as error:
        raise LaterVersion(f"{file} was made by a later version of this program: {error}") from None
    except (FormatError, UnicodeDecodeError) as error:
        raise RunError(f"{file} is damaged: {error}") from None


def read_trials(folder: Path) -> list[Trial]:
    """Return the trials of a run, also while it is being written; those that have not ended are `waiting`.

    Raises:
        RunError: its journal cannot be read.
    """
    try:
        plan = read(folder).plan
        return journal.read_trials(folder / "journal.log", plan.space, plan.objective)
    except OSError as error:
        raise RunError(f"cannot read {error.filename}: {error.strerror}") from None
    except JournalError as error:
        raise RunError(str(error)) from None


def open_run(folder: Path) -> Run:
    """Open a run and lock it.

    Raises:
        RunError: another process is writing it, or `run.json` cannot be read.
    """
    read(folder)  # before the lock: to open what is no run leaves nothing in it
    try:
        lock = _lock(folder)
    except OSError as error:
        raise RunError(f"cannot open {folder}: {error.strerror}") from None
    return Run(folder, read(folder), lock)  # read again: another process may just have extended it


def _lock(folder: Path) -> contextlib.ExitStack:
    """Take the lock of a run's folder; it is given back when what is returned is closed."""
    lock = contextlib.ExitStack()
    try:
        lock.enter_context(locked(folder / "lock", wait=False))
    except Held as held:
        reason = f"{folder} is being written by {held.holder}: wait for it to end, or stop it"
        raise RunError(reason) from None
    return lock
