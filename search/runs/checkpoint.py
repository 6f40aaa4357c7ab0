"""Checkpoints: the state of a trial after an epoch, the record of it, and which training it belongs to.

One file a trial, a plain `.npz` of arrays: reading one runs no code. A file is written beside the old one,
flushed to disk and renamed over it, so there is always a whole one.
"""

import errno
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
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
    header = {
        "record": checkpoint.record,
        "training": checkpoint.training,
        "digest": _digest(checkpoint.state),
    }
    arrays[_HEADER] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    if file.is_dir():  # something that is no checkpoint is in its place
        file.rename(file.with_name(f"{file.name}.folder"))
    with atomic_write(file) as stream:
        np.savez(stream, **arrays)


def load(file: Path, training: Mapping[str, Any] | None = None) -> Checkpoint | None:
    """Return a checkpoint; None if it is missing, damaged, or of another training.

    Args:
        file: of the checkpoint.
        training: what it must be an epoch of (`Plan.training`); None for any.
    """
    if not file.is_file():  # reading a pipe might never end
        return None
    content = file.read_bytes()
    try:
        loaded = _parse(content)
    except Exception:  # of whatever type damaged bytes end in
        return None
    return loaded if training in (None, loaded.training) else None


def remove(file: Path) -> None:
    """Remove a checkpoint, if it is there."""
    if not file.is_dir():
        file.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Header:
    """What a file says of its arrays; `digest` is missing in files from before 28 November 2026."""

    record: dict[str, int | float]
    training: dict[str, Any]
    digest: str | None = None


def _parse(content: bytes) -> Checkpoint:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > len(content):  # it is not compressed
            raise ValueError("the arrays are larger than the file")
        # Read as a whole before anything is believed: at the end of an entry its checksum is compared.
        arrays = {name.removesuffix(".npy"): _array(archive.read(name)) for name in archive.namelist()}
    header = msgspec.convert(json.loads(arrays.pop(_HEADER).tobytes()), _Header)
    state = [arrays[name] for name in sorted(arrays)]
    if header.digest not in (None, _digest(state)) or header.record["epoch"] < 1:
        raise ValueError("the arrays are not those that were written")
    return Checkpoint(state, header.record, header.training)


def _array(content: bytes) -> NDArray[Any]:
    array: NDArray[Any] = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    return array


def _digest(state: State) -> str:
    """Return the SHA-256 of arrays: types, shapes, values and order."""
    digest = hashlib.sha256()
    for array in state:
        digest.update(f"{array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def disk_fault(error: OSError) -> str:
    """Return the reason to give for a disk that is full or read-only, or "" for another error."""
    full = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk quota is used up"}
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"cannot write {error.filename}: {error.strerror}"
    return full.get(error.errno or 0, "")


def fingerprint(file: Path) -> str:
    """Return the SHA-256 of a checkpoint's file.

    Raises:
        OSError: it cannot be read.
    """
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
