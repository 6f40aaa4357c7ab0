"""The results in a run's folder: its plan, its trials, and the record of its retraining."""

from dataclasses import dataclass
from pathlib import Path

from scipy import stats

import models
from analysis.retraining import storage
from analysis.retraining.record import Record
from analysis.retraining.tested import Tested, tested_of
from analysis.statistics.intervals import Difference, Interval
from search.algorithm.trial import Trial
from search.runs import run, study_copy
from search.runs.plan import Plan
from search.runs.record import RunRecord, UnusedValidation


@dataclass(frozen=True)
class Evidence:
    """The results in a run's folder.

    Attributes:
        folder: folder of the run.
        run_record: content of `run.json`.
        trials: trials of the search so far.
        record: record of the retraining; None if nothing was retrained yet.
        earlier: retrainings before it, with other images or epochs, the latest first.
    """

    folder: Path
    run_record: RunRecord
    trials: list[Trial]
    record: Record | None
    earlier: tuple[Record, ...] = ()

    @property
    def plan(self) -> Plan:
        """The plan of the run."""
        return self.run_record.plan

    @property
    def name(self) -> str:
        """STUDY/NAME."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def question(self) -> str:
        """The first line of the study's docstring, with the dataset where that is not the study's own."""
        question = study_copy.question(self.plan, self.folder)
        return f"{question} (on {self.run_record.dataset.name})" if self.has_own_dataset else question

    @property
    def has_own_dataset(self) -> bool:
        """Whether the run is of another dataset than its study's."""
        study = self.plan.study
        own = models.load(study).dataset if study in models.names() else ""
        return bool(self.plan.dataset) and self.plan.dataset != own

    @property
    def best(self) -> Trial | None:
        """The best trial so far."""
        return self.plan.judge(self.trials).best

    @property
    def finished(self) -> bool:
        """Whether all trials of the plan have ended."""
        return self.plan.has_ended(self.trials)

    @property
    def unused_validation(self) -> UnusedValidation | None:
        """Accuracy of the best and the default on validation images that the search did not use.

        None if it was not measured, or if the measured trial is not the best any more.
        """
        recorded = self.run_record.best
        current = self.finished and self.best and recorded and recorded.trial == self.best.number
        return recorded.unused_validation if current and recorded else None

    @property
    def gain(self) -> Difference | None:
        """Accuracy of the best minus that of the default in `unused_validation`; one training of each."""
        measured = self.unused_validation
        if not measured or (self.best and self.best.number == 0):
            return None
        gain, half = measured.gain, measured.gain_95
        p = 2 * float(stats.norm.sf(1.96 * abs(gain) / half)) if half else 1.0
        return Difference(gain, Interval(gain - half, gain + half), p, seeds=1)

    @property
    def tested(self) -> dict[str, Tested]:
        """The tested configurations by name, "best" and "default"."""
        return tested_of(self.record) if self.record else {}


def read(folder: Path) -> Evidence:
    """Read the results in a run's folder. The folder is not locked, so a search may be writing to it.

    Raises:
        RunError: the folder is not a run, or a file in it is damaged.
    """
    folder = folder.resolve()
    trials, earlier = run.read_trials(folder), tuple(storage.earlier(folder))
    return Evidence(folder, run.read(folder), trials, storage.read(folder), earlier)
