"""A run: the folder in which everything about one search lies.

run.json       what the run is: command, plan, versions, commit, fingerprints, hardware
journal.log    every trial (search/runs/journal.py)
checkpoints/   the last of each unfinished trial, those of the best and of the default configuration
tensorboard/   curves and HParams of every trial
failures/      the traceback of each failed trial
"""

import datetime
import fcntl
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from data.store.atomic import atomic_write
from search.runs.plan import Plan


class RunError(Exception):
    """A run cannot be made, opened or written; the message says why."""


class NoRun(RunError):
    """There is no such run."""


@dataclass(frozen=True)
class Run:
    """An open run, locked for this process; a context, that closes it.

    Attributes:
        folder: where it lies.
        about: what `run.json` holds.
        lock: open file that holds the lock for as long as it is open.
    """

    folder: Path
    about: dict[str, Any]
    lock: IO[str]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.lock.close()

    @property
    def plan(self) -> Plan:
        """What the run is."""
        return Plan.from_json(self.about["plan"])

    @property
    def name(self) -> str:
        """STUDY/NAME."""
        return f"{self.folder.parent.name}/{self.folder.name}"

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

    def fail(self, number: int, traceback: str) -> None:
        """Keep the traceback of a failed trial."""
        folder = self.folder / "failures"
        folder.mkdir(exist_ok=True)
        (folder / f"trial-{number:05d}.txt").write_text(traceback)

    def write(self, about: Mapping[str, Any]) -> None:
        """Replace `run.json`, whole or not at all."""
        self.about.update(about)
        with atomic_write(self.folder / "run.json") as stream:
            stream.write(json.dumps(self.about, indent=2).encode())


def new_name() -> str:
    """Return a name made of the date and time."""
    return datetime.datetime.now().strftime("%Y-%m-%d-%H%M%S")


def create(folder: Path, about: Mapping[str, Any]) -> Run:
    """Make a run's folder.

    Raises:
        RunError: it is there already, or cannot be written.
    """
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise RunError(f"{folder} is there already: go on with --resume, or give another --name") from None
    except OSError as error:
        raise RunError(f"cannot write {folder}: {error.strerror}") from None
    try:
        for part in ("checkpoints", "tensorboard"):
            (folder / part).mkdir()
        run = Run(folder, {}, _lock(folder))
        run.write(about)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise RunError(f"cannot write {folder}: {error.strerror}") from None
    return run


def find(runs: Path, name: str) -> Path:
    """Return the folder of a run given as a path, or as STUDY/NAME under `runs`.

    Raises:
        NoRun: there is none.
    """
    for folder in (Path(name), runs / name):
        if (folder / "run.json").is_file():
            return folder.resolve()
    there = sorted(f"{each.parent.parent.name}/{each.parent.name}" for each in runs.glob("*/*/run.json"))
    known = f"runs there: {', '.join(there[-5:])}" if there else "there are no runs there"
    raise NoRun(f"there is no run {name!r}, as a path or under {runs}; {known}")


def read(folder: Path) -> dict[str, Any]:
    """Return what `run.json` of a run holds, also while the run is being written.

    Raises:
        RunError: it cannot be read.
    """
    file = folder / "run.json"
    try:
        about: dict[str, Any] = json.loads(file.read_text())
        Plan.from_json(about["plan"])
    except OSError as error:
        raise RunError(f"cannot read {file}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{file} is damaged: {error}") from None
    return about


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
    return Run(folder, read(folder), lock)  # read again: another process may just have grown it


def _lock(folder: Path) -> IO[str]:
    lock = (folder / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        writer = lock.read().strip() or "another process"
        lock.close()
        raise RunError(f"{folder} is being written by {writer}: wait for it to end, or stop it") from None
    lock.truncate(0)
    lock.write(f"process {os.getpid()} on {os.uname().nodename}")
    lock.flush()
    return lock
