"""Ways to search compared on recorded curves: how defaults are chosen.

    python -m search bench --curves DIR

Simple regret is how much worse the point that a search returns is than the best one recorded, both trained at
full length.
"""

import argparse
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from data.terminal.arguments import command_line, count
from data.terminal.table import aligned
from search.algorithm.schedulers import DEFAULT, SCHEDULERS
from search.algorithm.schedulers.halving import REDUCTION_FACTOR, RUNGS
from search.benchmark.curves import BadCurves, Recording, read
from search.benchmark.replay import Replay, Strategy

# Simulated time at which searches are compared, in trainings at full length for each worker.
MARKS = (2, 5, 10)


def halving(reduction_factor: int, rungs: int) -> Strategy:
    """Return TPE with the default scheduler, but for its reduction factor and its number of rungs."""

    def settings(epochs: int) -> Mapping[str, int]:
        grace_period = max(1, epochs // reduction_factor ** (rungs - 1))
        return {"grace_period": grace_period, "reduction_factor": reduction_factor}

    return Strategy(f"tpe, factor {reduction_factor}, {rungs} rungs", "tpe", "halving", settings)


def from_first_epoch(epochs: int) -> Mapping[str, int]:
    """Return the settings of Ray Tune's default, which stops from the first epoch on."""
    return {"grace_period": 1, "reduction_factor": 4}


OURS = Strategy("tpe, ours", "tpe")
# These are compared at equal times as well.
RIVALS = (
    OURS,
    Strategy("random, ours", "random"),
    Strategy("tpe, none", "tpe", "none"),
    *(Strategy(f"random, {name}", "random", name) for name in SCHEDULERS if name != DEFAULT),
    Strategy("random, stopping from 1", "random", "stopping", from_first_epoch),
)
# These are compared at the end only: the time that TPE itself needs grows with the square of the trials.
VARIANTS = (
    Strategy("tpe, stopping from 1", "tpe", "stopping", from_first_epoch),
    *(
        halving(factor, rungs)
        for factor, rungs in ((2, 2), (2, 3), (2, 4), (3, 2), (3, 3), (3, 4), (4, 2), (4, 3))
        if (factor, rungs) != (REDUCTION_FACTOR, RUNGS)
    ),
)


def main(arguments: list[str]) -> int:
    """Run `python -m search bench`; return its exit status."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        bench(given.curves, trials=given.trials, workers=given.workers)
    except BadCurves as error:
        print(f"python -m search bench: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = command_line("python -m search bench", "%(prog)s --curves DIR [options]", __doc__ or "")
    add = parser.add_argument
    add("--curves", type=Path, metavar="DIR", required=True, help="folder of recorded learning curves")
    add("--trials", type=count, metavar="N", default=50, help="of a search (default 50)")
    add("--workers", type=count, metavar="N", default=2, help="simulated (default 2)")
    return parser


def bench(curves: Path, *, trials: int = 50, workers: int = 2, seeds: int = 10) -> None:
    """Compare ways to search on recorded curves; print a table.

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
    ranks = np.mean([_ranks(value).mean(axis=1) for value in numbers.values()], axis=0)
    _print("Mean rank, 1 is best", trials, [["", *map(_number, row[1:])] for row in ranks])


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
    names = ("", *(strategy.name for strategy in (*RIVALS, *VARIANTS)))
    table = [[name, *cells] for name, cells in zip(names, (heads, *rows), strict=True)]
    print(f"\n{title}\n{aligned(table)}")


def _with_error(mean: float, error: float) -> str:
    return "–" if math.isnan(mean) else f"{mean:.4f} ± {error:.4f}"


def _number(mean: float) -> str:
    return "–" if math.isnan(mean) else f"{mean:.1f}"
