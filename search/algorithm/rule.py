"""The search as a pure rule: told results, it says what to train next. No clock, thread, file or Ray.

What is tried, stopped and promoted follows from the trials alone, so a search that is read back from its
journal decides what the uninterrupted one would have decided.
"""

import math
from collections.abc import Callable, Hashable
from typing import Any

from search.algorithm.halving import promotable
from search.algorithm.trial import Trial

# A worker that dies under a trial (killed, node lost) is replaced this often before the trial is failed.
RETRIES = 2

Propose = Callable[[list[Trial]], dict[str, Any]]
Compiled = Callable[[dict[str, Any]], Hashable]


class Rule:
    """Proposes, pauses and promotes trials.

    Args:
        trials: what there is already; it grows.
        target: number of trials in the end.
        levels: the rungs, ascending; the last is the full length.
        eta: a rung passes on the best 1/eta of its trials.
        propose: maps the trials so far to the parameters of the next one.
        compiled: maps parameters to that of them which is compiled into a training step.
    """

    def __init__(
        self,
        trials: list[Trial],
        *,
        target: int,
        levels: tuple[int, ...],
        eta: int,
        propose: Propose,
        compiled: Compiled,
    ) -> None:
        self.trials = trials
        self.target = target
        self.levels = levels
        self.eta = eta
        self.propose = propose
        self.compiled = compiled
        for trial in trials:
            if trial.state in ("running", "waiting", "paused"):
                self._judge(trial)

    def next(self, after: Trial | None = None) -> Trial | None:
        """Return a trial to train, now `running`, or None while there is none.

        First what waits, then promotions, then new trials. Among those that wait, and only there, it is a
        question of speed which worker gets which: they are all trained, and nothing is learned in between.

        Args:
            after: what the free worker trained last, and has a compiled training step of.
        """
        trial = self._waiting(after) or self._promotable()
        if trial is None and len(self.trials) < self.target:
            trial = Trial(len(self.trials), self.propose(self.trials))
            self.trials.append(trial)
        if trial:
            trial.state = "running"
        return trial

    def report(self, trial: Trial, epoch: int, metrics: dict[str, float]) -> bool:
        """Take in an epoch's metrics; return whether the trial goes on at once.

        Where it does not, its state says why: paused, complete or failed.
        """
        trial.epochs[epoch] = metrics
        self._judge(trial)
        if trial.state == "waiting" or (trial.state == "paused" and self._goes_on(trial)):
            trial.state = "running"
        return trial.state == "running"

    def fail(self, trial: Trial, reason: str) -> None:
        """End a trial as failed."""
        trial.state, trial.reason = "failed", reason

    def died(self, trial: Trial, reason: str) -> None:
        """Take in that a trial's worker died: it waits for another one, or is failed after `RETRIES`."""
        trial.deaths += 1
        trial.state = "waiting"
        if trial.deaths > RETRIES:
            self.fail(trial, f"its worker died {trial.deaths} times: {reason}")

    def end(self) -> list[Trial]:
        """End the search; return the trials that were paused, now `stopped`."""
        paused = [trial for trial in self.trials if trial.state == "paused"]
        for trial in paused:
            trial.state = "stopped"
        return paused

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""
        busy = any(trial.state in ("running", "waiting") for trial in self.trials)
        return not busy and len(self.trials) >= self.target and self._promotable() is None

    def _goes_on(self, trial: Trial) -> bool:
        # Past a rung goes what a free slot would take anyway: a pause would only cost a checkpoint's reading.
        return not self._waiting() and self._promotable() is trial

    def _judge(self, trial: Trial) -> None:
        """Set the state that follows from a trial's last epoch."""
        metrics = trial.epochs.get(trial.epoch, {})
        wrong = [f"{name} is {value}" for name, value in metrics.items() if not math.isfinite(value)]
        if wrong:
            self.fail(trial, f"{wrong[0]} at epoch {trial.epoch}")
        elif trial.epoch >= self.levels[-1]:
            trial.state = "complete"
        # The default configuration, number 0, is never paused: it is what the best is compared with.
        elif trial.epoch in self.levels and trial.number:
            trial.state = "paused"
        else:
            trial.state = "waiting"

    def _waiting(self, after: Trial | None = None) -> Trial | None:
        """Return one that waits: one whose step the free worker has compiled, else one that no worker has."""
        own = after and self.compiled(after.params)
        others = {self.compiled(each.params) for each in self.trials if each.state == "running"}

        def cost(trial: Trial) -> tuple[bool, bool]:
            compiled = self.compiled(trial.params)
            return compiled != own, compiled in others

        return min((each for each in self.trials if each.state == "waiting"), key=cost, default=None)

    def _promotable(self) -> Trial | None:
        last_call = len(self.trials) >= self.target
        return promotable(self.trials, self.levels, self.eta, last_call=last_call)
