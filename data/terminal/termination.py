"""SIGTERM ends a command as Ctrl-C does, with status 143. SLURM, systemd, `timeout` and containers send it.

Without a handler the process number 1 of a container would ignore it, and nothing would be said.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator


class Terminated(KeyboardInterrupt):
    """SIGTERM came."""


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM raise `Terminated` in the block. In a thread other than the main one nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)  # None: a handler that is not Python's


def status(interrupt: KeyboardInterrupt) -> int:
    """Return the exit status of a command that was interrupted, as a shell gives it: 143 or 130."""
    return 128 + (signal.SIGTERM if isinstance(interrupt, Terminated) else signal.SIGINT)


def _terminate(*_: object) -> None:
    raise Terminated
