"""The driver where something goes wrong: in a training, with a worker, on the disk."""

import errno
import math
from pathlib import Path

import pytest

from search.algorithm.pool import RETRIES
from search.algorithm.trial import Trial
from tests.search.executors.conftest import FAILED, Make, Notes, begin, record


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
