"""Checkpoints: the state of a trial after an epoch and that epoch's record, one file a trial.

A plain `.npz` of arrays: reading one runs no code. A file is written beside the old one, flushed to disk
and renamed over it, so there is always a whole one.
"""

import errno
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data._whole import written_whole

State = list[NDArray[Any]]
Record = dict[str, float]


def path(folder: Path, number: int) -> Path:
    """Return where the checkpoint of a trial lies."""
    return folder / f"trial-{number:05d}.npz"


def save(file: Path, state: State, record: Record) -> None:
    """Write a checkpoint, whole or not at all.

    Raises:
        OSError: the disk is full, or the folder cannot be written.
    """
    arrays: dict[str, Any] = {f"{index:05d}": each for index, each in enumerate(state)}
    arrays["record"] = np.frombuffer(json.dumps(record).encode(), np.uint8)
    with written_whole(file) as stream:
        np.savez(stream, **arrays)


def load(file: Path) -> tuple[State, Record] | None:
    """Return a checkpoint's state and record; None where there is none, or none that is whole."""
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            state = [arrays[name] for name in sorted(arrays.files) if name != "record"]
            return state, _record(arrays)
    except (FileNotFoundError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def record(file: Path) -> Record | None:
    """Return the record of a checkpoint's epoch without its state; None where there is none."""
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            return _record(arrays)
    except (FileNotFoundError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _record(arrays: Any) -> Record:
    found: Record = json.loads(arrays["record"].tobytes())
    return found


def disk_fault(error: OSError) -> str:
    """Return what to say of a disk that is full, or "" for another error."""
    full = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk quota is used up"}
    return full.get(error.errno or 0, "")


def fingerprint(file: Path) -> str:
    """Return the SHA-256 of a checkpoint's file.

    Raises:
        OSError: it cannot be read.
    """
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
