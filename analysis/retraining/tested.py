"""A retrained configuration on the test images: its accuracy, and what it gains over another one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.retraining.record import Record
from analysis.retraining.trainings import Configuration, Training
from analysis.statistics import seeds_and_images
from analysis.statistics.intervals import Difference, Interval, paired
from search.algorithm import class_means
from search.algorithm.trial import BALANCED, OBJECTIVE, measure_of


@dataclass(frozen=True)
class Tested:
    """A retrained configuration on the test images.

    Attributes:
        configuration: the configuration with its trainings.
        right: whether the model of each training is right, (seeds, images).
        kept: the training whose model is kept (see `Configuration.chosen`).
        logits: output of the kept model, (images, classes).
        classes: true class of each image, where every class counts the same; None where every image does.
    """

    configuration: Configuration
    right: NDArray[np.bool_]
    kept: Training
    logits: NDArray[np.float32]
    classes: NDArray[np.int64] | None = None

    @property
    def accuracies(self) -> list[float]:
        """Test accuracy of each seed."""
        return [class_means.mean(right, self.classes) for right in self.right]

    @property
    def mean(self) -> float:
        """Test accuracy, mean over the seeds."""
        return float(np.mean(self.accuracies))

    @property
    def interval(self) -> Interval:
        """Interval of the mean, for other seeds and other images."""
        return seeds_and_images.accuracy(self.right, self.classes)

    @property
    def measure(self) -> str:
        """What the accuracy is called in a sentence."""
        return measure_of(OBJECTIVE if self.classes is None else BALANCED)

    def over(self, other: "Tested") -> Difference:
        """Return the mean accuracy minus that of another model on the same images."""
        return seeds_and_images.difference(self.right, other.right, self.classes)

    def kept_over(self, other: "Tested") -> Difference:
        """Return the accuracy of the kept model minus that of another one on the same images."""
        first, second = self.right_of_kept, other.right_of_kept
        if self.classes is None:
            return paired(first, second)
        return seeds_and_images.difference(first[None], second[None], self.classes)

    @property
    def right_of_kept(self) -> NDArray[np.bool_]:
        """Whether the kept model is right, (images,)."""
        seeds = [training.seed for training in self.configuration.trainings if training.logits is not None]
        right: NDArray[np.bool_] = self.right[seeds.index(self.kept.seed)]
        return right


def tested_of(record: Record) -> dict[str, Tested]:
    """Return the tested configurations of a record by name, "best" and "default"."""
    tested = {item.name: _tested(item, record) for item in record.configurations}
    return {name: result for name, result in tested.items() if result}


def _tested(configuration: Configuration, record: Record) -> Tested | None:
    kept = configuration.chosen()
    if kept is None or kept.logits is None:
        return None
    logits = [training.logits for training in configuration.trainings if training.logits is not None]
    right = np.stack(logits).argmax(axis=2) == record.labels
    return Tested(configuration, right, kept, kept.logits, record.counted_classes)
