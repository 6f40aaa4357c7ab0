"""Ctrl-C and SIGTERM, as a session sees them."""

import signal
import threading
from pathlib import Path

import pytest

from data.terminal.termination import status
from search.executors.driver import Driver
from search.executors.signals import stop_on_signals
from tests.search.runs.conftest import small_plan

BOTH = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture
def driver(tmp_path: Path) -> Driver:
    """Return the driver of a search."""
    plan = small_plan()
    return Driver(plan, tmp_path, plan.make_scheduler([], lambda trials: {}, str))


@pytest.mark.parametrize("number", BOTH)
def test_the_first_signal_stops_after_the_epoch(
    driver: Driver, number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    with stop_on_signals(driver) as received:
        assert not driver.stopping
        signal.raise_signal(number)
        assert driver.stopping
        assert driver.interrupted == number.name
    assert received == [number]
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Stopping after this epoch. Press Ctrl-C again to stop at once" in printed.err


@pytest.mark.parametrize("second", BOTH)
def test_the_second_signal_stops_at_once(driver: Driver, second: signal.Signals) -> None:
    with stop_on_signals(driver) as received:
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt) as raised:
            signal.raise_signal(second)
    assert status(raised.value) == 128 + second
    assert received == [signal.SIGTERM, second]


def test_the_handlers_of_before_come_back(driver: Driver) -> None:
    before = [signal.getsignal(number) for number in BOTH]

    def interrupted() -> None:
        with stop_on_signals(driver):
            assert [signal.getsignal(number) for number in BOTH] != before
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [signal.getsignal(number) for number in BOTH] == before


def test_another_thread_gets_no_signals_and_changes_no_handler(driver: Driver) -> None:
    before = [signal.getsignal(number) for number in BOTH]
    seen: list[object] = []

    def work() -> None:
        with stop_on_signals(driver) as received:
            seen.extend([received, [signal.getsignal(number) for number in BOTH]])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [[], before]
