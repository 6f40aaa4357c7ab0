"""A driver of a small search, what its workers hand over, and a callback that notes what it is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from search.algorithm.trial import Trial
from search.executors.driver import Driver
from tests.search.runs.conftest import small_plan


class Notes:
    """A callback that notes what it is told, and may be unable to write."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, str]] = []
        self.epochs: list[tuple[int, int, float]] = []
        self.fault: OSError | None = None

    def _note(self, event: str, trial: Trial) -> None:
        if self.fault:
            raise self.fault
        self.told.append((event, trial.number, trial.state))

    def started(self, trial: Trial) -> None:
        self._note("started", trial)

    def epoch(self, trial: Trial) -> None:
        self._note("epoch", trial)
        self.epochs.append((trial.number, trial.epoch, trial.value))

    def ended(self, trial: Trial) -> None:
        self._note("ended", trial)


@pytest.fixture
def notes() -> Notes:
    """Return the callback of the driver."""
    return Notes()


Make = Callable[..., Driver]


@pytest.fixture
def make(tmp_path: Path, notes: Notes) -> Make:
    """Make a driver of a search by halving with rungs at 1, 3 and 9 epochs."""

    def driver(*resumed: Trial, deadline: float | None = None, **changes: Any) -> Driver:
        plan = small_plan(**changes)
        scheduler = plan.make_scheduler(
            list(resumed), lambda earlier: {"depth": len(earlier)}, lambda params: params["depth"]
        )
        made = Driver(plan, tmp_path, scheduler, deadline=deadline)
        made.callbacks.append(notes)
        return made

    return driver


def record(epoch: int, value: float = 0.5, **metrics: float) -> dict[str, Any]:
    """Return what a worker hands over after an epoch."""
    values = {"epoch": epoch, "loss": 1.0, "val_accuracy": value, "images": 100, "seconds": 1.0}
    return {"record": {**values, **metrics}}


FAILED = {"failed": "ValueError: no such shape", "traceback": "Traceback …\nValueError: no such shape"}


def begin(driver: Driver) -> Trial:
    """Start the next trial, which there must be."""
    trial = driver.next()
    assert trial
    return trial


def complete(driver: Driver, trial: Trial, value: float = 0.5) -> None:
    """Train a trial to its full length, which must be allowed."""
    for epoch in range(trial.epoch + 1, 10):
        assert driver.step(trial, record(epoch, value)) == (epoch < 9)
