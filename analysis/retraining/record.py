"""What the retraining of a run has come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.retraining.openings import Opening
from analysis.retraining.trainings import Configuration, Examples, label, number
from search.algorithm.trial import BALANCED, OBJECTIVE, measure_of


@dataclass(frozen=True)
class Record:
    """What the retraining of one run has come to so far.

    Attributes:
        folder: of the run.
        study: name of its study.
        question: first line of the study's docstring.
        dataset: name.
        fingerprint: of the dataset, SHA-256.
        classes: their names.
        epochs: of each training.
        train_images: images that are trained on, seen in each epoch.
        seeds: with which each configuration is to be trained; the search's own is not among them.
        command: that asked for it.
        versions: package → version.
        commit: of the project; None outside of a repository.
        seconds: wall time spent so far.
        configurations: "best", and "default" unless the best is the default itself.
        with_validation: whether the images are of the training and the validation split together; then no
            validation accuracy is measured.
        opened: every opening of the test set, the first one first.
        tested: which of them, 1 for the first, gave the logits that are here; 0 where there are none.
        test_fingerprint: SHA-256 of the test images and labels; None while the test set is not opened.
        labels: (test images,) true classes; None while the test set is not opened.
        examples: None while the test set is not opened.
        objective: the metric by which the search compared trials, and trainings are compared.
    """

    folder: Path
    study: str
    question: str
    dataset: str
    fingerprint: str
    classes: tuple[str, ...]
    epochs: int
    train_images: int
    seeds: tuple[int, ...]
    command: str
    versions: Mapping[str, str]
    commit: str | None
    seconds: float
    configurations: tuple[Configuration, ...]
    with_validation: bool = False
    opened: tuple[Opening, ...] = ()
    tested: int = 0
    test_fingerprint: str | None = None
    labels: NDArray[np.int64] | None = None
    examples: Examples | None = None
    objective: str = OBJECTIVE

    @property
    def run(self) -> str:
        """STUDY/NAME."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def balanced(self) -> bool:
        """Whether every class counts the same."""
        return self.objective == BALANCED

    @property
    def counted_classes(self) -> NDArray[np.int64] | None:
        """True class of each test image, where every class counts the same; None where every image does."""
        return self.labels if self.balanced else None

    @property
    def measure(self) -> str:
        """What the objective is called in a sentence."""
        return measure_of(self.objective)

    @property
    def images(self) -> str:
        """The images seen in each epoch, in words; of the training split where no other is named."""
        splits = " of the training and validation splits" if self.with_validation else ""
        return f"{self.train_images:,} images{splits}"

    @property
    def chosen_by(self) -> str:
        """What the kept model of a configuration has, of all its seeds (see `Configuration.chosen`)."""
        return "lowest seed" if self.with_validation else f"highest validation {self.measure}"

    @property
    def names(self) -> dict[int, str]:
        """What each training that is asked for is called, by its number (see `trainings.number`)."""
        return {
            number(index, seed): label(configuration.name, seed)
            for seed in self.seeds
            for index, configuration in enumerate(self.configurations)
        }

    @property
    def missing(self) -> tuple[tuple[str, int], ...]:
        """Configuration and seed of every training that has not come to its end; one that failed has."""
        ended = {
            (configuration.name, training.seed)
            for configuration in self.configurations
            for training in configuration.trainings
            if training.failed or len(training.epochs) == self.epochs
        }
        wanted = [(configuration.name, seed) for seed in self.seeds for configuration in self.configurations]
        return tuple(pair for pair in wanted if pair not in ended)
