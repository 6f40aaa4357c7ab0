"""The driver: what came of each step of a worker, told to callbacks that write it down."""

import errno
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from search.algorithm.pool import RETRIES
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


def test_an_epoch_is_told_and_the_trial_goes_on(make: Make, notes: Notes) -> None:
    driver = make()
    trial = begin(driver)
    assert driver.step(trial, record(1, 0.25))
    assert trial.epochs == {1: {"loss": 1.0, "val_accuracy": 0.25, "images": 100, "seconds": 1.0}}
    assert notes.told == [("started", 0, "running"), ("epoch", 0, "running")]
    assert driver.trials == [trial]


def test_a_trial_ends_as_its_scheduler_says(make: Make, notes: Notes) -> None:
    driver = make()
    complete(driver, begin(driver))
    assert notes.told[-1] == ("ended", 0, "complete")
    second = begin(driver)
    assert not driver.step(second, record(1, 0.1))
    assert notes.told[-2:] == [("epoch", 1, "paused"), ("ended", 1, "paused")]


def test_the_epoch_is_told_to_all_before_the_end_is(make: Make, notes: Notes) -> None:
    order: list[tuple[int, str]] = []

    class Second(Notes):
        def _note(self, event: str, trial: Trial) -> None:
            order.append((2, event))

    driver = make(epochs=1)
    driver.callbacks.append(Second())
    notes._note = lambda event, trial: order.append((1, event))  # type: ignore[method-assign]
    driver.step(begin(driver), record(1))
    assert order == [(1, "started"), (2, "started"), (1, "epoch"), (2, "epoch"), (1, "ended"), (2, "ended")]


def test_a_training_that_raises_is_a_failed_trial_and_its_traceback_is_kept(
    make: Make, notes: Notes, tmp_path: Path
) -> None:
    driver = make()
    trial = begin(driver)
    driver.step(trial, record(1))
    assert not driver.step(trial, FAILED)
    assert (trial.state, trial.reason) == ("failed", "ValueError: no such shape")
    assert driver.errors == {0: "ValueError: no such shape"}
    assert notes.told[-1] == ("ended", 0, "failed")
    assert (tmp_path / "failures" / "trial-00000.txt").read_text() == FAILED["traceback"]
    assert begin(driver).number == 1  # the search goes on


def test_the_tracebacks_of_all_failed_trials_are_kept(make: Make, tmp_path: Path) -> None:
    driver = make()
    for number in range(2):
        driver.step(begin(driver), {"failed": "ValueError", "traceback": f"no. {number}"})
    files = sorted((tmp_path / "failures").iterdir())
    assert [file.read_text() for file in files] == ["no. 0", "no. 1"]
    assert not driver.fatal


def test_a_worker_that_dies_hands_its_trial_to_another(make: Make, notes: Notes) -> None:
    driver = make()
    trial = begin(driver)
    driver.died(trial, "killed")
    assert notes.told[-1] == ("ended", 0, "waiting")
    assert driver.errors == {}
    assert begin(driver) is trial


def test_a_trial_under_which_every_worker_dies_fails(make: Make, notes: Notes) -> None:
    driver = make()
    for _ in range(RETRIES + 1):
        trial = begin(driver)
        driver.died(trial, "killed")
    assert notes.told[-1] == ("ended", 0, "failed")
    assert driver.errors == {0: f"its worker died {RETRIES + 1} times: killed"}
    assert begin(driver).number == 1


def test_a_fatal_fault_ends_the_session_and_fails_no_trial(make: Make, notes: Notes) -> None:
    driver = make()
    first, second = begin(driver), begin(driver)
    told = list(notes.told)
    assert not driver.step(first, {"fatal": "the disk is full"})
    assert not driver.step(second, {"fatal": "the disk is still full"})
    assert driver.fatal == "the disk is full"
    assert (first.state, second.state) == ("waiting", "waiting")
    assert driver.errors == {}
    assert driver.stopping
    assert driver.next() is None
    assert notes.told == told  # nothing is written any more


def test_to_stop_lets_the_epoch_in_flight_end(make: Make, notes: Notes) -> None:
    driver = make()
    trial = begin(driver)
    driver.step(trial, record(1))
    driver.interrupted = "SIGINT"
    assert not driver.step(trial, record(2, 0.6))
    assert trial.epochs[2]["val_accuracy"] == 0.6
    assert notes.told[-2:] == [("epoch", 0, "running"), ("ended", 0, "waiting")]
    assert driver.next() is None
    assert not driver.finished


