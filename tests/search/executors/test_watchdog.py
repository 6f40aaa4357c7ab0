"""A session whose Ray is lost ends by itself, or is ended."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from search.executors import watchdog
from search.executors.driver import Driver
from tests.search.executors.conftest import Make

PROGRAM = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
from search.executors import watchdog
watchdog.PATIENCE = 0.1
driver = SimpleNamespace(fatal="", resume="Resume with: me")
driver.cannot_go_on = lambda reason: setattr(driver, "fatal", reason)
with watchdog.watched(driver, lambda: "gcs_server", lambda: None):
    time.sleep(60)
"""


def test_a_lost_process_is_told_to_the_driver_and_the_others_are_ended(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver: Driver = make()
    ended: list[int] = []
    with watchdog.watched(driver, lambda: "raylet", lambda: ended.append(1)):
        until = time.monotonic() + 10
        while not driver.fatal and time.monotonic() < until:
            time.sleep(0.01)
    assert driver.fatal == "Ray cannot go on: its raylet was killed, or has crashed"
    assert ended == [1]


def test_a_loss_that_fails_a_call_before_anyone_has_looked_is_told_too(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "INTERVAL", 60.0)
    driver: Driver = make()
    with pytest.raises(ConnectionError), watchdog.watched(driver, lambda: "raylet", lambda: None):
        raise ConnectionError
    assert driver.fatal == "Ray cannot go on: its raylet was killed, or has crashed"


def test_nothing_is_said_where_nothing_is_lost(make: Make) -> None:
    driver = make()
    with watchdog.watched(driver, lambda: "", lambda: None):
        time.sleep(0.5)
    assert not driver.fatal


def test_a_session_that_hangs_is_ended_with_one_line_and_how_to_resume(tmp_path: Path) -> None:
    result = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=50)
    assert result.returncode == 1
    assert result.stderr == (
        "Ray cannot go on: its gcs_server was killed, or has crashed\nProgress saved. Resume with: me\n"
    )
