"""SIGTERM ends a command with status 143 and its own last words, and nothing is changed behind it."""

import signal
import threading

import pytest

from data.terminal.termination import Terminated, status, terminable


def test_sigterm_is_an_interrupt_with_a_status_of_its_own() -> None:
    with pytest.raises(KeyboardInterrupt) as raised, terminable():
        signal.raise_signal(signal.SIGTERM)
    assert isinstance(raised.value, Terminated)
    assert status(raised.value) == 143
    assert status(KeyboardInterrupt()) == 130


def test_the_handler_of_before_comes_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with terminable():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_another_thread_changes_no_handler() -> None:
    before, seen = signal.getsignal(signal.SIGTERM), []

    def work() -> None:
        with terminable():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