def test_to_stop_changes_nothing_for_a_trial_at_its_end(make: Make, notes: Notes) -> None:
    driver = make(epochs=1)
    trial = begin(driver)
    driver.interrupted = "SIGINT"
    assert not driver.step(trial, record(1))
    assert notes.told[-1] == ("ended", 0, "complete")


def test_the_deadline_stops_and_says_so(make: Make) -> None:
    driver = make(deadline=time.monotonic() + 100)
    assert not driver.stopping
    begin(driver)
    driver.deadline = time.monotonic() - 1
    assert driver.next() is None
    assert driver.interrupted == "the budget is used up"


def test_a_signal_after_the_deadline_is_not_hidden_by_it(make: Make) -> None:
    driver = make(deadline=time.monotonic() - 1)
    driver.interrupted = "SIGTERM"
    assert driver.stopping
    assert driver.interrupted == "SIGTERM"


def test_epochs_of_a_lost_checkpoint_are_trained_again_and_told_once(make: Make, notes: Notes) -> None:
    before = record(1, 0.25)["record"], record(2, 0.5)["record"]
    epochs = {int(metrics.pop("epoch")): metrics for metrics in before}
    trial = Trial(0, {"depth": 0}, epochs)
    driver = make(trial)
    assert begin(driver) is trial
    assert driver.step(trial, record(1, 0.1, seconds=9.0))
    assert driver.step(trial, record(2, 0.1, seconds=9.0))
    assert driver.step(trial, record(3, 0.75))
    assert [trial.value_at(epoch) for epoch in (1, 2, 3)] == [0.25, 0.5, 0.75]
    assert trial.seconds == 3.0
    assert notes.epochs == [(0, 3, 0.75)]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk quota is used up"),
        (OSError(errno.EIO, "Input/output error"), "cannot write: [Errno 5] Input/output error"),
    ],
    ids=["full", "quota", "broken"],
)
def test_what_cannot_be_written_ends_the_session(
    make: Make, notes: Notes, fault: OSError, reason: str, tmp_path: Path
) -> None:
    later = Notes()
    driver = make()
    driver.callbacks.append(later)
    first, second = begin(driver), begin(driver)
    notes.fault = fault
    told = list(later.told)
    assert not driver.step(first, record(1))
    assert driver.fatal == reason
    notes.fault = None
    driver.step(second, FAILED)
    driver.died(first, "killed")
    driver.close()
    assert later.told == told
    assert len(notes.told) == 2
    assert not (tmp_path / "failures").exists()
    assert driver.next() is None


def test_a_new_trial_that_cannot_be_written_is_not_trained(make: Make, notes: Notes) -> None:
    driver = make()
    notes.fault = OSError(errno.ENOSPC, "No space left on device")
    assert driver.next() is None
    assert driver.fatal == "the disk is full"


def test_another_error_of_a_callback_is_not_taken_for_a_fault_of_the_disk(make: Make, notes: Notes) -> None:
    driver = make()
    notes._note = lambda event, trial: 1 / 0  # type: ignore[method-assign, assign, return-value]
    with pytest.raises(ZeroDivisionError):
        driver.next()


def test_the_end_stops_what_is_paused(make: Make, notes: Notes) -> None:
    driver = make(trials=3)
    complete(driver, begin(driver), 0.9)
    for value in (0.2, 0.1):
        driver.step(begin(driver), record(1, value))
    while trial := driver.next():  # the best of a rung goes on
        while driver.step(trial, record(trial.epoch + 1, 0.2)):
            pass
    assert driver.finished
    driver.close()
    assert notes.told[-1] == ("ended", 2, "stopped")
    assert {trial.state for trial in driver.trials} == {"complete", "stopped"}


def test_an_early_end_leaves_what_is_paused_to_the_resume(make: Make, notes: Notes) -> None:
    driver = make()
    complete(driver, begin(driver))
    driver.step(begin(driver), record(1, 0.1))
    driver.interrupted = "SIGINT"
    driver.close()
    assert driver.trials[1].state == "paused"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_is_a_result_and_no_error(make: Make, notes: Notes, value: float) -> None:
    driver = make()
    trial = begin(driver)
    assert not driver.step(trial, record(1, loss=value))
    assert (trial.state, trial.reason) == ("failed", f"loss is {value} at epoch 1")
    assert notes.told[-2:] == [("epoch", 0, "failed"), ("ended", 0, "failed")]
    assert driver.errors == {}


def test_a_traceback_that_cannot_be_kept_ends_the_session(make: Make, tmp_path: Path) -> None:
    (tmp_path / "failures").write_text("a file in the place of the folder")
    driver = make()
    driver.step(begin(driver), FAILED)
    assert driver.fatal.startswith("cannot write: ")
