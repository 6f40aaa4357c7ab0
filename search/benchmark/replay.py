"""The executor on recorded learning curves, simulated workers and a simulated clock. It trains nothing.

It runs a scheduler of this program, the one that every executor runs, or the objects of another tool.
"""

import heapq
import math
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from search.algorithm.trial import OBJECTIVE, Trial
from search.benchmark.curves import Recording


class Contestant(Protocol):
    """A way to search, over one table: a scheduler of this program, or as much of another tool."""

    def next(self, after: Trial | None = None) -> Trial | None:
        """Return a trial to train, or None while there is none; see `search.algorithm.scheduler`."""

    def report(self, trial: Trial, epoch: int, metrics: dict[str, float]) -> bool:
        """Take in an epoch, NaN where training diverged; return whether the trial goes on at once."""

    @property
    def best(self) -> Trial | None:
        """The trial that the search would return now."""


class Table:
    """The points of a recording, each used at most once.

    Args:
        recording: of learning curves.
        seed: of random points, which are the same for all contestants.

    Attributes:
        used: the recorded point of each trial.
    """

    def __init__(self, recording: Recording, seed: int) -> None:
        self.recording, self.seed = recording, seed
        self.used: list[int] = []
        self._shuffled = np.random.default_rng(seed).permutation(len(recording.params)).tolist()

    @property
    def full(self) -> bool:
        """Whether all points are used."""
        return len(self.used) >= len(self.recording.params)

    def default(self) -> dict[str, Any]:
        """Return the parameters of the point nearest to the centre of the space."""
        return self.recording.params[self.recording.nearest(None, ())]

    def nearest(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of the nearest unused point."""
        return self.recording.params[self.recording.nearest(params, self.used)]

    def random(self) -> dict[str, Any]:
        """Return the parameters of an unused point; all have the same probability."""
        used = set(self.used)
        return self.recording.params[next(point for point in self._shuffled if point not in used)]

    def use(self, trial: Trial) -> None:
        """Take a new trial's point."""
        self.used.append(self.recording.nearest(trial.params, self.used))


class Replay:
    """A search over a recording.

    Args:
        table: of the search alone.
        contestant: searches it.
        workers: how many train at a time.
        start_cost: what a segment costs that begins on a worker which has not trained this trial last, in
            epochs of mean length: loading a checkpoint and tracing a training step.

    Attributes:
        clock: simulated seconds so far.
    """

    def __init__(
        self, table: Table, contestant: Contestant, *, workers: int, start_cost: float = 0.0
    ) -> None:
        self.table, self.recording, self.contestant = table, table.recording, contestant
        self.clock = 0.0
        self._start = start_cost * self.recording.full_seconds / self.recording.epochs
        self._idle: list[Trial | None] = [None] * workers  # the trial that each trained last
        # End of the epoch in flight, number of its trial, the trial: numbers decide between equal times.
        self._flight: list[tuple[float, int, Trial]] = []

    @property
    def regret(self) -> float:
        """The simple regret of what the search would return now."""
        trial = self.contestant.best
        return self.recording.regret(self.table.used[trial.number] if trial else None)

    def advance(self, until: float = math.inf) -> None:
        """Let simulated time pass, up to `until` seconds since the start or to the end of the search."""
        while self._staff() and self._flight[0][0] <= until:
            self.clock, number, trial = heapq.heappop(self._flight)
            epoch = trial.epoch + 1
            metrics = {
                OBJECTIVE: float(self.recording.curves[self.table.used[number], epoch - 1]),
                "seconds": float(self.recording.seconds[self.table.used[number], epoch - 1]),
                "images": 0.0,
            }
            if self.contestant.report(trial, epoch, metrics):
                self._train(trial)
            else:
                self._idle.append(trial)

    def _staff(self) -> bool:
        """Give trials to idle workers; return whether any worker is busy."""
        while self._idle and (trial := self.contestant.next(self._idle[-1])):
            if trial.number >= len(self.table.used):
                self.table.use(trial)
            here = next((last for last in self._idle if last is trial), self._idle[-1])
            self._idle.remove(here)
            self._train(trial, 0.0 if here is trial else self._start)
        return bool(self._flight)

    def _train(self, trial: Trial, start: float = 0.0) -> None:
        seconds = float(self.recording.seconds[self.table.used[trial.number], trial.epoch])
        heapq.heappush(self._flight, (self.clock + start + seconds, trial.number, trial))
