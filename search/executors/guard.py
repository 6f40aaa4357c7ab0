"""A guard of our own Ray, a small process beside it: whatever ends the search, kill -9 too, it ends that Ray.

Ray's processes notice by themselves that the search is gone, some of them after a minute. This file is run as
a script, with nothing but the standard library: so it takes 10 MB.

    python guard.py FOLDER PROCESS …    waits for the end of its stdin, which is the end of the search
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path


@contextlib.contextmanager
def guarded(folder: Path, processes: Iterable[int]) -> Iterator[None]:
    """End the processes of a Ray that are left when the block, or this process, ends.

    Args:
        folder: of that Ray; it is removed, too.
        processes: numbers of those that this process has started.
    """
    command = [sys.executable, "-I", "-S", __file__, str(folder), *map(str, processes)]
    # A session of its own: Ctrl-C in the terminal does not reach it. The pipe ends with this process.
    guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield
    finally:
        guard.communicate()


def kill_trees(roots: set[int]) -> None:
    """Kill processes and all those below them: without their server some would live on for a minute."""
    parents = dict(_parents())
    every, new = set[int](), roots
    while new:
        every |= new
        new = {number for number, parent in parents.items() if parent in new} - every
    for number in every:
        with contextlib.suppress(OSError):
            os.kill(number, signal.SIGKILL)


def _parents() -> Iterator[tuple[int, int]]:
    """Give the number of each process, and its parent's."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            yield int(folder.name), int(stat.rpartition(")")[2].split()[1])


def _belongs(process: int, folder: str) -> bool:
    """Return whether a process is of the Ray in a folder: another one may have its number by now."""
    with contextlib.suppress(OSError):
        return os.fsencode(folder) in Path(f"/proc/{process}/cmdline").read_bytes()
    return False


def _main(folder: str, *processes: str) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # SLURM sends it to all; the search may go on for a while
    sys.stdin.buffer.read()
    kill_trees({process for process in map(int, processes) if _belongs(process, folder)})
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
