"""The end of a search: the best trial, its gain over the default, its cost."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.space.points import format_params
from search.algorithm import class_means
from search.algorithm.objectives import cost_of, front, in_words
from search.algorithm.trial import Trial
from search.runs.record import Best, UnusedValidation
from search.search import Search


@dataclass(frozen=True)
class Remeasured:
    """Two trials on the validation images that the search did not use.

    Attributes:
        best: whether the best trial is right, (images,).
        default: the same of the default configuration.
        classes: of the images, where every class counts the same.
    """

    best: NDArray[np.bool_]
    default: NDArray[np.bool_]
    classes: NDArray[np.int64] | None = None

    def accuracy(self, right: NDArray[np.bool_]) -> tuple[float, float]:
        """Return the accuracy of a trial, and half of its 95 % interval (normal approximation)."""
        return class_means.mean(right, self.classes), self._half(right, (0, 1))

    def gain(self) -> tuple[float, float]:
        """Return the gain in accuracy of the best over the default, and half of its 95 % interval.

        Both are measured on the same images, so the interval is that of the mean of paired differences.
        """
        difference = self.best.astype(float) - self.default.astype(float)
        return class_means.mean(difference, self.classes), self._half(difference, (-1, 1), ddof=1)

    def _half(self, values: NDArray[Any], extremes: tuple[int, int], ddof: int = 0) -> float:
        """Return half of the 95 % interval of a mean."""
        rare = None if self.classes is None else extremes
        return 1.96 * math.sqrt(class_means.variance(values, self.classes, ddof=ddof, extremes=rare))


def remeasure(search: Search, winner: Trial) -> Remeasured | None:
    """Measure the best and the default trial again, on validation images that the search never used.

    Returns:
        None where a checkpoint of one of them is not there, or no images are left.
    """
    from search.training.trainer import Trainer

    trainer = Trainer(search.plan, search.run.checkpoints)
    right = [trainer.unseen(trial.number, trial.params) for trial in (winner, search.trials[0])]
    if right[0] is None or right[1] is None:
        return None
    classes = np.asarray(trainer.inputs.rest.labels) if search.plan.balanced else None
    return Remeasured(right[0], right[1], classes)


def lines(search: Search, seconds: float, again: Remeasured | None) -> list[str]:
    """Return what is printed at the end of a search.

    Args:
        search: closed.
        seconds: wall time of this session.
        again: both trials measured on unused images; None if that was not possible.
    """
    winner = search.best
    if winner is None:
        return [f"{search.run.name}: no trial has finished an epoch."]
    length = search.plan.epochs
    at = "" if winner.epoch == length else f" (only {winner.epoch} of {length} epochs)"
    return [
        f"Best of {search.run.name}: trial {winner.number}, {winner.objective} {winner.value:.4f}{at}",
        f"  {format_params(winner.params)}",
        *_against_default(search, winner, again),
        *_front(search),
        _cost(search, seconds),
    ]


def _against_default(search: Search, winner: Trial, again: Remeasured | None) -> list[str]:
    default = search.trials[0]
    if winner is default:
        return ["  It is the default configuration: the search found none better."]
    images = search.plan.validation_images
    line = f"  The default configuration (trial 0) had {default.value:.4f}"
    if default.state == "failed":
        return [f"  The default configuration (trial 0) failed: {default.reason}."]
    if default.epoch != winner.epoch:
        return [f"{line} after {default.epoch} of its epochs."]
    rows = [f"{line} on the same {images:,} validation images."]
    if again:
        best, default_again = again.accuracy(again.best), again.accuracy(again.default)
        gain, half = again.gain()
        verdict = "" if abs(gain) > half else ": no difference shown at this size"
        rows.append(
            f"  On {len(again.best):,} validation images that the search did not use: best "
            f"{best[0]:.4f} ± {best[1]:.4f}, default {default_again[0]:.4f} ± {default_again[1]:.4f}; "
            f"gain {gain:+.4f} ± {half:.4f} (95 %){verdict}."
        )
    return rows


def _front(search: Search) -> list[str]:
    """Return the trials between which a user of two objectives chooses."""
    plan = search.plan
    if not (cost := plan.cost):
        return []
    chosen = front(search.trials, cost)
    complete = sum(trial.state == "complete" for trial in search.trials)
    rows = [f"Front of {plan.objective} and {cost}: {len(chosen)} of {complete} trials of full length."]
    for trial in chosen:
        spread = trial.epochs[1].get(f"{cost}_spread")
        amount = in_words(cost, cost_of(trial, cost)) + (f" ± {spread:.2f}" if spread is not None else "")
        default = "  (the default)" if trial.number == 0 else ""
        rows.append(f"  trial {trial.number:<4d} {trial.value:.4f}  {amount}{default}")
    return rows


def _cost(search: Search, seconds: float) -> str:
    states: Mapping[str, int] = {
        state: sum(trial.state == state for trial in search.trials)
        for state in ("complete", "stopped", "paused", "waiting", "failed")
    }
    counts = ", ".join(f"{count} {state}" for state, count in states.items() if count)
    epochs = sum(trial.epoch for trial in search.trials)
    images = sum(trial.images for trial in search.trials)
    busy = sum(trial.seconds for trial in search.trials)
    return (
        f"Cost: {len(search.trials)} trials ({counts}), {epochs} epochs, {images:,} training images, "
        f"{busy / 60:.1f} min of training in {seconds / 60:.1f} min of wall time"
        f"{' of this session' if search.images_before else ''}."
    )


def best_record(winner: Trial, again: Remeasured | None) -> Best:
    """Return the record of the best trial that `run.json` keeps."""
    if again is None:
        return Best(winner.number, winner.value, winner.params)
    gain, half = again.gain()
    unused = UnusedValidation(
        images=len(again.best),
        best=again.accuracy(again.best)[0],
        default=again.accuracy(again.default)[0],
        gain=gain,
        gain_95=half,
    )
    return Best(winner.number, winner.value, winner.params, unused)
