"""A search: the rule, with the journal and everything else that is told what happens.

Executors ask it what to train (`next`) and tell it what came of that (`epoch`, `failed`, `died`).
"""

import time
from collections.abc import Callable
from typing import Any, Protocol

import models
from search.algorithm.rule import Rule
from search.algorithm.sampler import propose
from search.algorithm.trial import Trial, best
from search.runs import checkpoint
from search.runs.checkpoint import disk_fault
from search.runs.journal import Journal, mend
from search.runs.plan import Plan
from search.runs.run import Run

# One step of a worker: {"record": …}, {"failed": reason, "traceback": …} or {"fatal": reason}.
Outcome = dict[str, Any]

# When the first so many trials have all failed, something is wrong with more than the points.
HOPELESS = 5


class Watcher(Protocol):
    """Is told what happens to trials; shows or keeps it."""

    def started(self, trial: Trial) -> None:
        """A stretch of a trial begins."""

    def epoch(self, trial: Trial) -> None:
        """The last of `trial.epochs` is new."""

    def ended(self, trial: Trial) -> None:
        """A stretch has ended; the trial's state says how: paused, waiting, complete, stopped or failed."""


class Work(Protocol):
    """What an executor is given: a search, or what else trains trials.

    `Search` says what each of these is.
    """

    plan: Plan
    run: Run
    interrupted: str
    fatal: str

    @property
    def stopping(self) -> bool:
        """Whether nothing more is to be started, and what runs is to end after its epoch."""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""

    def next(self, after: Trial | None = None) -> Trial | None:
        """Return a trial to train, or None while there is none; `after`: the free worker's last one."""

    def outcome(self, trial: Trial, outcome: Outcome) -> bool:
        """Take in what one step of a worker came to; return whether the trial goes on at once."""

    def failed(self, trial: Trial, reason: str, traceback: str) -> None:
        """Take in that a trial's training raised."""

    def died(self, trial: Trial, reason: str) -> None:
        """Take in that a trial's worker died."""


