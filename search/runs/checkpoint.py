"""Checkpoints: the state of a trial after an epoch, the record of it, and which training it belongs to.

One file a trial, a plain `.npz` of arrays: reading one runs no code. A file is written beside the old one,
flushed to disk and renamed over it, so there is always a whole one.
"""

import errno
import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.store.atomic import atomic_write

State = list[NDArray[Any]]
Record = dict[str, float]

_HEADER = "about"  # name of the array that holds record and training, as JSON


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds.

    Attributes:
        state: of model and optimizer.
        record: the epoch's number and metrics.
        training: everything that determines the training, as JSON values.
    """

    state: State
    record: Record
    training: Mapping[str, Any]


def path(folder: Path, number: int) -> Path:
    """Return the file of a trial's checkpoint."""
    return folder / f"trial-{number:05d}.npz"


def save(file: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, whole or not at all.

    Raises:
        OSError: the disk is full, or the folder cannot be written.
    """
    arrays: dict[str, Any] = {f"{index:05d}": array for index, array in enumerate(checkpoint.state)}
    header = {"record": checkpoint.record, "training": checkpoint.training}
    arrays[_HEADER] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with atomic_write(file) as stream:
        np.savez(stream, **arrays)


def load(file: Path, training: Mapping[str, Any] | None = None) -> Checkpoint | None:
    """Return a checkpoint; None if it is missing, damaged, or of another training.

    Args:
        file: of the checkpoint.
        training: what it must be an epoch of (`Plan.training`); None for any.
    """
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            header = json.loads(arrays[_HEADER].tobytes())
            if training not in (None, header["training"]):
                return None
            state = [arrays[name] for name in sorted(arrays.files) if name != _HEADER]
            return Checkpoint(state, header["record"], header["training"])
    except (FileNotFoundError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def disk_fault(error: OSError) -> str:
    """Return the reason to give for a disk that is full, or "" for another error."""
    full = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk quota is used up"}
    return full.get(error.errno or 0, "")


def fingerprint(file: Path) -> str:
    """Return the SHA-256 of a checkpoint's file.

    Raises:
        OSError: it cannot be read.
    """
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
