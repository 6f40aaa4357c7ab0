"""How far a retraining is, on stderr: a line for each training that has ended, and a bar on a terminal."""

from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from analysis.retraining.record import Record
from data.terminal import output
from search.algorithm.trial import Trial


class Progress:
    """A context in which it shows.

    Args:
        start: the record that the retraining goes on with.
    """

    def __init__(self, start: Record) -> None:
        self._length = start.epochs
        self._names = start.names
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        console = output.console()
        self._bar = Bar(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("epochs", total=len(self._names) * start.epochs)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def show(self, trials: list[Trial]) -> None:
        """Show how far these trainings are."""
        self._bar.update(self._task, completed=sum(trial.epoch for trial in trials))

    def tell(self, trial: Trial) -> None:
        """Say what the last epoch of a training came to, if it was the last one of all."""
        self._bar.advance(self._task)
        if trial.epoch < self._length and trial.state != "failed":
            return
        ended = f"failed: {trial.reason}" if trial.state == "failed" else f"val_accuracy {trial.value:.4f}"
        self._bar.console.print(
            f"{self._names[trial.number]}: {trial.epoch} epochs, {ended}, {trial.seconds:.0f} s",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
