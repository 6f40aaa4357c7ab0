"""Executors by name, and which Ray they are given."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

from search import executors
from search.executors import EXECUTORS
from search.executors.driver import Driver
from search.options import SearchOptions
from search.runs.provenance import Hardware
from tests.search.runs.conftest import small_plan

HARDWARE = Hardware(cores=7, gpus=0, name="a stub", node_cores=7)


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Add an executor called "stub", and return the addresses that it is given."""
    given: list[str | None] = []
    module = ModuleType("stub_executor")

    def hardware(address: str | None) -> Hardware:
        given.append(address)
        return HARDWARE

    module.hardware = hardware  # type: ignore[attr-defined]
    module.run = lambda driver, address: given.append(address)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "stub_executor", module)
    monkeypatch.setattr(executors, "EXECUTORS", {**EXECUTORS, "stub": "stub_executor"})
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    return given


@pytest.fixture
def driver(tmp_path: Path) -> Driver:
    """Return the driver of a search that has not begun."""
    plan = small_plan(trials=1, epochs=1)
    return Driver(plan, tmp_path, plan.make_scheduler([], lambda trials: {}, str))


@pytest.mark.parametrize("local", [True, False])
def test_what_options_choose_is_an_executor(local: bool) -> None:
    assert SearchOptions(local=local).executor in EXECUTORS


@pytest.mark.parametrize("name", EXECUTORS)
def test_every_executor_has_both_functions(name: str) -> None:
    module = importlib.import_module(EXECUTORS[name])
    assert callable(module.hardware)
    assert callable(module.run)


def test_an_executor_is_asked_for_its_hardware(addresses: list[str | None]) -> None:
    assert executors.hardware("stub", None) == HARDWARE


@pytest.mark.parametrize(
    ("address", "environment", "used"),
    [
        (None, None, None),
        (None, "", None),
        (None, "10.0.0.1:6379", "10.0.0.1:6379"),
        ("10.0.0.2:6379", "10.0.0.1:6379", "10.0.0.2:6379"),
        ("", "10.0.0.1:6379", "10.0.0.1:6379"),
    ],
)
def test_an_address_goes_before_ray_address(
    addresses: list[str | None],
    driver: Driver,
    monkeypatch: pytest.MonkeyPatch,
    address: str | None,
    environment: str | None,
    used: str | None,
) -> None:
    if environment is not None:
        monkeypatch.setenv("RAY_ADDRESS", environment)
    executors.hardware("stub", address)
    executors.execute(driver, "stub", address)
    assert addresses == [used, used]


def test_where_nothing_is_left_to_train_nothing_is_started(
    addresses: list[str | None], driver: Driver
) -> None:
    trial = driver.next()
    assert trial
    driver.step(trial, {"record": {"epoch": 1, "val_accuracy": 0.5, "images": 1, "seconds": 1.0}})
    assert driver.finished
    executors.execute(driver, "stub", None)
    assert addresses == []


def test_after_a_fatal_fault_nothing_is_started(addresses: list[str | None], driver: Driver) -> None:
    driver.cannot_go_on("the disk is full")
    executors.execute(driver, "stub", None)
    assert addresses == []


def test_an_executor_that_ends_before_its_time_is_a_fault(
    addresses: list[str | None], driver: Driver
) -> None:
    """A lost Ray may let Tune end as if all were done; nobody is to take that for a finished search."""
    executors.execute(driver, "stub", None)
    assert driver.fatal == "the executor 'stub' ended while trials were left to train"
