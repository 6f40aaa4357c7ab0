"""Ctrl-C and SIGTERM: the first ends a session after the epochs in flight, the second ends it at once."""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

from data.terminal.termination import Terminated
from search.executors.driver import Driver


@contextlib.contextmanager
def stop_on_signals(driver: Driver) -> Iterator[list[int]]:
    """Let signals stop a driver. In a thread other than the main one, which gets none, nothing changes.

    Yields:
        The numbers of the signals that came.
    """
    received: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        received.append(number)
        driver.interrupted = signal.Signals(number).name
        if len(received) > 1:
            raise Terminated if number == signal.SIGTERM else KeyboardInterrupt
        print(
            "Stopping after this epoch. Press Ctrl-C again to stop at once; progress is saved.",
            file=sys.stderr,
        )

    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
