"""How far a retraining is, on stderr: a line for each training that has ended, and a bar on a terminal.

Where stderr is no terminal, a log file, say, there is a line for each epoch, but not more than one in
`INTERVAL` seconds, with the time left.
"""

import time
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from analysis.retraining.record import Record
from data.terminal import output
from search.algorithm.trial import Trial
from search.command.live import clock

INTERVAL = 10.0  # seconds


class Progress:
    """A context in which it shows.

    Args:
        start: the record that the retraining goes on with.
    """

    def __init__(self, start: Record) -> None:
        self._length = start.epochs
        self._metric = "loss" if start.with_validation else start.objective
        self._names = start.names
        self._total = len(self._names) * start.epochs
        self._before = self._done = 0  # epochs
        self._began = self._told = time.monotonic()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        console = output.console()
        self._bar = Bar(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("epochs", total=self._total)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def show(self, trials: list[Trial]) -> None:
        """Show how far these trainings are."""
        self._before = self._done = sum(trial.epoch for trial in trials)
        self._bar.update(self._task, completed=self._done)

    def tell(self, trial: Trial) -> None:
        """Say what the last epoch of a training came to."""
        self._done += 1
        self._bar.advance(self._task)
        name = self._names[trial.number]
        value = f"{self._metric} {trial.epochs[trial.epoch][self._metric]:.4f}"
        if trial.epoch == self._length or trial.state == "failed":
            ended = f"failed: {trial.reason}" if trial.state == "failed" else value
            self._say(f"{name}: {trial.epoch} epochs, {ended}, {trial.seconds:.0f} s")
        elif self._bar.disable and time.monotonic() - self._told >= INTERVAL:
            self._say(f"{name}: epoch {trial.epoch} of {self._length}, {value} · {self._time()}")

    def _time(self) -> str:
        elapsed = time.monotonic() - self._began
        left = elapsed * (self._total - self._done) / max(1, self._done - self._before)
        epochs = f"{self._done}/{self._total} epochs"
        return f"{epochs} · {clock(elapsed)} elapsed, about {clock(left)} left"

    def _say(self, line: str) -> None:
        self._told = time.monotonic()
        self._bar.console.print(output.one_line(line), highlight=False, markup=False, soft_wrap=True)
