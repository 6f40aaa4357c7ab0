"""The pool of trials that a scheduler decides about, and the changes of their state that need no scheduler.

Every scheduler has one: a trial is suggested, waits for a worker, trains, ends at full length or fails in the
same way whatever the scheduler is. What a scheduler adds is when a trial is paused, stopped or promoted.
"""

import math
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any

from search.algorithm.trial import OBJECTIVE, Trial

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

# A trial whose worker dies (killed, node lost) is given to another worker this often before it fails, and as
# often again when the search is resumed: what killed its workers may have been something outside of it.
RETRIES = 2

Suggest = Callable[[list[Trial]], dict[str, Any]]
Compiled = Callable[[dict[str, Any]], Hashable]


class Pool:
    """All trials of a search.

    Args:
        trials: the trials so far; the list grows.
        target: number of trials in the end.
        epochs: length of a trial that is never stopped.
        suggest: maps the trials so far to the parameters of the next one.
        space: the hyperparameters that are searched.
        compiled: maps parameters to the part of them that is compiled into a training step.
        objective: the metric that trials are judged by.
    """

    def __init__(
        self,
        trials: list[Trial],
        *,
        target: int,
        epochs: int,
        suggest: Suggest,
        compiled: Compiled,
        space: Mapping[str, "BaseDistribution"] | None = None,
        objective: str = OBJECTIVE,
    ) -> None:
        self.trials = trials
        self.target = target
        self.epochs = epochs
        self.space = space or {}
        self._objective = objective
        self._suggest = suggest
        self._compiled = compiled
        orders = [metrics.get("order", 0) for trial in trials for metrics in trial.epochs.values()]
        self._next = int(max(orders, default=0)) + 1

    @property
    def alive(self) -> list[Trial]:
        """The trials that did not fail."""
        return [trial for trial in self.trials if trial.state != "failed"]

    @property
    def unfinished(self) -> list[Trial]:
        """The trials that have not ended."""
        return [trial for trial in self.trials if trial.state in ("running", "waiting", "paused")]

    @property
    def busy(self) -> bool:
        """Whether a trial trains or waits for a worker."""
        return any(trial.state in ("running", "waiting") for trial in self.trials)

    @property
    def full(self) -> bool:
        """Whether no further trial will be suggested."""
        return len(self.trials) >= self.target

    def new(self) -> Trial | None:
        """Suggest the next trial and add it; return None where the pool is full."""
        if self.full:
            return None
        trial = Trial(len(self.trials), self._suggest(self.trials), objective=self._objective)
        self.trials.append(trial)
        return trial

    def record(self, trial: Trial, epoch: int, metrics: dict[str, float]) -> None:
        """Record the metrics of an epoch; in a search, its place in the order of all epochs too."""
        trial.epochs[epoch] = metrics
        if self.space and "order" not in metrics:
            metrics["order"] = self._next
            self._next += 1

    def waiting(self, after: Trial | None = None) -> Trial | None:
        """Return a trial that waits for a worker, or None.

        All waiting trials are trained in the end, and nothing is learned in between, so the choice is a
        question of speed: first a trial whose training step the free worker has compiled, then one whose
        step no other worker has.

        Args:
            after: the trial that the free worker trained last, and has a compiled training step of.
        """
        latest = after and self._compiled(after.params)
        others = {self._compiled(trial.params) for trial in self.trials if trial.state == "running"}

        def cost(trial: Trial) -> tuple[bool, bool]:
            compiled = self._compiled(trial.params)
            return compiled != latest, compiled in others

        return min((trial for trial in self.trials if trial.state == "waiting"), key=cost, default=None)

    def start(self, trial: Trial | None) -> Trial | None:
        """Mark a trial, if there is one, as running; return it."""
        if trial:
            trial.state = "running"
        return trial

    def judge(self, trial: Trial) -> None:
        """Set the state that follows from a trial's last epoch alone: failed, complete or waiting.

        A trial fails where a metric is NaN or infinite.
        """
        metrics = trial.epochs.get(trial.epoch, {})
        not_finite = [f"{name} is {value}" for name, value in metrics.items() if not math.isfinite(value)]
        if not_finite:
            self.fail(trial, f"{not_finite[0]} at epoch {trial.epoch}")
        else:
            trial.state = "complete" if trial.epoch >= self.epochs else "waiting"

    def fail(self, trial: Trial, reason: str) -> None:
        """End a trial as failed."""
        trial.state, trial.reason = "failed", reason

    def died(self, trial: Trial, reason: str) -> None:
        """Handle the death of a trial's worker: the trial waits for another one, or fails after `RETRIES`."""
        trial.deaths += 1
        trial.state = "waiting"
        if trial.deaths % (RETRIES + 1) == 0:
            self.fail(trial, f"its worker died {trial.deaths} times: {reason}")
            trial.lost = trial.deaths == RETRIES + 1

    def end(self) -> list[Trial]:
        """End the search; return the trials that were paused, now `stopped`."""
        paused = [trial for trial in self.trials if trial.state == "paused"]
        for trial in paused:
            trial.state = "stopped"
        return paused
