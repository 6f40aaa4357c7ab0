"""A search and its journal: what was written is enough to go on, at whatever moment it was cut."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from search.algorithm.pool import RETRIES
from search.algorithm.schedulers import SCHEDULERS
from search.algorithm.trial import Trial
from search.executors.driver import Driver
from search.runs import checkpoint, run
from search.search import HOPELESS, Search
from tests.search.runs.conftest import make_run, small_plan

Open = Callable[..., Search]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of the run."""
    return tmp_path / "cifar_basic" / "first"


@pytest.fixture
def opened(folder: Path) -> Iterator[Open]:
    """Make the run, or open it again as a new process would."""
    runs: list[run.Run] = []

    def search(**changes: Any) -> Search:
        if runs:
            runs.pop().close()
        runs.append(run.open_run(folder) if folder.exists() else make_run(folder, plan=small_plan(**changes)))
        return Search(runs[-1])

    yield search
    for left in runs:
        left.close()


def value(trial: Trial, epoch: int) -> float:
    """Return a value of the objective that follows from the hyperparameters: a curve that rises."""
    return float(trial.params["depth"]) / 10 + epoch / 100 + min(float(trial.params["learning_rate"]), 0.05)


def step(driver: Driver, trial: Trial, epoch: int) -> bool:
    """Train a trial for one epoch, as a worker does; its checkpoint is empty."""
    record = {"epoch": epoch, "val_accuracy": value(trial, epoch), "images": 100, "seconds": 1.0}
    checkpoint.path(driver.checkpoints, trial.number).touch()
    return driver.step(trial, {"record": record})


def drive(driver: Driver, epochs: int = 10**6) -> int:
    """Train one trial at a time, at most so many epochs; return how many there were."""
    trained = 0
    while trained < epochs and (trial := driver.next()):
        goes_on = True
        while goes_on and trained < epochs:
            goes_on = step(driver, trial, trial.epoch + 1)
            trained += 1
    return trained


def told(search: Search) -> list[tuple[Any, ...]]:
    """Return what the trials have come to."""
    return [(trial.number, trial.params, trial.epochs, trial.state) for trial in search.trials]


def test_the_first_trial_is_the_default_and_fixed_values_stay(opened: Open) -> None:
    search = opened()
    drive(search.driver)
    assert search.trials[0].params == search.plan.default
    assert {trial.params["batch_size"] for trial in search.trials} == {32}
    assert len({trial.params["learning_rate"] for trial in search.trials}) == 6


def test_the_end_of_a_search(opened: Open) -> None:
    search = opened()
    drive(search.driver)
    search.driver.close()
    assert search.driver.finished
    assert search.best
    assert search.best.epoch == 9
    assert run.read_trials(search.run.folder) == search.trials
    assert {trial.state for trial in search.trials} == {"complete", "stopped"}


@pytest.mark.parametrize(
    ("scheduler", "sampler"),
    [*((scheduler, "random") for scheduler in SCHEDULERS), ("halving", "tpe"), ("halving", "cmaes")],
)
def test_cut_after_any_epoch_it_goes_on_as_if_it_had_not_been(
    opened: Open, folder: Path, scheduler: str, sampler: str
) -> None:
    whole = opened(sampler=sampler, scheduler=scheduler)
    epochs = drive(whole.driver)
    whole.driver.close()
    expected = told(whole)
    whole.run.close()
    for cut in range(2, epochs, 5):
        shutil.rmtree(folder)
        with make_run(folder, plan=small_plan(sampler=sampler, scheduler=scheduler)) as first:
            assert drive(Search(first).driver, cut) == cut
        with run.open_run(folder) as second:
            resumed = Search(second)
            assert drive(resumed.driver) == epochs - cut
            resumed.driver.close()
            assert told(resumed) == expected, cut


def test_a_finished_search_that_is_extended_trains_only_what_is_new(opened: Open) -> None:
    search = opened(scheduler="none")
    drive(search.driver)
    search.driver.close()
    before = told(search)
    search.run.write(plan=small_plan(scheduler="none", trials=8))
    extended = opened()
    assert extended.images_before == 6 * 9 * 100
    assert drive(extended.driver) == 2 * 9
    assert told(extended)[:6] == before


