"""The executor on recorded learning curves, simulated workers and a simulated clock: how defaults are chosen.

    python -m search bench --curves DIR

It runs the rule that every executor runs, and trains nothing. `bench` compares ways to search by simple
regret: how much worse the point that a search returns (`search.algorithm.trial.best`) is than the best one
recorded, both trained at full length.
"""

import heapq
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from search.algorithm.halving import rungs
from search.algorithm.rule import Rule
from search.algorithm.sampler import propose
from search.algorithm.trial import OBJECTIVE, Trial, best
from search.benchmark.curves import Recording, read
from search.command import budget

# Simulated time at which searches are compared, in trainings at full length for each worker.
MARKS = (2, 5, 10)


class Stopping(Rule):
    """Asynchronous halving that stops trials for good and pauses none.

    A re-implementation of the rule of Ray Tune's `ASHAScheduler`, from the paper's appendix (Li et al., MLSys
    2020): a trial goes on past a rung if it is not below the best 1/eta of those that were there before it.
    """

    def report(self, trial: Trial, epoch: int, metrics: dict[str, float]) -> bool:
        """Take in an epoch's metrics; return whether the trial goes on; if not, it is over."""
        goes_on = super().report(trial, epoch, metrics)
        if trial.state == "paused":
            trial.state = "stopped"
        return goes_on

    def _goes_on(self, trial: Trial) -> bool:
        others = [each.value_at(trial.epoch) for each in self.trials if each is not trial]
        there = [value for value in others if math.isfinite(value)]
        return not there or bool(trial.value >= np.percentile(there, 100 * (1 - 1 / self.eta)))


