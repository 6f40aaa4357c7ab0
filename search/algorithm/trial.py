"""A trial: one point of the search space and what its training has come to so far."""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

# Metrics of an epoch that a search can maximize; a class with many images counts more in the first.
OBJECTIVE, BALANCED = "val_accuracy", "val_balanced_accuracy"


def measure_of(objective: str) -> str:
    """Return what an objective measures, in words."""
    return "balanced accuracy" if objective == BALANCED else "accuracy"


# waiting: has no worker, and is not at a rung: new, or its worker or the whole search was interrupted.
# paused: has reached a rung; goes on if it is promoted. stopped: was paused when the search ended.
State = Literal["waiting", "running", "paused", "complete", "stopped", "failed"]

# In front of the reason of a trial that failed because its model costs more than the search allows.
REFUSED = "refused: "

ENDED: tuple[State, ...] = ("complete", "stopped", "failed")


@dataclass
class Trial:
    """One trial.

    Attributes:
        number: 0 for the first, which is the default configuration.
        params: hyperparameter → value.
        epochs: epoch (1 for the first) → its metrics, and its `images` and `seconds`.
        state: see `State`.
        reason: why it failed.
        deaths: how many workers died under it.
        lost: whether it failed because its workers died, which a resume tries once more.
        seed: of its weights and of the order of its images; None for the run's own.
        hosts: first epoch of a segment → name of the machine that trained the segment.
        objective: the metric that it is judged by.
    """

    number: int
    params: dict[str, Any]
    epochs: dict[int, dict[str, float]] = field(default_factory=dict)
    state: State = "waiting"
    reason: str = ""
    deaths: int = 0
    lost: bool = False
    seed: int | None = None
    hosts: dict[int, str] = field(default_factory=dict)
    objective: str = OBJECTIVE

    @property
    def epoch(self) -> int:
        """The last epoch trained; 0 before the first."""
        return max(self.epochs, default=0)

    @property
    def value(self) -> float:
        """The objective at the last epoch; minus infinity before the first."""
        return self.value_at(self.epoch)

    def value_at(self, epoch: int) -> float:
        """Return the objective at an epoch; minus infinity where there is none."""
        return self.epochs.get(epoch, {}).get(self.objective, -math.inf)

    @property
    def images(self) -> int:
        """Training images seen."""
        return int(sum(metrics["images"] for metrics in self.epochs.values()))

    @property
    def seconds(self) -> float:
        """Seconds trained and validated."""
        return sum(metrics["seconds"] for metrics in self.epochs.values())


def best(trials: list[Trial]) -> Trial | None:
    """Return the best trial: the highest value after its last epoch; of equals the one trained further.

    A trial that failed has no value.
    """
    trained = [trial for trial in trials if trial.epochs and trial.state != "failed"]
    return max(trained, key=lambda trial: (trial.value, trial.epoch, -trial.number), default=None)
