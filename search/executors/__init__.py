"""Where trials are trained, by name: an executor is one file and one entry.

Its module has two functions: `hardware(address)` returns what trials can run on, and `run(driver, address)`
trains until nothing is left or the driver stops.
"""

import importlib
import os
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from search.executors.driver import Driver
    from search.runs.provenance import Hardware

# name → module
EXECUTORS: Mapping[str, str] = {
    "local": "search.executors.local",
    "ray": "search.executors.ray_cluster",
}


def hardware(executor: str, address: str | None) -> "Hardware":
    """Return the hardware that an executor would train on.

    Args:
        executor: a key of `EXECUTORS`.
        address: of a running Ray; None for the one that RAY_ADDRESS names, or for this machine.

    Raises:
        RunError: the Ray at that address cannot be reached.
    """
    result: Hardware = _module(executor).hardware(_address(address))
    return result


def execute(driver: "Driver", executor: str, address: str | None) -> None:
    """Train until nothing is left to train, or the driver stops.

    Args:
        driver: of a search or a retraining.
        executor: a key of `EXECUTORS`.
        address: of a running Ray; None for the one that RAY_ADDRESS names, or for a Ray of our own.

    Raises:
        RunError: the executor cannot begin.
    """
    if not driver.finished and not driver.fatal:
        _module(executor).run(driver, _address(address))
        if not (driver.finished or driver.stopping):
            driver.cannot_go_on(f"the executor {executor!r} ended while trials were left to train")


def _address(address: str | None) -> str | None:
    return address or os.environ.get("RAY_ADDRESS") or None


def _module(executor: str) -> ModuleType:
    return importlib.import_module(EXECUTORS[executor])