class Search:
    """A search of one run.

    Args:
        run: open and locked. Its journal is read: what there is already is gone on with.
        deadline: `time.monotonic()` at which to stop, or None.

    Attributes:
        interrupted: why it stops before its end, as soon as the epochs in flight are done; "" if it does not.
        fatal: why it cannot go on; "" if it can.
        mended: bytes cut off a journal whose last line was not whole.
    """

    def __init__(self, run: Run, deadline: float | None = None) -> None:
        plan = run.plan
        self.run, self.plan, self.deadline = run, plan, deadline
        self.watchers: list[Watcher] = []
        self.interrupted = self.fatal = ""
        self.mended = mend(run.journal)
        self.journal = Journal(run.journal, run.name, plan.space)
        trials = self.journal.trials()
        self.before = sum(trial.images for trial in trials)
        unfinished = [trial for trial in trials if trial.state == "waiting"]
        self.rule = Rule(
            trials,
            target=plan.trials,
            levels=plan.levels,
            eta=plan.eta,
            propose=self._propose,
            compiled=models.load(plan.study).compiled,
        )
        for trial in unfinished:  # a kill may fall between a trial's last epoch and its end
            if trial.state in ("complete", "failed"):
                self.journal.end(trial)
        self._tidy()

    @property
    def trials(self) -> list[Trial]:
        """All trials so far."""
        return self.rule.trials

    @property
    def best(self) -> Trial | None:
        """The best trial so far."""
        return best(self.trials)

    @property
    def stopping(self) -> bool:
        """Whether nothing more is to be started, and what runs is to end after its epoch."""
        if self.deadline and time.monotonic() > self.deadline and not self.interrupted:
            self.interrupted = "the budget is used up"
        return bool(self.interrupted or self.fatal)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""
        return self.rule.finished

    def next(self, after: Trial | None = None) -> Trial | None:
        """Return a trial to train, or None while there is none; `after`: the free worker's last one."""
        if self.stopping:
            return None
        known = len(self.trials)
        trial = self.rule.next(after)
        if trial is None:
            return None
        if len(self.trials) > known:
            self._write(self.journal.add, trial)
        if self.fatal:
            return None
        self._tell("started", trial)
        return trial

    def epoch(self, trial: Trial, record: checkpoint.Record) -> bool:
        """Take in an epoch; return whether the trial goes on at once."""
        metrics = {name: value for name, value in record.items() if name != "epoch"}
        epoch = int(record["epoch"])
        if epoch in trial.epochs:  # a checkpoint was lost, and the epoch trained once more
            return self._goes_on(trial, self.rule.report(trial, epoch, trial.epochs[epoch]))
        goes_on = self.rule.report(trial, epoch, metrics)
        self._write(self.journal.epoch, trial, epoch, metrics)
        self._tell("epoch", trial)
        return self._goes_on(trial, goes_on)

    def watch(self, watcher: Callable[["Search"], Watcher]) -> None:
        """Make a watcher, that is told of everything from now on."""
        self._write(lambda: self.watchers.append(watcher(self)))

    def outcome(self, trial: Trial, outcome: Outcome) -> bool:
        """Take in what one step of a worker came to; return whether the trial goes on at once."""
        if "record" in outcome:
            return self.epoch(trial, outcome["record"])
        if "fatal" in outcome:
            trial.state = "waiting"
            self.cannot_go_on(outcome["fatal"])
        else:
            self.failed(trial, outcome["failed"], outcome["traceback"])
        return False

    def failed(self, trial: Trial, reason: str, traceback: str) -> None:
        """Take in that a trial's training raised."""
        self.rule.fail(trial, reason)
        self._write(self.run.fail, trial.number, traceback)
        self._ended(trial)

    def died(self, trial: Trial, reason: str) -> None:
        """Take in that a trial's worker died."""
        self.rule.died(trial, reason)
        self._ended(trial)

    def cannot_go_on(self, reason: str) -> None:
        """Take in a fault that no other trial would escape, like a full disk."""
        self.fatal = self.fatal or reason

    def close(self) -> None:
        """End the search: if nothing is left to train, paused trials are stopped."""
        if self.finished and not self.fatal:
            for trial in self.rule.end():
                self._write(self.journal.end, trial)
                self._tell("ended", trial)
            self._write(self._tidy)

    def _goes_on(self, trial: Trial, goes_on: bool) -> bool:
        if not goes_on:
            self._ended(trial)
        elif self.stopping:
            trial.state = "waiting"
            self._tell("ended", trial)
            return False
        return goes_on

    def _ended(self, trial: Trial) -> None:
        if trial.state in ("complete", "failed"):
            self._write(self.journal.end, trial)
            self._write(self._tidy)
            self._check_hope()
        self._tell("ended", trial)

    def _check_hope(self) -> None:
        first = self.trials[:HOPELESS]
        if len(first) == HOPELESS and all(trial.state == "failed" for trial in first):
            self.cannot_go_on(f"all of the first {HOPELESS} trials failed; trial 0: {first[0].reason}")

    def _propose(self, trials: list[Trial]) -> dict[str, Any]:
        if not trials:
            return dict(self.plan.default)
        fixed = {name: self.plan.default[name] for name in self.plan.space}
        proposed = propose(self.plan.free, trials, sampler=self.plan.sampler, seed=self.plan.seed)
        return fixed | proposed

    def _tidy(self) -> None:
        """Remove the checkpoints that nobody will read: all but the unfinished, the best and the default."""
        complete = best([trial for trial in self.trials if trial.state == "complete"])
        for trial in self.trials:
            ended = trial.state in ("complete", "stopped", "failed")
            if ended and trial is not complete and trial.number:
                checkpoint.path(self.run.checkpoints, trial.number).unlink(missing_ok=True)

    def _tell(self, what: str, trial: Trial) -> None:
        for watcher in self.watchers:
            self._write(getattr(watcher, what), trial)

    def _write(self, action: Callable[..., object], *arguments: object) -> None:
        """Do something that writes; after a fault nothing more, so that what there is stays whole."""
        if self.fatal:
            return
        try:
            action(*arguments)
        except OSError as error:
            self.cannot_go_on(disk_fault(error) or f"cannot write: {error}")
