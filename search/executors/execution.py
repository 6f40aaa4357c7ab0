"""Where work is trained, in this process or on Ray, and how it is stopped."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType

from models.parts.keras_import import import_keras
from search.executors import hardware, ray_cluster
from search.executors.hardware import Hardware
from search.search import Work


def there(address: str | None, *, local: bool) -> Hardware:
    """Return the hardware that `execute` would train on.

    Raises:
        RunError: the Ray at that address cannot be reached.
    """
    address = address or os.environ.get("RAY_ADDRESS")
    if address and not local:
        from search.executors import ray_tune

        return ray_tune.hardware(address)
    return hardware.here()


def execute(work: Work, address: str | None, *, local: bool) -> None:
    """Train until nothing is left to train, or the work stops.

    Args:
        work: what to train.
        address: of a running Ray; without one, and without RAY_ADDRESS, a Ray of our own is started.
        local: in this process, without Ray.
    """
    if work.finished or work.fatal:
        return
    if local:
        import_keras()
        from search.executors.local import run

        run(work)
    else:
        address = address or os.environ.get("RAY_ADDRESS")
        if not address:
            ray_cluster.close_to_others()
        with ray_cluster.connected(work.plan, address):
            from search.executors import ray_tune

            ray_tune.run(work)


@contextlib.contextmanager
def signals(work: Work) -> Iterator[list[int]]:
    """Let the first Ctrl-C or SIGTERM end the work after the epochs in flight, and the second at once.

    Yields:
        The numbers of the signals that came.
    """
    received: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        received.append(number)
        work.interrupted = signal.Signals(number).name
        if len(received) > 1:
            raise KeyboardInterrupt
        print("Stopping after this epoch; once more to stop at once (nothing is lost).", file=sys.stderr)

    before = {each: signal.signal(each, handle) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
