"""The executor on recorded learning curves, simulated workers and a simulated clock. It trains nothing.

It runs the scheduler that every executor runs.
"""

import heapq
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from search.algorithm import samplers, schedulers
from search.algorithm.pool import Pool
from search.algorithm.trial import OBJECTIVE, Trial
from search.benchmark.curves import Recording


@dataclass(frozen=True)
class Strategy:
    """A way to search.

    Attributes:
        name: in tables.
        sampler: a key of `search.algorithm.samplers.SAMPLERS`; `random` takes any recorded point with the
            same probability.
        scheduler: a key of `search.algorithm.schedulers.SCHEDULERS`.
        settings: maps the full length, in epochs, to the scheduler's settings; None for its own.
    """

    name: str
    sampler: str
    scheduler: str = schedulers.DEFAULT
    settings: Callable[[int], Mapping[str, int]] | None = None


class Replay:
    """A search over a recording. Each recorded point is used at most once.

    Args:
        recording: of learning curves.
        strategy: how to search.
        trials: how many; not more than there are points.
        workers: how many train at a time.
        seed: of all suggestions. Random ones are the same in all strategies.

    Attributes:
        clock: simulated seconds so far.
        points: the recorded point of each trial.
    """

    def __init__(
        self, recording: Recording, strategy: Strategy, *, trials: int, workers: int, seed: int
    ) -> None:
        self.recording, self.strategy, self.workers, self.seed = recording, strategy, workers, seed
        self.clock = 0.0
        self.points: list[int] = []
        pool = Pool(
            [],
            target=min(trials, len(recording.params)),
            epochs=recording.epochs,
            suggest=self._suggest,
            compiled=lambda _: None,  # a recording does not say what an epoch took to compile
        )
        settings = strategy.settings or partial(schedulers.settings, strategy.scheduler)
        self.scheduler = schedulers.make(strategy.scheduler, pool, settings(recording.epochs))
        # End of the epoch in flight, number of its trial, the trial: numbers decide between equal times.
        self._flight: list[tuple[float, int, Trial]] = []
        self._shuffled = iter(np.random.default_rng(seed).permutation(len(recording.params)).tolist())

    @property
    def regret(self) -> float:
        """The simple regret of what the search would return now."""
        trial = self.scheduler.best
        return self.recording.regret(self.points[trial.number] if trial else None)

    def advance(self, until: float = math.inf) -> None:
        """Let simulated time pass, up to `until` seconds since the start or to the end of the search."""
        while self._staff() and self._flight[0][0] <= until:
            self.clock, number, trial = heapq.heappop(self._flight)
            epoch = trial.epoch + 1
            metrics = {
                OBJECTIVE: float(self.recording.curves[self.points[number], epoch - 1]),
                "seconds": float(self.recording.seconds[self.points[number], epoch - 1]),
                "images": 0.0,
            }
            if self.scheduler.report(trial, epoch, metrics):
                self._train(trial)

    def _staff(self) -> bool:
        """Give trials to idle workers; return whether any worker is busy."""
        while len(self._flight) < self.workers and (trial := self.scheduler.next()):
            self._train(trial)
        return bool(self._flight)

    def _train(self, trial: Trial) -> None:
        seconds = float(self.recording.seconds[self.points[trial.number], trial.epoch])
        heapq.heappush(self._flight, (self.clock + seconds, trial.number, trial))

    def _suggest(self, trials: list[Trial]) -> dict[str, float]:
        point = self._point(trials)
        self.points.append(point)
        return self.recording.params[point]

    def _point(self, trials: list[Trial]) -> int:
        if not trials:  # the default configuration
            return self.recording.nearest(None, ())
        if self.strategy.sampler == "random":
            # From the table itself: Optuna would need most of the time, and would choose isolated points too
            # often.
            return next(point for point in self._shuffled if point != self.points[0])
        params = samplers.suggest(self.strategy.sampler, self.recording.space, trials, self.seed)
        return self.recording.nearest(params, self.points)
