"""What a run has left to tell: its plan, its trials, and what became of its best when it was retrained."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

import models
from analysis.retraining import storage
from analysis.retraining.record import Record
from analysis.retraining.trainings import Configuration, Training
from analysis.statistics.intervals import Difference, Interval
from search.algorithm.trial import Trial
from search.runs import run
from search.runs.plan import Plan
from search.runs.record import RunRecord, UnusedValidation


@dataclass(frozen=True)
class Tested:
    """A retrained configuration on the test images.

    Attributes:
        configuration: with its trainings.
        right: whether each training's model is right, (seeds, images).
        kept: the training whose model is kept, the one with the highest validation accuracy.
        logits: of this model, (images, classes).
    """

    configuration: Configuration
    right: NDArray[np.bool_]
    kept: Training
    logits: NDArray[np.float32]

    @property
    def accuracies(self) -> list[float]:
        """Test accuracy of each seed."""
        return [float(each) for each in self.right.mean(axis=1)]

    @property
    def right_of_kept(self) -> NDArray[np.bool_]:
        """Whether the kept model is right, (images,)."""
        seeds = [each.seed for each in self.configuration.trainings if each.logits is not None]
        right: NDArray[np.bool_] = self.right[seeds.index(self.kept.seed)]
        return right


@dataclass(frozen=True)
class Evidence:
    """What a run's folder holds.

    Attributes:
        folder: of the run.
        about: what `run.json` holds.
        plan: of the run.
        trials: so far.
        record: of the retraining; None where nothing was retrained yet.
    """

    folder: Path
    about: RunRecord
    plan: Plan
    trials: list[Trial]
    record: Record | None

    @property
    def name(self) -> str:
        """STUDY/NAME."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def question(self) -> str:
        """What the study asks."""
        study = self.plan.study
        return models.summary(study) if study in models.names() else study

    @property
    def best(self) -> Trial | None:
        """The best trial so far."""
        return self.plan.judge(self.trials).best

    @property
    def ended(self) -> bool:
        """Whether every trial that was asked for has ended."""
        return self.plan.has_ended(self.trials)

    @property
    def measured(self) -> UnusedValidation | None:
        """Best and default on validation images that the search did not use, where they were measured."""
        recorded = self.about.best
        current = self.ended and self.best and recorded and recorded.trial == self.best.number
        return recorded.unused_validation if current and recorded else None

    @property
    def gain(self) -> Difference | None:
        """How much better the best is than the default on these images; one training of each."""
        if not self.measured or (self.best and self.best.number == 0):
            return None
        gain, half = self.measured.gain, self.measured.gain_95
        p = 2 * float(stats.norm.sf(1.96 * abs(gain) / half)) if half else 1.0
        return Difference(gain, Interval(gain - half, gain + half), p, seeds=1)

    @property
    def tested(self) -> dict[str, Tested]:
        """Configurations that were tested: "best", "default"."""
        if self.record is None:
            return {}
        tested = {each.name: _tested(each, self.record) for each in self.record.configurations}
        return {name: each for name, each in tested.items() if each}


def read(folder: Path) -> Evidence:
    """Return what a run's folder holds. It is not locked: a search may be writing it.

    Raises:
        RunError: it is damaged, or no run.
    """
    folder = folder.resolve()
    about = run.read(folder)
    return Evidence(folder, about, about.plan, run.read_trials(folder), storage.read(folder))


def _tested(configuration: Configuration, record: Record) -> Tested | None:
    kept = configuration.chosen()
    if kept is None or kept.logits is None:
        return None
    every = [each.logits for each in configuration.trainings if each.logits is not None]
    right = np.stack(every).argmax(axis=2) == record.labels
    return Tested(configuration, right, kept, kept.logits)
