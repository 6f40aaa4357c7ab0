"""A fixed list of configurations, each trained to its full length; nothing is suggested.

A retraining is one: the best and the default configuration, with several seeds each.
"""

from typing import Any

from search.algorithm.pool import Compiled, Pool
from search.algorithm.scheduler import Scheduler
from search.algorithm.schedulers import none
from search.algorithm.trial import Trial


def make(trials: list[Trial], *, epochs: int, compiled: Compiled) -> Scheduler:
    """Return the scheduler of a list of trials.

    Args:
        trials: all of them; some may have been trained already.
        epochs: to which each is trained.
        compiled: maps parameters to the part of them that is compiled into a training step.
    """
    return none.make(Pool(trials, target=len(trials), epochs=epochs, suggest=_nothing, compiled=compiled))


def _nothing(trials: list[Trial]) -> dict[str, Any]:
    raise AssertionError("a fixed list of configurations is never extended")
