"""Question 16: fine-tuning in two steps, and with all weights trained from the start."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from matplotlib.figure import Figure

from analysis.document.document import picture
from analysis.document.wording import percent
from analysis.figures.style import BLUE, TEXT, VERMILION, light_frame, new_figure
from analysis.theory.demonstration import Demonstration
from analysis.theory.layers import probe
from analysis.theory.material import SEED, Material, Network, pair, untrained
from models.parts.blocks import classify
from search.training.fit import Epoch, fit

IMAGES, BATCH = 400, 32
FROZEN, UNFROZEN = 5, 5  # epochs of the two steps
HIGH, LOW = 2e-3, 1e-4  # learning rates


def demonstrate(material: Material) -> Demonstration:
    """Fine-tune the small network for cats and dogs in both ways, and measure what it forgot."""
    network = material.network
    training = pair(material.cats_and_dogs(IMAGES))
    validation = pair(material.cats_and_dogs(1000, held_out=True))
    careful, early = (_with_new_top(network) for _ in range(2))
    losses = {
        STEPS: _in_two_steps(careful, training, validation),
        EARLY: _losses(
            list(fit(early, training, validation, epochs=FROZEN + UNFROZEN, learning_rate=HIGH, **_OPTIONS))
        ),
    }
    kept = {
        "before": network.accuracy,
        STEPS: _old_accuracy(careful, network),
        EARLY: _old_accuracy(early, network),
    }
    right = {name: _accuracy(model, *validation) for name, model in ((STEPS, careful), (EARLY, early))}
    return Demonstration(
        {
            "figure": picture(
                "fine-tuning",
                figure(losses, kept),
                "Left: see the first epochs of the run whose base was not frozen. Right: see how much "
                "each run left of what the base had learned before.",
            )
        },
        {
            "images": str(IMAGES),
            "low": f"{LOW:g}",
            "high": f"{HIGH:g}",
            "before": percent(kept["before"]),
            "careful_old": percent(kept[STEPS]),
            "early_old": percent(kept[EARLY]),
            "careful_new": percent(right[STEPS]),
            "early_new": percent(right[EARLY]),
            "careful_first": f"{losses[STEPS][0]:.2f}",
            "early_first": f"{losses[EARLY][0]:.2f}",
            "careful_last": f"{losses[STEPS][-1]:.2f}",
            "early_last": f"{losses[EARLY][-1]:.2f}",
        },
    )


STEPS, EARLY = "in two steps", f"all at {HIGH:g} from the start"
_OPTIONS: dict[str, Any] = {"seed": SEED, "batch_size": BATCH, "schedule": "constant"}


def _with_new_top(network: Network) -> keras.Model:
    """Return the network with a new layer of two logits."""
    model = untrained(2)
    for layer, old in zip(model.layers, network.model.layers, strict=True):
        if layer.name != "logits" and "dropout" not in layer.name:
            layer.set_weights(old.get_weights())
    return model


def _in_two_steps(model: keras.Model, training: tuple, validation: tuple) -> list[float]:
    """Train the top on the frozen base, then all at a low learning rate; return the validation losses."""
    last_maps = next(layer for layer in reversed(model.layers) if len(layer.output.shape) == 4)
    base = keras.Model(model.input, last_maps.output)
    features = [(probe.maps(base, images)[0], labels) for images, labels in (training, validation)]
    inputs = keras.Input(base.output_shape[1:])
    top = keras.Model(inputs, classify(inputs, 2))
    top.get_layer("logits").set_weights(model.get_layer("logits").get_weights())
    first = list(fit(top, *features, epochs=FROZEN, learning_rate=HIGH, **_OPTIONS))
    model.get_layer("logits").set_weights(top.get_layer("logits").get_weights())
    second = list(fit(model, training, validation, epochs=UNFROZEN, learning_rate=LOW, **_OPTIONS))
    return _losses([*first, *second])


def _losses(epochs: Sequence[Epoch]) -> list[float]:
    return [epoch.metrics["val_loss"] for epoch in epochs]


def _old_accuracy(model: keras.Model, network: Network) -> float:
    """Return the accuracy on the eight old classes of a fine-tuned base under the old top."""
    old = untrained(len(network.classes))
    for layer, tuned, before in zip(old.layers, model.layers, network.model.layers, strict=True):
        if "dropout" not in layer.name:
            layer.set_weights((before if layer.name == "logits" else tuned).get_weights())
    return _accuracy(old, *pair(network.validation))


def _accuracy(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> float:
    return float((probe.maps(model, images)[0].argmax(axis=1) == labels).mean())


def figure(losses: Mapping[str, Sequence[float]], kept: Mapping[str, float]) -> Figure:
    """Draw validation losses by epoch, and the accuracy on the classes of the first training.

    Args:
        losses: way → validation loss after each epoch.
        kept: "before" and each way → accuracy on the old classes in [0, 1].
    """
    fig = new_figure(
        "Fine-tuning in two steps, and with all weights trained from the start",
        f"{IMAGES} images of cats and dogs, one training each. In two steps: {FROZEN} epochs with the base "
        f"frozen, then {UNFROZEN} at a learning rate of {LOW:g}. The other: all weights at {HIGH:g} from "
        "the start.",
        height=3.4,
    )
    left, right = fig.subplots(1, 2, width_ratios=(1.6, 1))
    light_frame(left)
    for (name, values), colour, marker in zip(losses.items(), (BLUE, VERMILION), "os", strict=True):
        left.plot(range(1, len(values) + 1), values, color=colour, marker=marker, label=name)
    left.axvline(FROZEN + 0.5, color="black", linewidth=0.8, linestyle=":")
    left.text(FROZEN + 0.4, left.get_ylim()[1], "unfrozen →", ha="right", va="top", fontsize=TEXT)
    left.set(xlabel="epoch", ylabel="validation loss, cats and dogs")
    left.legend(frameon=False, fontsize=TEXT)
    light_frame(right)
    colours = ["black", BLUE, VERMILION]
    right.barh(range(len(kept)), [100 * value for value in kept.values()], color=colours)
    right.set_yticks(range(len(kept)), list(kept), fontsize=TEXT)
    right.invert_yaxis()
    right.set(xlabel="% right of the eight old classes", xlim=(0, 100))
    return fig
