"""Files that are written completely or not at all."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO


@contextlib.contextmanager
def atomic_write(file: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing; it replaces an existing one at the end of the block, when it is on disk.

    A crash in between leaves the existing file as it was, and beside it FILE.unfinished, which the next write
    overwrites.

    Raises:
        OSError: it cannot be written; an existing file is unchanged.
    """
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        with unfinished.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(file)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