def test_a_kill_between_a_last_epoch_and_its_end_leaves_no_half_trial(opened: Open, folder: Path) -> None:
    search = opened()
    trial = search.driver.next()
    assert trial
    for epoch in range(1, 9):
        step(search.driver, trial, epoch)
    search.driver.callbacks.remove(search)
    assert not step(search.driver, trial, 9)
    search.epoch(trial)  # and then the kill came: the journal has no end of this trial
    assert run.read_trials(folder)[0].state == "waiting"
    assert opened().trials[0].state == "complete"
    assert run.read_trials(folder)[0].state == "complete"


def test_half_a_line_is_cut_off_and_counted(opened: Open, folder: Path) -> None:
    drive(opened().driver, 3)
    content = (folder / "journal.log").read_bytes()
    (folder / "journal.log").write_bytes(content + b'{"op_code": 8, "wor')
    search = opened()
    assert search.dropped == 19
    assert (folder / "journal.log").read_bytes() == content
    assert opened().dropped == 0


def test_a_failed_trial_stays_failed_with_its_reason(opened: Open) -> None:
    search = opened()
    trial = search.driver.next()
    assert trial
    search.driver.step(trial, {"failed": "ValueError: too deep", "traceback": "…"})
    (again,) = opened().trials
    assert (again.state, again.reason) == ("failed", "ValueError: too deep")


def test_where_the_first_trials_all_fail_the_search_ends(opened: Open) -> None:
    search = opened(trials=50)
    for number in range(HOPELESS):
        assert not search.driver.fatal
        trial = search.driver.next()
        assert trial
        search.driver.step(trial, {"failed": f"ValueError: no. {number}", "traceback": "…"})
    assert search.driver.fatal == f"the first {HOPELESS} trials all failed; trial 0: ValueError: no. 0"
    assert search.driver.next() is None


def test_one_trial_that_works_gives_hope(opened: Open) -> None:
    search = opened(trials=50)
    for number in range(HOPELESS + 3):
        trial = search.driver.next()
        assert trial
        if number == 2:
            step(search.driver, trial, 1)
        else:
            search.driver.step(trial, {"failed": "ValueError", "traceback": "…"})
    assert not search.driver.fatal


def test_only_checkpoints_that_somebody_needs_are_kept(opened: Open) -> None:
    search = opened()
    drive(search.driver)
    search.driver.close()
    assert search.best
    needed = {checkpoint.path(Path(), number).name for number in (0, search.best.number)}
    assert {file.name for file in search.run.checkpoints.iterdir()} == needed


def test_checkpoints_of_trials_that_go_on_are_kept(opened: Open) -> None:
    search = opened()
    drive(search.driver, 12)
    unfinished = [trial for trial in search.trials if trial.state in ("running", "paused", "waiting")]
    assert len(unfinished) > 1
    kept = {file.name for file in search.run.checkpoints.iterdir()}
    assert {checkpoint.path(Path(), trial.number).name for trial in unfinished} <= kept


def test_what_shows_the_search_may_be_unable_to_write(opened: Open) -> None:
    def full(search: Search) -> Any:
        raise OSError(28, "No space left on device")

    search = opened()
    search.watch(full)
    assert search.driver.fatal == "the disk is full"
    assert search.driver.next() is None
    assert run.read_trials(search.run.folder) == []


def lose(search: Search) -> Trial:
    """Let every worker of a trial die, as where a folder that they need is removed."""
    for _ in range(RETRIES + 1):
        trial = search.driver.next()
        assert trial
        search.driver.died(trial, "killed")
    assert trial.state == "failed"
    return trial


def test_a_trial_that_lost_its_workers_is_tried_again_by_a_resume(opened: Open) -> None:
    """What killed them may have been something outside of its training."""
    search = opened()
    drive(search.driver, 2)
    number = lose(search).number
    drive(search.driver)
    search.driver.close()
    assert re.match(rf"trial {number} failed: its worker died 3 times: killed; a resume", search.driver.fatal)
    resumed = opened()
    assert not resumed.driver.finished
    assert resumed.trials[number].state == "waiting"
    drive(resumed.driver)
    resumed.driver.close()
    assert not resumed.driver.fatal
    assert resumed.driver.finished
    assert not [trial for trial in opened().trials if trial.state in ("failed", "waiting")]


def test_a_trial_that_loses_its_workers_again_fails_for_good(opened: Open) -> None:
    lose(opened())
    search = opened()
    trial = lose(search)
    assert trial.reason == "its worker died 6 times: killed"
    assert opened().trials[trial.number].state == "failed"
