"""Copies of prepared data on a node's own disk, where a job on a cluster has some.

A memory-mapped file on a shared disk is read over the network again and again. CNN_SEARCH_SCRATCH names a
folder on the node's own disk; each file is copied there once, by the first process of the node that opens it.
"""

import contextlib
import hashlib
import os
import shutil
from pathlib import Path

from data.store.atomic import atomic_write
from data.store.lock import locked


def nearby(file: Path) -> Path:
    """Return the path of a file's copy on this node's own disk; the file itself where there is no such disk.

    A disk that is full, or cannot be written, is no fault: the shared one has the same.

    Args:
        file: complete, and not written any more under this name.
    """
    folder = os.environ.get("CNN_SEARCH_SCRATCH")
    if not folder:
        return file
    with contextlib.suppress(OSError):
        state = file.stat()
        # A file that is replaced has another size or time: its copy is another one, too.
        key = f"{file.resolve()} {state.st_size} {state.st_mtime_ns}"
        copy = Path(folder, f"{hashlib.sha256(key.encode()).hexdigest()[:16]}-{file.name}")
        if not copy.exists():
            Path(folder).mkdir(parents=True, exist_ok=True, mode=0o700)
            with locked(copy.with_suffix(".lock")):
                if not copy.exists():
                    _copy(file, copy)
        return copy
    return file


def _copy(file: Path, copy: Path) -> None:
    with file.open("rb") as source, atomic_write(copy) as target:
        shutil.copyfileobj(source, target, 2**22)
