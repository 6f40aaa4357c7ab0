"""Files that are written whole or not at all."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO


@contextlib.contextmanager
def atomic_write(file: Path) -> Iterator[IO[bytes]]:
    """Open a file to be written; it takes its place at the end, when it is safely on disk.

    A crash half-way leaves what was there before, and beside it an unfinished file that the next writing
    overwrites.

    Raises:
        OSError: it cannot be written; what was there before is there still.
    """
    beside = file.with_name(f"{file.name}.unfinished")
    try:
        with beside.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(file)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
