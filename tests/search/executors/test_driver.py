"""The driver: what came of each step of a worker, told to callbacks that write it down."""

import time

from search.algorithm.trial import Trial
from tests.search.executors.conftest import Make, Notes, begin, complete, record


def test_an_epoch_is_told_and_the_trial_goes_on(make: Make, notes: Notes) -> None:
    driver = make()
    trial = begin(driver)
    assert driver.step(trial, record(1, 0.25))
    assert trial.epochs == {1: {"loss": 1.0, "val_accuracy": 0.25, "images": 100, "seconds": 1.0, "order": 1}}
    assert notes.told == [("started", 0, "running"), ("epoch", 0, "running")]
    assert driver.trials == [trial]


def test_a_trial_knows_the_host_of_each_of_its_segments(make: Make, notes: Notes) -> None:
    driver = make()
    trial = begin(driver)
    for epoch in (1, 2):
        driver.step(trial, {**record(epoch), "host": "node1"})
    driver.died(trial, "killed")
    assert begin(driver) is trial
    driver.step(trial, {**record(3), "host": "node2"})
    assert trial.hosts == {1: "node1", 3: "node2"}


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


def test_a_worker_that_dies_hands_its_trial_to_another(make: Make, notes: Notes) -> None:
    driver = make()
    trial = begin(driver)
    driver.died(trial, "killed")
    assert notes.told[-1] == ("ended", 0, "waiting")
    assert driver.errors == {}
    assert begin(driver) is trial


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
