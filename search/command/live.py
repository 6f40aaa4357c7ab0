"""A live view of a search on stderr: a panel on a terminal, plain lines elsewhere.

What is shown is computed in the main thread, in the callbacks. The thread that redraws the panel sees only
the finished text and the clock.
"""

import time
from collections import Counter
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import rich.live
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from data.terminal import output
from models.space.points import format_params
from search.algorithm.trial import Trial
from search.search import Search

_STYLES = {"failed": "red", "best": "bold green"}


@dataclass(frozen=True)
class Snapshot:
    """The state of a search at one moment.

    Attributes:
        at: `time.monotonic()` of that moment.
        rows: label and text of each line of the panel, but for the time.
        left: estimated seconds to the end; None where nothing was trained yet, or nothing is left.
    """

    at: float
    rows: tuple[tuple[str, str], ...]
    left: float | None


class Live:
    """Shows a search; a context, and a callback of its driver.

    Args:
        search: to show. Speed and time left are measured from now on.
        console: to print on; None for stderr.
    """

    def __init__(self, search: Search, console: Console | None = None) -> None:
        self._search = search
        self._rungs = search.scheduler.describe().rungs
        self._console = console or output.console()
        self._began = time.monotonic()
        self._before = _epochs(search.trials)
        self._snapshot = self._now()
        self._panel: rich.live.Live | None = None

    def __enter__(self) -> Self:
        if self._console.is_interactive:
            self._panel = rich.live.Live(
                get_renderable=self._render,
                console=self._console,
                refresh_per_second=4,
                redirect_stdout=False,
            )
            self._panel.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._snapshot = self._now()
        if self._panel:
            self._panel.stop()
        else:
            self._say(f"trials {_counts(self._search)} · {self._time()}")

    def started(self, trial: Trial) -> None:
        """Show that a trial trains."""
        self._snapshot = self._now()

    def epoch(self, trial: Trial) -> None:
        """Show an epoch."""
        self._snapshot = self._now()
        if not self._panel and trial.state == "running" and trial.epoch in self._rungs:
            self._tell(trial, f"goes on from epoch {trial.epoch}: {_value(trial)}")

    def ended(self, trial: Trial) -> None:
        """Show how a segment of a trial ended."""
        self._snapshot = self._now()
        if trial.state == "failed":
            self._tell(trial, f"failed: {trial.reason}", style=_STYLES["failed"])
        elif not self._panel and trial.state != "stopped":  # those are told all at once, at the end
            self._tell(trial, f"{trial.state} at epoch {trial.epoch}: {_value(trial)}")

    def _tell(self, trial: Trial, event: str, style: str = "") -> None:
        line = f"trial {trial.number} {event}"
        if not self._panel:
            best = self._search.best
            line += f" (best {best.value:.3f}, trial {best.number})" if best else ""
            line += f" · {len(self._search.trials)}/{self._search.plan.trials} trials · {self._time()}"
        self._say(line, style)

    def _say(self, line: str, style: str = "") -> None:
        self._console.print(Text(output.one_line(line), style), soft_wrap=True)

    def _now(self) -> Snapshot:
        search, now = self._search, time.monotonic()
        wall = max(now - self._began, 1e-9)
        trained = _epochs(search.trials) - self._before
        left = None
        if trained and not search.driver.finished:
            left = search.scheduler.expected_epochs() * wall / trained
            deadline = search.driver.deadline
            left = min(left, deadline - now) if deadline else left
        images = sum(trial.images for trial in search.trials) - search.images_before
        rows = [("trials", _counts(search)), *_best(search)]
        rows += [("speed", f"{images / wall:,.0f} images a second, {_epochs(search.trials)} epochs")]
        rows += [_running(trial, search) for trial in search.trials if trial.state == "running"]
        return Snapshot(now, tuple(rows), left)

    def _time(self) -> str:
        now, snapshot = time.monotonic(), self._snapshot
        elapsed = f"{clock(now - self._began)} elapsed"
        if reason := self._search.driver.interrupted or self._search.driver.fatal:
            return f"{elapsed}, stopping: {reason}"
        if snapshot.left is None:
            return elapsed
        return f"{elapsed}, about {clock(snapshot.left - (now - snapshot.at))} left"

    def _render(self) -> Panel:
        # Running trials come last: if there are more than fit, the terminal cuts them off at its lower end.
        trials, *rest = self._snapshot.rows
        table = Table.grid(padding=(0, 2))
        for label, text in [trials, ("time", self._time()), *rest]:
            table.add_row(Text(label, "dim", no_wrap=True), Text(text, _STYLES.get(label, "")))
        return Panel(table, title=Text(self._search.run.name), title_align="left", border_style="dim")


def clock(seconds: float) -> str:
    """Return a duration as m:ss or h:mm:ss; a negative one as 0:00.

    >>> clock(250), clock(3850)
    ('4:10', '1:04:10')
    """
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _epochs(trials: list[Trial]) -> int:
    return sum(len(trial.epochs) for trial in trials)


def _counts(search: Search) -> str:
    states = Counter[str](trial.state for trial in search.trials)
    order = ("running", "waiting", "paused", "complete", "stopped", "failed")
    parts = ", ".join(f"{states[state]} {state}" for state in order if states[state])
    return f"{len(search.trials)} of {search.plan.trials}" + (f": {parts}" if parts else "")


def _best(search: Search) -> list[tuple[str, str]]:
    best = search.best
    if best is None:
        return [("best", "none yet")]
    params = {name: best.params[name] for name in search.plan.free}
    where = f"trial {best.number} at epoch {best.epoch} of {search.plan.epochs}"
    return [("best", f"{_value(best)}, {where}"), ("", format_params(params))]


def _running(trial: Trial, search: Search) -> tuple[str, str]:
    text = f"epoch {trial.epoch} of {search.plan.epochs}"
    if trial.epochs:
        last = trial.epochs[trial.epoch]
        speed = last["images"] / last["seconds"] if last["seconds"] else 0
        text += f", {_value(trial)}, {speed:,.0f} images a second"
    return f"trial {trial.number}", text


def _value(trial: Trial) -> str:
    return f"{trial.objective} {trial.value:.3f}" if trial.epochs else "no epoch yet"
