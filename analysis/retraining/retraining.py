"""Training the configurations of a run again with several seeds: a fixed list, a record and a driver.

A worker stays with a configuration, whose training step it has compiled, as long as seeds of it are left.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from analysis.retraining import storage
from analysis.retraining.record import Record
from analysis.retraining.trainings import REPORT, Configuration, Training, checkpoint_path, number
from search.algorithm.schedulers import fixed
from search.algorithm.trial import Trial
from search.executors.driver import Driver
from search.runs import checkpoint, study_copy
from search.runs.plan import Plan


class Retraining:
    """What is to be trained, and the record of it. It is the callback of its driver.

    Args:
        plan: the run's, with the epochs, images and resources of this retraining.
        start: the record so far; the retraining goes on from there.
        tell: is called with a trial after each of its epochs.

    Attributes:
        driver: gives the trainings to an executor; its folder is the report's, laid out as a run's.
    """

    def __init__(self, plan: Plan, start: Record, tell: Callable[[Trial], None]) -> None:
        self._plan, self._start, self._tell, self._began = plan, start, tell, time.monotonic()
        trials = [
            self._trial(index, seed) for seed in start.seeds for index in range(len(start.configurations))
        ]
        compiled = study_copy.load(plan, start.folder).compiled
        scheduler = fixed.make(trials, epochs=plan.epochs, compiled=compiled)
        self.driver = Driver(plan, start.folder / REPORT, scheduler)
        self.driver.callbacks.append(self)

    @property
    def trials(self) -> list[Trial]:
        """A trial for each training."""
        return self.driver.trials

    @property
    def errors(self) -> dict[str, str]:
        """What trainings raised, by their labels ("best, seed 1"); the same command tries them again."""
        return {self._start.names[number]: reason for number, reason in self.driver.errors.items()}

    @property
    def record(self) -> Record:
        """What the retraining has come to so far."""
        configurations = [
            self._configuration(index, configuration)
            for index, configuration in enumerate(self._start.configurations)
        ]
        seconds = self._start.seconds + time.monotonic() - self._began
        return replace(self._start, configurations=tuple(configurations), seconds=seconds)

    def write(self) -> None:
        """Write the record; a fault of the disk ends the retraining."""
        self.driver.guard(lambda: storage.write(self.record))

    def started(self, trial: Trial) -> None:
        """Nothing is kept of a start."""

    def epoch(self, trial: Trial) -> None:
        """Write the record after each epoch, and tell of it."""
        self.write()
        self._tell(trial)

    def ended(self, trial: Trial) -> None:
        """Nothing more is kept of an end: the last epoch has it."""

    def _trial(self, index: int, seed: int) -> Trial:
        """Return a training as the record and its checkpoint have it."""
        training = self._recorded(index, seed)
        trial = Trial(
            number(index, seed),
            dict(self._start.configurations[index].params),
            seed=seed,
            objective=self._plan.objective,
        )
        trial.epochs.update({epoch: dict(metrics) for epoch, metrics in training.epochs.items()})
        if training.failed:
            trial.state, trial.reason = "failed", training.failed
        elif training.logits is None and trial.epoch == self._plan.epochs:
            last = checkpoint.load(training.checkpoint, self._plan.training(trial.params, seed))
            if not last or last.record["epoch"] < trial.epoch:
                trial.epochs.clear()  # its model is lost: it is trained again
        return trial

    def _recorded(self, index: int, seed: int) -> Training:
        trainings = self._start.configurations[index].trainings
        new = Training(
            seed,
            {},
            checkpoint_path(self._start.folder, index, seed),
            objective=self._plan.objective,
        )
        return next((training for training in trainings if training.seed == seed), new)

    def _configuration(self, index: int, configuration: Configuration) -> Configuration:
        numbers = {number(index, seed) for seed in self._start.seeds}
        trials = [trial for trial in self.trials if trial.number in numbers and trial.epochs]
        return replace(configuration, trainings=tuple(self._training(index, trial) for trial in trials))

    def _training(self, index: int, trial: Trial) -> Training:
        assert trial.seed is not None
        # A loss that is NaN is a result; what raised is no result, and is tried again.
        diverged = trial.state == "failed" and trial.number not in self.driver.errors
        recorded = self._recorded(index, trial.seed)
        return replace(recorded, epochs=dict(trial.epochs), failed=trial.reason if diverged else "")
