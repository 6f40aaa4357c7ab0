"""The driver gives trials to workers and takes in what came of each step; all executors share it.

A step ends in one of six ways: an epoch is trained, the training raises, the model is refused because it
costs too much, the worker dies, something goes wrong that no other trial would escape (fatal), or the session
is to stop. A search and a retraining are a scheduler, a driver and callbacks.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from search.algorithm.scheduler import Scheduler
from search.algorithm.trial import REFUSED, Trial
from search.runs import checkpoint
from search.runs.checkpoint import disk_fault
from search.runs.plan import Plan

# What one step of a worker came to: {"record": …, "host": …}, {"failed": reason, "traceback": …},
# {"refused": reason} or {"fatal": reason}.
Outcome = dict[str, Any]


class Callback(Protocol):
    """Is told what happens to trials; shows it or keeps it."""

    def started(self, trial: Trial) -> None:
        """A segment of a trial begins."""

    def epoch(self, trial: Trial) -> None:
        """The last of `trial.epochs` is new."""

    def ended(self, trial: Trial) -> None:
        """A segment has ended; the trial's state says how: paused, waiting, complete, stopped or failed."""


class Driver:
    """Drives the trials of a scheduler through an executor.

    Args:
        plan: of the run: what its workers need.
        folder: in which `checkpoints` and `failures` of the trials lie.
        scheduler: decides which trial is trained next, and how far.
        deadline: `time.monotonic()` at which to stop, or None.

    Attributes:
        callbacks: they are told of everything, in their order. An OSError in one ends the session.
        interrupted: why the session stops before the end, as soon as the epochs in flight are done; or "".
        fatal: why the session cannot go on; or "".
        resume: how a user goes on, in words.
        errors: number of a trial → why its training raised, or lost its workers. A loss that is NaN is no
            error, but a result.
    """

    def __init__(
        self, plan: Plan, folder: Path, scheduler: Scheduler, *, deadline: float | None = None
    ) -> None:
        self.plan, self.folder, self.scheduler, self.deadline = plan, folder, scheduler, deadline
        self.callbacks: list[Callback] = []
        self.interrupted = self.fatal = ""
        self.resume = "Run the same command to go on."
        self.errors: dict[int, str] = {}
        self._begun: set[int] = set()  # trials of which the first epoch of a segment is still to come

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints."""
        return self.folder / "checkpoints"

    @property
    def trials(self) -> list[Trial]:
        """All trials so far."""
        return self.scheduler.pool.trials

    @property
    def stopping(self) -> bool:
        """Whether nothing more is to be started, and what runs is to end after its epoch."""
        if self.deadline and time.monotonic() > self.deadline and not self.interrupted:
            self.interrupted = "the budget is used up"
        return bool(self.interrupted or self.fatal)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""
        return self.scheduler.finished

    def next(self, after: Trial | None = None) -> Trial | None:
        """Return a trial to train, or None while there is none.

        Args:
            after: the trial that the free worker trained last.
        """
        if self.stopping:
            return None
        trial = self.scheduler.next(after)
        if trial:
            self._begun.add(trial.number)
            self._tell("started", trial)
        return None if self.fatal else trial

    def step(self, trial: Trial, outcome: Outcome) -> bool:
        """Take in what one step of a worker came to; return whether the trial goes on at once."""
        if "record" in outcome:
            return self._epoch(trial, outcome["record"], outcome.get("host"))
        if "fatal" in outcome:
            trial.state = "waiting"
            self.cannot_go_on(outcome["fatal"])
        elif "refused" in outcome:
            self.scheduler.pool.fail(trial, f"{REFUSED}{outcome['refused']}")
            self._tell("ended", trial)
        else:
            self.failed(trial, outcome["failed"], outcome["traceback"])
        return False

    def failed(self, trial: Trial, reason: str, traceback: str) -> None:
        """Take in that a trial's training raised; its traceback is kept."""
        self.scheduler.pool.fail(trial, reason)
        self.errors[trial.number] = reason
        self.guard(self._keep_traceback, trial, traceback)
        self._tell("ended", trial)

    def died(self, trial: Trial, reason: str) -> None:
        """Take in that a trial's worker died."""
        self.scheduler.pool.died(trial, reason)
        if trial.state == "failed":
            self.errors[trial.number] = trial.reason
        self._tell("ended", trial)

    def cannot_go_on(self, reason: str) -> None:
        """Take in a fault that no other trial would escape, like a full disk."""
        self.fatal = self.fatal or reason

    def close(self) -> None:
        """End the session: if nothing is left to train, paused trials are stopped.

        Where trials are lost, something is left for a resume: then the session ends with a fault.
        """
        if lost := [trial for trial in self.trials if trial.lost]:
            numbers = ", ".join(str(trial.number) for trial in lost)
            self.cannot_go_on(f"trial {numbers} failed: {lost[0].reason}; a resume tries again")
        if self.finished and not self.fatal:
            for trial in self.scheduler.pool.end():
                self._tell("ended", trial)

    def guard(self, action: Callable[..., object], *arguments: object) -> None:
        """Call something that writes. After a fault nothing more is written, so that the files stay whole."""
        if self.fatal:
            return
        try:
            action(*arguments)
        except OSError as error:
            self.cannot_go_on(disk_fault(error) or f"cannot write: {error}")

    def _epoch(self, trial: Trial, record: checkpoint.Record, host: str | None) -> bool:
        epoch = int(record["epoch"])
        if host and trial.number in self._begun:
            trial.hosts[epoch] = host
        self._begun.discard(trial.number)
        recorded = trial.epochs.get(epoch)
        # Where a checkpoint was lost, an epoch is trained once more: the first record of it stands.
        metrics = recorded or {name: value for name, value in record.items() if name != "epoch"}
        goes_on = self.scheduler.report(trial, epoch, metrics)
        if not recorded:
            self._tell("epoch", trial)
        if goes_on and self.stopping:
            trial.state, goes_on = "waiting", False
        if not goes_on:
            self._tell("ended", trial)
        return goes_on

    def _keep_traceback(self, trial: Trial, traceback: str) -> None:
        folder = self.folder / "failures"
        folder.mkdir(exist_ok=True)
        (folder / f"trial-{trial.number:05d}.txt").write_text(traceback, encoding="utf-8")

    def _tell(self, event: str, trial: Trial) -> None:
        for callback in self.callbacks:
            self.guard(getattr(callback, event), trial)
