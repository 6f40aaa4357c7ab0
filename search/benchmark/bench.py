"""Ways to search compared on recorded learning curves: this program's and other tools'.

    python -m search bench --curves DIR

Normalized regret is how much worse the point that a search returns is than the best one recorded, both
trained at full length: 0 is the best point, 1 the median one. A budget is what so many trainings at full
length take, all workers together.
"""

import argparse
import contextlib
import math
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.terminal.arguments import command_line, count, path
from data.terminal.output import console
from data.terminal.table import aligned
from search.benchmark.contestants import CONTESTANTS, USUAL
from search.benchmark.curves import BadCurves, read
from search.benchmark.measure import Measured, Search, measured

BUDGETS = (5.0, 10.0, 20.0, 40.0)
WORKERS = (1, 4, 16)

# (workers, contestant) → (tables, seeds, budgets)
Regrets = Mapping[tuple[int, str], NDArray[np.float64]]


def main(arguments: list[str]) -> int:
    """Run `python -m search bench`; return its exit status."""
    given = _parser().parse_args(arguments)
    try:
        return _compare(given)
    except BadCurves as error:
        print(f"python -m search bench: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = command_line("python -m search bench", "%(prog)s --curves DIR [options]", __doc__ or "")
    add = parser.add_argument
    add("--curves", type=path, metavar="DIR", required=True, help="folder of recorded learning curves")
    others = " ".join(name for name in CONTESTANTS if name not in USUAL)
    add("--contestants", nargs="+", choices=CONTESTANTS, metavar="NAME", default=USUAL,
        help=f"default: {' '.join(USUAL)}; others: {others}")  # fmt: skip
    add("--workers", type=count, nargs="+", metavar="N", default=WORKERS, help="simulated (default 1 4 16)")
    add("--budgets", type=count, nargs="+", metavar="N", default=BUDGETS, help="default 5 10 20 40")
    add("--seeds", type=count, metavar="N", default=20, help="searches of each kind (default 20)")
    add("--start-cost", type=float, metavar="EPOCHS", default=0.0,
        help="of a segment on a worker that has not trained its trial last (default 0)")  # fmt: skip
    add("--out", type=path, metavar="DIR", default=Path("bench"),
        help="measurements, which are not made again, and the figure (default ./bench)")  # fmt: skip
    add("--processes", type=count, metavar="N", default=2, help="that measure at a time (default 2)")
    return parser


def _compare(given: argparse.Namespace) -> int:
    names = [name for name in given.contestants if not CONTESTANTS[name].missing]
    for name in sorted(set(given.contestants) - set(names)):
        print(f"left out: {name} needs {CONTESTANTS[name].missing}", file=sys.stderr)
    tables = [recording.name for recording in read(given.curves)]
    budgets = tuple(map(float, sorted(given.budgets)))
    searches = [
        Search(table, name, workers, seed, given.start_cost)
        for seed in range(given.seeds)
        for workers in given.workers
        for table in tables
        for name in names
    ]
    given.out.mkdir(parents=True, exist_ok=True)
    kept = given.out / "measurements.jsonl"
    found = measured(given.curves, searches, budgets, kept, given.processes)
    with _progress(len(searches)) as advance:
        results = {result.search: advance(result) for result in found}
    regrets = {
        (workers, name): np.array(
            [
                [
                    results[Search(table, name, workers, seed, given.start_cost)].regrets
                    for seed in range(given.seeds)
                ]
                for table in tables
            ]
        )
        for workers in given.workers
        for name in names
    }
    print(table_of(regrets, tables, budgets))
    print(f"\nMilliseconds a decision\n{_milliseconds(results.values(), names)}")
    from search.benchmark.figure import draw  # Matplotlib takes a second

    print(f"\nFigure: {draw(regrets, budgets, given.out / 'regret.png')}")
    return 0


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[Measured], Measured]]:
    """Show on a terminal how many searches are measured; elsewhere, say it once at the end."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console()) as bar:
        row = bar.add_task("searches", total=total)

        def advance(result: Measured) -> Measured:
            bar.advance(row)
            return result

        yield advance


def table_of(regrets: Regrets, tables: Sequence[str], budgets: Sequence[float]) -> str:
    """Return the mean normalized regret ± its standard error, over the tables and for each of them."""
    seeds = next(iter(regrets.values())).shape[1]
    heads = ["workers", "", *(f"{budget:g}" for budget in budgets)]
    parts = [f"Normalized regret, mean ± standard error of {seeds} seeds, at budgets of full trainings"]
    for at, title in enumerate(("mean of all tables", *tables)):
        if at == 1 and len(tables) == 1:
            break
        rows = []
        for (workers, name), values in regrets.items():
            chosen = values.mean(axis=0) if at == 0 else values[at - 1]
            rows.append([str(workers), CONTESTANTS[name].what, *map(_with_error, chosen.T)])
        parts.append(f"\n{title}\n{aligned([heads, *rows])}")
    return "\n".join(parts)


def _with_error(values: NDArray[np.float64]) -> str:
    error = values.std(ddof=1) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return f"{values.mean():.3f} ± {error:.3f}"


def _milliseconds(results: Collection[Measured], names: Sequence[str]) -> str:
    rows = [["", "mean", "decisions"]]
    for name in names:
        chosen = [result for result in results if result.search.contestant == name]
        seconds = sum(result.seconds[-1] for result in chosen)
        decisions = sum(result.decisions[-1] for result in chosen)
        rows.append([CONTESTANTS[name].what, f"{1000 * seconds / max(1, decisions):.1f}", f"{decisions:,}"])
    return aligned(rows)
