"""The schedulers by name. A new one is one file of this folder, and one entry here.

The file has two functions: `settings(epochs)` returns what a run keeps of it, and `make(pool, **settings)`
returns the scheduler.
"""

import importlib
from collections.abc import Mapping
from types import ModuleType

from search.algorithm.pool import Pool
from search.algorithm.scheduler import Scheduler

# name, of the file too → what it does, for --help
SCHEDULERS: Mapping[str, str] = {
    "forecast": "trains on where a model of the curves expects most",
    "halving": "asynchronous successive halving with promotions",
    "stopping": "asynchronous successive halving that stops for good",
    "median": "stops what is below the median",
    "none": "trains every trial to its end",
}

DEFAULT = "forecast"


def settings(name: str, epochs: int) -> dict[str, int]:
    """Return a scheduler's settings for trials of so many epochs; a run keeps them."""
    chosen: dict[str, int] = _module(name).settings(epochs)
    return chosen


def make(name: str, pool: Pool, settings: Mapping[str, int]) -> Scheduler:
    """Return the scheduler of that name.

    Args:
        name: a key of `SCHEDULERS`.
        pool: of the search.
        settings: as `settings` gave them when the run was made.
    """
    scheduler: Scheduler = _module(name).make(pool, **settings)
    return scheduler


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{name}")
