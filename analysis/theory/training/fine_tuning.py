"""Question 16: fine-tuning in two steps, at two learning rates, and with all weights from the start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.document.document import Table, picture
from analysis.document.wording import percent
from analysis.figures.style import BLUE, QUIET, TEXT, VERMILION, light_frame, new_figure
from analysis.theory.demonstration import Demonstration
from analysis.theory.material import SEED, Material, Network, pair
from analysis.theory.paired import difference
from analysis.theory.training.forgetting import Pair, remembered, train_top, with_new_top
from search.training.fit import Epoch, fit

IMAGES, BATCH = 400, 32
FROZEN, UNFROZEN = 5, 5  # epochs of the two steps
HIGH, LOW = 2e-3, 1e-4  # learning rates


STEPS = f"two steps, second at {LOW:g}"
FAST = f"two steps, second at {HIGH:g}"
EARLY = f"one step, all at {HIGH:g}"
COLOURS = {STEPS: BLUE, FAST: "black", EARLY: VERMILION}
_OPTIONS: dict[str, Any] = {"seed": SEED, "batch_size": BATCH, "schedule": "constant"}


@dataclass(frozen=True)
class Run:
    """A fine-tuning.

    Attributes:
        losses: validation loss on cats and dogs after each epoch.
        new: accuracy on cats and dogs at the end, in [0, 1].
        old: (n,) bool: which images of the first training's classes are right at the end.
    """

    losses: list[float]
    new: float
    old: NDArray[np.bool_]


def demonstrate(material: Material) -> Demonstration:
    """Fine-tune the small network for cats and dogs in three ways, and measure what it forgot."""
    network = material.network
    training = pair(material.cats_and_dogs(IMAGES))
    validation = pair(material.cats_and_dogs(1000, held_out=True))
    # Neighbours differ in one thing: the learning rate of the second step, then the frozen first step.
    runs = {
        STEPS: in_two_steps(network, training, validation, LOW),
        FAST: in_two_steps(network, training, validation, HIGH),
        EARLY: in_one_step(network, training, validation),
    }
    careful, fast, early = (run.old for run in runs.values())
    caption = (
        "Left: see where each line begins and ends. Right: see how much each run left of what the base had "
        "learned before."
    )
    return Demonstration(
        {"figure": picture("fine-tuning", figure(runs, network.accuracy), caption), "table": _table(runs)},
        {
            "images": str(IMAGES),
            "before": percent(network.accuracy),
            "rate": difference(careful, fast),
            "step": difference(fast, early),
            "both": difference(careful, early),
        },
    )


def _table(runs: Mapping[str, Run]) -> Table:
    rows = [
        [
            name,
            f"{run.losses[0]:.2f}",
            f"{run.losses[-1]:.2f}",
            percent(run.new),
            percent(float(run.old.mean())),
        ]
        for name, run in runs.items()
    ]
    columns = (
        "run",
        "loss after epoch 1",
        f"after {FROZEN + UNFROZEN}",
        "cats and dogs right",
        "old classes right",
    )
    return Table(columns, "lrrrr", rows, "Validation loss on cats and dogs, and accuracy at the end")


def in_two_steps(network: Network, training: Pair, validation: Pair, rate: float) -> Run:
    """Train a new top on the frozen base, then all weights at this learning rate."""
    model = with_new_top(network)
    first = train_top(model, training, validation, epochs=FROZEN, learning_rate=HIGH, **_OPTIONS)
    second = list(fit(model, training, validation, epochs=UNFROZEN, learning_rate=rate, **_OPTIONS))
    return _run(model, [*first, *second], network)


def in_one_step(network: Network, training: Pair, validation: Pair) -> Run:
    """Train a new top and all weights of the base from the start."""
    model = with_new_top(network)
    epochs = list(fit(model, training, validation, epochs=FROZEN + UNFROZEN, learning_rate=HIGH, **_OPTIONS))
    return _run(model, epochs, network)


def _run(model: keras.Model, epochs: Sequence[Epoch], network: Network) -> Run:
    losses = [epoch.metrics["val_loss"] for epoch in epochs]
    return Run(losses, epochs[-1].metrics["val_accuracy"], remembered(model, network))


def figure(runs: Mapping[str, Run], before: float) -> Figure:
    """Draw validation losses by epoch, and the accuracy on the classes of the first training.

    Args:
        runs: each way of COLOURS → what it gave.
        before: accuracy on the old classes before any fine-tuning, in [0, 1].
    """
    fig = new_figure(
        "Fine-tuning in two steps, and with all weights trained from the start",
        f"{IMAGES} images of cats and dogs, one training each. In two steps: {FROZEN} epochs with the base "
        f"frozen and the top at {HIGH:g}, then {UNFROZEN} with all weights. In one step: all weights from "
        "the start.",
        height=3.6,
    )
    left, right = fig.subplots(1, 2, width_ratios=(1.6, 1))
    _lines(left, runs)
    _bars(right, {"before": before} | {name: float(run.old.mean()) for name, run in runs.items()})
    return fig


def _lines(axes: Axes, runs: Mapping[str, Run]) -> None:
    light_frame(axes)
    for (name, run), marker in zip(runs.items(), "o^s", strict=True):
        epochs = range(1, len(run.losses) + 1)
        axes.plot(epochs, run.losses, color=COLOURS[name], marker=marker, label=name)
    axes.axvline(FROZEN + 0.5, color="black", linewidth=0.8, linestyle=":")
    axes.text(FROZEN + 0.4, axes.get_ylim()[1], "second step →", ha="right", va="top", fontsize=TEXT)
    axes.set(xlabel="epoch", ylabel="validation loss, cats and dogs")
    axes.legend(frameon=False, fontsize=TEXT, loc="upper right", handlelength=0.8)


def _bars(axes: Axes, kept: Mapping[str, float]) -> None:
    light_frame(axes)
    bars = axes.barh(range(len(kept)), [100 * share for share in kept.values()])
    for bar, name in zip(bars, kept, strict=True):
        bar.set_color(COLOURS.get(name, QUIET))
    axes.set_yticks(range(len(kept)), [name.replace(", ", ",\n") for name in kept], fontsize=TEXT)
    axes.invert_yaxis()
    axes.set(xlabel="% right of the eight old classes", xlim=(0, 100))