@dataclass(frozen=True)
class Strategy:
    """A way to search.

    Attributes:
        name: in the table.
        sampler: `tpe`, or `random`: any recorded point as likely as any other.
        eta: a rung passes on 1/eta of its trials.
        rungs: how many there are, the full length among them; 1 is no halving.
        stopping: whether halving is of the stopping type; its rungs are counted from the first epoch on.
    """

    name: str
    sampler: str
    eta: int = budget.ETA
    rungs: int = budget.RUNGS
    stopping: bool = False

    def levels(self, epochs: int) -> tuple[int, ...]:
        """Return the rungs of a training of that many epochs."""
        if self.stopping:
            below = (self.eta**k for k in range(self.rungs - 1))
            return (*(level for level in below if level < epochs), epochs)
        grace = max(1, epochs // self.eta ** (self.rungs - 1))
        return rungs(epochs, grace, self.eta)


OURS = Strategy("tpe, ours", "tpe")
# These are compared at equal times as well.
RIVALS = (
    OURS,
    Strategy("random, ours", "random"),
    Strategy("tpe, no halving", "tpe", rungs=1),
    Strategy("random, no halving", "random", rungs=1),
    Strategy("random, stopping, eta 4", "random", eta=4, rungs=4, stopping=True),
)
# These are not: TPE's own time grows with the square of the trials.
VARIANTS = (
    Strategy("tpe, stopping, eta 4", "tpe", eta=4, rungs=4, stopping=True),
    *(
        Strategy(f"tpe, eta {eta}, {number} rungs", "tpe", eta, number)
        for eta, number in ((2, 2), (2, 3), (2, 4), (3, 2), (3, 3), (3, 4), (4, 2), (4, 3))
        if (eta, number) != (OURS.eta, OURS.rungs)
    ),
)


class Replay:
    """A search over a recording. Each recorded point is used at most once.

    Args:
        recording: what training comes to.
        strategy: how to search.
        trials: how many; not more than there are points.
        workers: how many train at a time.
        seed: of all proposals. Random ones are the same in all strategies.

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
        self.rule = (Stopping if strategy.stopping else Rule)(
            [],
            target=min(trials, len(recording.params)),
            levels=strategy.levels(recording.epochs),
            eta=strategy.eta,
            propose=self._propose,
            compiled=lambda _: None,  # a recording does not say what an epoch took to compile
        )
        # End of the epoch in flight, number of its trial, the trial: numbers decide between equal times.
        self._flight: list[tuple[float, int, Trial]] = []
        self._shuffled = iter(np.random.default_rng(seed).permutation(len(recording.params)).tolist())

    @property
    def regret(self) -> float:
        """The simple regret of what the search would return now."""
        trial = best(self.rule.trials)
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
            if self.rule.report(trial, epoch, metrics):
                self._train(trial)

    def _staff(self) -> bool:
        """Give idle workers what there is to train; return whether any is at work."""
        while len(self._flight) < self.workers and (trial := self.rule.next()):
            self._train(trial)
        return bool(self._flight)

    def _train(self, trial: Trial) -> None:
        seconds = float(self.recording.seconds[self.points[trial.number], trial.epoch])
        heapq.heappush(self._flight, (self.clock + seconds, trial.number, trial))

    def _propose(self, trials: list[Trial]) -> dict[str, float]:
        point = self._point(trials)
        self.points.append(point)
        return self.recording.params[point]

    def _point(self, trials: list[Trial]) -> int:
        if not trials:  # the default configuration
            return self.recording.nearest(None, ())
        if self.strategy.sampler == "random":
            # From the table itself: Optuna would take most of the time, and isolated points too often.
            return next(point for point in self._shuffled if point != self.points[0])
        wish = propose(self.recording.space, trials, sampler=self.strategy.sampler, seed=self.seed)
        return self.recording.nearest(wish, self.points)


def bench(curves: Path, *, trials: int = 50, workers: int = 2, seeds: int = 10) -> int:
    """Compare ways to search on recorded curves; print a table. Return the exit status, 0.

    Args:
        curves: folder of the recorded curves; see `search.benchmark.curves`.
        trials: of a search.
        workers: simulated.
        seeds: searches of each kind, the same seeds for all.

    Raises:
        BadCurves: the folder has none, or damaged ones.
    """
    numbers = {each.name: _measured(each, trials, workers, seeds) for each in read(curves)}
    print(f"Simple regret, mean ± standard error of {seeds} seeds, with {workers} simulated workers:")
    print(f"at the end of {trials} trials, and after some time. A mean training at full length takes 1.")
    for name, each in numbers.items():
        mean, error = each.mean(axis=1), each.std(axis=1) / math.sqrt(max(1, seeds - 1))
        rows = [
            [f"{means[0]:.1f}", *map(_with_error, means[1:], errors[1:])]
            for means, errors in zip(mean, error, strict=True)
        ]
        _print(name, trials, rows)
    ranks = np.mean([_ranks(each).mean(axis=1) for each in numbers.values()], axis=0)
    _print("Mean rank, 1 is best", trials, [["", *map(_number, row[1:])] for row in ranks])
    return 0


def _measured(recording: Recording, trials: int, workers: int, seeds: int) -> np.ndarray:
    """Return (strategies, seeds, 2 + marks): time of a search, its regret at the end, and at each mark."""
    numbers = []
    for strategy in (*RIVALS, *VARIANTS):
        print(f"{recording.name}: {strategy.name}", file=sys.stderr)
        marks = MARKS if strategy in RIVALS else ()
        numbers.append([_measure(recording, strategy, trials, workers, seed, marks) for seed in range(seeds)])
    return np.array(numbers)


def _measure(
    recording: Recording, strategy: Strategy, trials: int, workers: int, seed: int, marks: Sequence[int]
) -> list[float]:
    whole = Replay(recording, strategy, trials=trials, workers=workers, seed=seed)
    whole.advance()
    numbers = [whole.clock / recording.full_seconds, whole.regret]
    endless = Replay(recording, strategy, trials=sys.maxsize, workers=workers, seed=seed)
    for mark in marks:
        endless.advance(mark * recording.full_seconds)
        numbers.append(endless.regret)
    return numbers + [math.nan] * (len(MARKS) - len(marks))


def _ranks(numbers: np.ndarray) -> np.ndarray:
    """Return the rank of each strategy, the first axis, among all; equals share theirs."""
    better = (numbers[None] < numbers[:, None]).sum(axis=1)
    equal = (numbers[None] == numbers[:, None]).sum(axis=1)
    return np.where(np.isnan(numbers), np.nan, 1 + better + (equal - 1) / 2)


def _print(title: str, trials: int, rows: list[list[str]]) -> None:
    heads = ["time", f"{trials} trials", *(f"time {mark}" for mark in MARKS)]
    names = ("", *(each.name for each in (*RIVALS, *VARIANTS)))
    print(f"\n{title}")
    for name, cells in zip(names, (heads, *rows), strict=True):
        print(f"{name:26}{cells[0]:>6}" + "".join(f"{cell:>17}" for cell in cells[1:]))


def _with_error(mean: float, error: float) -> str:
    return "–" if math.isnan(mean) else f"{mean:.4f} ± {error:.4f}"


def _number(mean: float) -> str:
    return "–" if math.isnan(mean) else f"{mean:.1f}"
