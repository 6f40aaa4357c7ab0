"""A watchdog of our own Ray: where one of its processes is killed, the session ends soon, with one line.

Ray's own client waits for a lost server (gcs) for a minute inside of native code, where no Python code runs,
and then ends this process with a message of its own.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator

from search.executors.driver import Driver

INTERVAL = 0.3  # seconds between two looks
PATIENCE = 4.0  # seconds for the session to end by itself, before this process is ended


@contextlib.contextmanager
def watched(driver: Driver, lost: Callable[[], str], end: Callable[[], object]) -> Iterator[None]:
    """End the session of a driver where a process that it needs is lost inside of the block.

    Args:
        driver: is told that it cannot go on.
        lost: returns the name of a process that has ended, or "".
        end: ends the others.
    """
    left = threading.Event()
    thread = threading.Thread(target=_watch, args=(driver, lost, end, left), daemon=True)
    thread.start()
    try:
        yield
    finally:
        left.set()
        thread.join()
        # What asks a lost Ray may fail before the watchdog has looked.
        if (name := lost()) and not (driver.finished or driver.stopping):
            driver.cannot_go_on(_reason(name))


def _reason(name: str) -> str:
    return f"Ray cannot go on: its {name} was killed, or has crashed"


def _watch(driver: Driver, lost: Callable[[], str], end: Callable[[], object], left: threading.Event) -> None:
    while not left.wait(INTERVAL):
        if name := lost():
            driver.cannot_go_on(_reason(name))
            end()
            if not left.wait(PATIENCE):
                # The journal and the checkpoints are whole after every epoch.
                sys.stderr.write(f"{driver.fatal}\nProgress saved. {driver.resume}\n")
                sys.stderr.flush()
                os._exit(1)
            return
