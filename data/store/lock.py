"""Lock files: one process at a time holds one, and it is free as soon as that process ends, even by kill -9.

    with locked(folder / "lock", on_wait=tell_user): ...     waits until it is free
    with locked(folder / "lock", wait=False): ...            raises Held if another process holds it

The file stays when the lock is released; it names the process that took it last.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import BaseFileLock

# Seconds for which a lock is tried before it counts as held. More than 0, because `is_locked` takes a shared
# lock for an instant.
PATIENCE = 0.5

# What flock answers on file systems without locks: Lustre without -o flock, NFS without a lock server, FUSE.
UNSUPPORTED = {errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOLCK}


class Held(Exception):
    """Another process holds the lock.

    Attributes:
        holder: "process 4711 on node3", or "another process" where that is not known.
    """

    def __init__(self, file: Path) -> None:
        self.holder = _holder(file)
        super().__init__(f"{file} is held by {self.holder}")


@contextlib.contextmanager
def locked(file: Path, *, wait: bool = True, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold a lock inside of the block.

    Args:
        file: the lock file. It is created with mode 0600, so that no other user can hold it; missing folders
            above it are created, too.
        wait: whether to wait, without limit, while another process holds it.
        on_wait: called once before waiting, to tell the user.

    Raises:
        Held: another process holds it, and `wait` is false.
        OSError: the file cannot be created, or its file system does not support locks.
    """
    from filelock import FileLock  # imported late: most commands take no lock

    # filelock can fall back to a lock by the existence of a file where flock is missing (ENOSYS). We refuse
    # instead: such a lock outlives a process that is killed on another node, and then blocks for ever.
    lock = FileLock(file, mode=0o600, thread_local=False, fallback_to_soft=False, on_acquired=_sign)
    try:
        _acquire(lock, file, wait, on_wait)
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
        reason = "its file system does not support file locks (flock); choose a folder on another one"
        raise OSError(error.errno, reason, str(file)) from None
    try:
        yield
    finally:
        lock.release()


def is_locked(file: Path) -> bool:
    """Return whether a process, also this one, holds a lock file. It is not created, and not waited for.

    False also where there is no such file, and where it cannot be read.
    """
    # filelock can only ask by taking the lock itself; a shared lock does not disturb others who ask.
    try:
        with file.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _acquire(lock: "BaseFileLock", file: Path, wait: bool, on_wait: Callable[[], None] | None) -> None:
    from filelock import Timeout

    try:
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        if not wait:
            raise Held(file) from None
        if on_wait is not None:
            on_wait()
        lock.acquire()


def _sign(descriptor: int) -> None:
    """Write this process into its lock file."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"process {os.getpid()} on {os.uname().nodename}".encode(), 0)


def _holder(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip() or "another process"
    except OSError:
        return "another process"
