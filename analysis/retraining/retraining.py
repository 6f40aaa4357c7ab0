"""Training the configurations of a run again with several seeds, as an executor is given it.

To the executors it is a search that has nothing to propose and no rung before the end. A worker stays with a
configuration, whose training step it has compiled, as long as seeds of it are left.
"""

import time
from collections.abc import Callable
from dataclasses import replace

import models
from analysis.retraining import record
from analysis.retraining.record import Record
from analysis.retraining.trainings import REPORT, Configuration, Training, checkpoint_path, number
from search.algorithm.rule import Rule
from search.algorithm.trial import Trial
from search.runs import checkpoint
from search.runs.checkpoint import disk_fault
from search.runs.plan import Plan
from search.runs.run import Run
from search.search import Outcome


class Retraining:
    """What is to be trained, and the record of it, which is written after every epoch.

    Args:
        opened: the run, locked.
        plan: the run's, with the epochs, images and resources of this retraining.
        start: what there is already; it is gone on with.
        tell: is called with a trial after each of its epochs.

    Attributes:
        run: the report's folder, laid out as a run's.
        interrupted: why it stops before its end; "" if it does not.
        fatal: why it cannot go on; "" if it can.
        errors: "best, seed 1" and so on → what that training raised; the next command tries it again.
    """

    def __init__(self, opened: Run, plan: Plan, start: Record, tell: Callable[[Trial], None]) -> None:
        self.plan = plan
        self.run = Run(opened.folder / REPORT, {}, opened.lock)
        self.interrupted = self.fatal = ""
        self.errors: dict[str, str] = {}
        self._start, self._tell, self._began = start, tell, time.monotonic()
        self.trials = [
            self._trial(index, seed) for seed in start.seeds for index in range(len(start.configurations))
        ]
        self.rule = Rule(
            self.trials,
            target=len(self.trials),
            levels=(plan.epochs,),
            eta=plan.eta,
            propose=lambda _: {},
            compiled=models.load(plan.study).compiled,
        )

    @property
    def stopping(self) -> bool:
        """Whether nothing more is to be started, and what runs is to end after its epoch."""
        return bool(self.interrupted or self.fatal)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""
        return self.rule.finished

    @property
    def record(self) -> Record:
        """What it has come to so far."""
        configurations = [self._configuration(*each) for each in enumerate(self._start.configurations)]
        seconds = self._start.seconds + time.monotonic() - self._began
        return replace(self._start, configurations=tuple(configurations), seconds=seconds)

    def next(self, after: Trial | None = None) -> Trial | None:
        """Return a training to go on with, or None while there is none; `after`: the free worker's last."""
        return None if self.stopping else self.rule.next(after)

    def outcome(self, trial: Trial, outcome: Outcome) -> bool:
        """Take in what one step of a worker came to; return whether the training goes on at once."""
        if "record" in outcome:
            return self._epoch(trial, outcome["record"])
        if "fatal" in outcome:
            trial.state = "waiting"
            self.fatal = self.fatal or outcome["fatal"]
        else:
            self.failed(trial, outcome["failed"], outcome["traceback"])
        return False

    def failed(self, trial: Trial, reason: str, traceback: str) -> None:
        """Take in that a training raised."""
        self.rule.fail(trial, reason)
        self.errors[self._start.names[trial.number]] = reason
        self.run.fail(trial.number, traceback)

    def died(self, trial: Trial, reason: str) -> None:
        """Take in that a worker died."""
        self.rule.died(trial, reason)
        if trial.state == "failed":
            self.errors[self._start.names[trial.number]] = trial.reason

    def write(self) -> None:
        """Write the record; a fault of the disk ends the retraining."""
        try:
            record.write(self.record)
        except OSError as error:
            self.fatal = self.fatal or disk_fault(error) or f"cannot write: {error}"

    def _epoch(self, trial: Trial, found: checkpoint.Record) -> bool:
        epoch = int(found["epoch"])
        # Of an epoch that is trained once more, because its checkpoint was lost, the first record stands.
        metrics = trial.epochs.get(epoch) or {name: each for name, each in found.items() if name != "epoch"}
        goes_on = self.rule.report(trial, epoch, metrics)
        self.write()
        self._tell(trial)
        if goes_on and self.stopping:
            trial.state = "waiting"
        return trial.state == "running"

    def _trial(self, index: int, seed: int) -> Trial:
        """Return a training as the record and its checkpoint have it."""
        known = self._known(index, seed)
        trial = Trial(number(index, seed), dict(self._start.configurations[index].params), seed=seed)
        trial.epochs.update({epoch: dict(each) for epoch, each in known.epochs.items()})
        if known.failed:
            trial.state, trial.reason = "failed", known.failed
        elif known.logits is None and trial.epoch == self.plan.epochs:
            last = checkpoint.load(known.checkpoint, self.plan.training(trial.params, seed))
            if not last or last.record["epoch"] < trial.epoch:
                trial.epochs.clear()  # its model is lost: it is trained again
        return trial

    def _known(self, index: int, seed: int) -> Training:
        trainings = self._start.configurations[index].trainings
        new = Training(seed, {}, checkpoint_path(self._start.folder, index, seed))
        return next((each for each in trainings if each.seed == seed), new)

    def _configuration(self, index: int, start: Configuration) -> Configuration:
        numbers = {number(index, seed) for seed in self._start.seeds}
        begun = [trial for trial in self.trials if trial.number in numbers and trial.epochs]
        return replace(start, trainings=tuple(self._training(index, trial) for trial in begun))

    def _training(self, index: int, trial: Trial) -> Training:
        assert trial.seed is not None
        result = trial.state == "failed" and self._start.names[trial.number] not in self.errors
        known = self._known(index, trial.seed)
        return replace(known, epochs=dict(trial.epochs), failed=trial.reason if result else "")
