"""Searches over recorded curves, measured; what is measured is kept, and not measured again.

Each measurement is one line of a file, written when it is done: a comparison that is stopped goes on.
"""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import msgspec

from search.algorithm.trial import Trial
from search.benchmark.contestants import CONTESTANTS
from search.benchmark.curves import Recording, read
from search.benchmark.replay import Contestant, Replay, Table


@dataclass(frozen=True, order=True)
class Search:
    """One search to measure.

    Attributes:
        table: name of the recording.
        contestant: a key of `search.benchmark.contestants.CONTESTANTS`.
        workers: simulated.
        seed: of all that is random.
        start_cost: of a segment, in epochs.
    """

    table: str
    contestant: str
    workers: int
    seed: int
    start_cost: float = 0.0


@dataclass(frozen=True)
class Measured:
    """What a search came to.

    Attributes:
        search: it.
        budgets: at which it was looked at, in full trainings' worth of time of all workers together.
        regrets: normalized, at each of them: 0 is the best point recorded, 1 the median one and all below.
        seconds: of real time that the decisions took, up to each of them.
        decisions: how many trials were begun or went on, up to each of them.
    """

    search: Search
    budgets: tuple[float, ...]
    regrets: tuple[float, ...]
    seconds: tuple[float, ...]
    decisions: tuple[int, ...]


def measure(recording: Recording, search: Search, budgets: Sequence[float]) -> Measured:
    """Return what a search comes to within some budgets, which ascend."""
    table = Table(recording, search.seed)
    contestant = _Timed(CONTESTANTS[search.contestant].make(table))
    replay = Replay(table, contestant, workers=search.workers, start_cost=search.start_cost)
    regrets, seconds, decisions = [], [], []
    for budget in budgets:
        replay.advance(budget * recording.full_seconds / search.workers)
        regrets.append(replay.regret / recording.regret(None))
        seconds.append(round(contestant.seconds, 3))
        decisions.append(contestant.decisions)
    return Measured(search, tuple(budgets), tuple(regrets), tuple(seconds), tuple(decisions))


def measured(
    folder: Path, searches: Iterable[Search], budgets: Sequence[float], kept: Path, processes: int
) -> Iterator[Measured]:
    """Give what searches came to: those kept from before first, then each new one as it is done.

    Args:
        folder: of the recorded curves.
        searches: to measure.
        budgets: at which each is looked at, ascending.
        kept: file of the measurements; one line each.
        processes: how many measure at a time.
    """
    known = {result.search: result for result in _read(kept) if result.budgets == tuple(budgets)}
    left = []
    for search in searches:
        if search in known:
            yield known[search]
        else:
            left.append(search)
    # One thread each: several processes share the cores.
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))
    with (
        ProcessPoolExecutor(processes, get_context("spawn"), _begin, (folder,)) as pool,
        kept.open("ab") as file,
    ):
        futures = [pool.submit(_in_worker, search, tuple(budgets)) for search in left]
        for future in as_completed(futures):
            file.write(msgspec.json.encode(future.result()) + b"\n")
            file.flush()
            yield future.result()


class _Timed:
    """A contestant and a clock of its decisions."""

    def __init__(self, contestant: Contestant) -> None:
        self._contestant = contestant
        self.seconds, self.decisions = 0.0, 0

    def next(self, after: Trial | None = None) -> Trial | None:
        began = time.perf_counter()
        trial = self._contestant.next(after)
        self.seconds += time.perf_counter() - began
        self.decisions += trial is not None
        return trial

    def report(self, trial: Trial, epoch: int, metrics: dict[str, float]) -> bool:
        began = time.perf_counter()
        goes_on = self._contestant.report(trial, epoch, metrics)
        self.seconds += time.perf_counter() - began
        return goes_on

    @property
    def best(self) -> Trial | None:
        return self._contestant.best


_recordings: dict[str, Recording] = {}


def _begin(folder: Path) -> None:
    _recordings.update({recording.name: recording for recording in read(folder)})


def _in_worker(search: Search, budgets: tuple[float, ...]) -> Measured:
    return measure(_recordings[search.table], search, budgets)


def _read(kept: Path) -> list[Measured]:
    """Return what is kept; a last line that was cut off, and lines of other kinds, are measured again."""
    if not kept.exists():
        return []
    found = []
    for line in kept.read_bytes().splitlines():
        try:
            found.append(msgspec.json.decode(line, type=Measured))
        except msgspec.DecodeError:
            continue
    return found
