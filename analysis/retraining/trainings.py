"""The trainings of a run's configurations, with several seeds each."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.algorithm.trial import OBJECTIVE
from search.runs import checkpoint

REPORT = "report"  # folder in a run's folder
MODEL = "model.keras"  # the kept model, in that folder

Logits = NDArray[np.float32]


@dataclass(frozen=True)
class Training:
    """One training of a configuration from the beginning.

    Attributes:
        seed: of its weights, of the order of its images, and of their augmentation.
        epochs: epoch (1 for the first) → its metrics, `images` and `seconds`, as a search's trial has them.
        checkpoint: file of its last epoch's state; it need not be there.
        failed: why it ended early, a loss that is NaN, say; "" if it did not.
        logits: (test images, classes) float32; None while the test set is not opened for it.
        objective: the metric by which trainings are compared.
    """

    seed: int
    epochs: Mapping[int, Mapping[str, float]]
    checkpoint: Path
    failed: str = ""
    logits: Logits | None = None
    objective: str = OBJECTIVE

    @property
    def value(self) -> float:
        """The objective after the last epoch; minus infinity before the first, or where it has none."""
        return self.epochs.get(max(self.epochs, default=0), {}).get(self.objective, float("-inf"))

    @property
    def seconds(self) -> float:
        """Seconds trained and validated."""
        return sum(metrics["seconds"] for metrics in self.epochs.values())


@dataclass(frozen=True)
class Configuration:
    """One configuration with its trainings.

    Attributes:
        name: "best" or "default".
        trial: its number in the search.
        params: hyperparameter → value.
        parameters: how many the model has from image to logits, a frozen base included; None until the test
            set is opened.
        trainings: those that were started, by seed.
    """

    name: str
    trial: int
    params: Mapping[str, Any]
    parameters: int | None
    trainings: tuple[Training, ...]

    def curves(self, metric: str) -> list[dict[int, float]]:
        """Return a metric by epoch, of each training."""
        return [
            {epoch: metrics[metric] for epoch, metrics in training.epochs.items()}
            for training in self.trainings
        ]

    def chosen(self) -> Training | None:
        """Return the tested training with the highest validation accuracy, the lower seed of equals.

        The lowest seed where the validation images were trained on: nothing is left to choose by.
        """
        tested = [training for training in self.trainings if training.logits is not None]
        return max(tested, key=lambda training: (training.value, -training.seed), default=None)


@dataclass(frozen=True)
class Examples:
    """Some test images: those that the chosen best is most confidently wrong on, and others, right and wrong.

    Attributes:
        positions: (n,) in the test set, ascending.
        images: (n, height, width, 3) uint8.
    """

    positions: NDArray[np.int64]
    images: NDArray[np.uint8]


def checkpoint_path(folder: Path, configuration: int, seed: int) -> Path:
    """Return where the checkpoint of a training lies, configuration 0 being the best, and 1 the default."""
    return checkpoint.path(folder / REPORT / "checkpoints", number(configuration, seed))


def label(configuration: str, seed: int) -> str:
    """Return what a training is called, "best, seed 1" for one.

    Args:
        configuration: its name.
        seed: of the training.
    """
    return f"{configuration}, seed {seed}"


def number(configuration: int, seed: int) -> int:
    """Return the number of a training: it stays the same when more seeds are asked for."""
    return 2 * seed + configuration
