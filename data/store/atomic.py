"""Files that are written completely or not at all."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

# What fsync answers where it is not supported: of folders on some network disks, of files on some FUSE ones.
_UNSUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


def sync(descriptor: int) -> None:
    """Wait until an open file or folder is on disk, where its file system can tell.

    Raises:
        OSError: it could not be written.
    """
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise


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
            sync(stream.fileno())
        unfinished.replace(file)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
