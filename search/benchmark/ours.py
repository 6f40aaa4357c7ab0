"""A sampler and a scheduler of this program as a contestant."""

import sys
from collections.abc import Callable, Mapping
from typing import Any

from search.algorithm import samplers, schedulers
from search.algorithm.pool import Pool
from search.algorithm.scheduler import Scheduler
from search.algorithm.trial import Trial
from search.benchmark.replay import Table

Settings = Callable[[int], Mapping[str, int]]


def search(
    table: Table, sampler: str, scheduler: str, *, trials: int = sys.maxsize, settings: Settings | None = None
) -> Scheduler:
    """Return a scheduler over a table.

    Args:
        table: suggestions become its nearest unused points, so that the sampler learns from what was trained.
        sampler: a key of `search.algorithm.samplers.SAMPLERS`; `random` takes any unused point.
        scheduler: a key of `search.algorithm.schedulers.SCHEDULERS`.
        trials: how many at most.
        settings: maps the full length, in epochs, to the scheduler's settings; None for its own.
    """
    recording = table.recording

    def suggest(trials: list[Trial]) -> dict[str, Any]:
        if not trials:
            return table.default()
        if sampler == "random":
            # From the table itself: Optuna would need most of the time, and choose isolated points too often.
            return table.random()
        params = samplers.suggest(sampler, recording.space, trials, table.seed, recording.epochs)
        return table.nearest(params)

    pool = Pool(
        [],
        target=min(trials, len(recording.params)),
        epochs=recording.epochs,
        suggest=suggest,
        space=recording.space,
        compiled=lambda _: None,  # a recording does not say what an epoch took to compile
    )
    chosen = settings(recording.epochs) if settings else schedulers.settings(scheduler, recording.epochs)
    return schedulers.make(scheduler, pool, chosen)
