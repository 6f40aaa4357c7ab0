"""Question 18: gradients and training loss in plain and residual stacks of growing depth."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from matplotlib.figure import Figure

from analysis.document.document import Table, picture
from analysis.explain.gradients import gradient
from analysis.figures.style import BLUE, TEXT, VERMILION, light_frame, new_figure
from analysis.theory.demonstration import Demonstration
from analysis.theory.material import SEED, Material, pair
from models.parts.blocks import classify, convolution, residual
from search.training.fit import fit

Curve = Mapping[int, float]
GRADIENT_DEPTHS = (2, 8, 16, 24)  # convolutions
TRAINING_DEPTHS = (2, 8, 20)
WIDTH = 8
IMAGES, EPOCHS, VALIDATION = 1000, 4, 100
INITIALIZERS = {"Glorot": "glorot_uniform", "He": "he_normal"}
PLAIN, RESIDUAL = "plain", "residual"


def demonstrate(material: Material) -> Demonstration:
    """Measure gradients at the beginning of stacks before training, and the loss after a short training."""
    gradients = {
        (kind, name): {depth: passed(kind, depth, name) for depth in GRADIENT_DEPTHS}
        for name in INITIALIZERS
        for kind in (PLAIN, RESIDUAL)
    }
    losses = {
        kind: {depth: _loss(material, kind, depth) for depth in TRAINING_DEPTHS} for kind in (PLAIN, RESIDUAL)
    }
    deep = max(GRADIENT_DEPTHS)
    rows = [
        [str(depth), *(f"{losses[kind][depth]:.2f}" for kind in (PLAIN, RESIDUAL))]
        for depth in TRAINING_DEPTHS
    ]
    return Demonstration(
        {
            "figure": picture(
                "residual",
                figure(gradients, losses),
                "Left: see which lines leave 1 as the stack grows. Right: see whether the loss of the "
                "plain stack rises with depth.",
            ),
            "table": Table(
                ("convolutions", "plain", "residual"),
                "rrr",
                rows,
                f"Training loss after {EPOCHS} epochs on {IMAGES:,} images, one training each; about 2.30 "
                "is chance",
            ),
        },
        {
            "deep": str(deep),
            **{
                f"{kind}_{name.lower()}": _factor(gradients[kind, name][deep])
                for name in INITIALIZERS
                for kind in (PLAIN, RESIDUAL)
            },
        },
    )


def _factor(value: float) -> str:
    """Return a positive number to one digit, or to a whole, without an exponent.

    >>> _factor(71.2), _factor(0.97), _factor(0.0000412)
    ('71', '1', '0.00004')
    """
    if value >= 1:
        return f"{value:.0f}"
    return np.format_float_positional(value, 1, fractional=False, trim="-")


def passed(kind: str, depth: int, initializer: str) -> float:
    """Return the length of the gradient at the input of a stack, compared with that at its output.

    Args:
        kind: PLAIN or RESIDUAL.
        depth: number of 3×3 convolutions, each followed by ReLU; even. A residual stack adds the input of
            every two to their output, before the second ReLU.
        initializer: a key of INITIALIZERS.

    Returns:
        1 if the gradient passes unchanged; for random input and a random gradient at the output.
    """
    keras.utils.set_random_seed(SEED)
    inputs: Any = keras.Input((16, 16, WIDTH))
    x = inputs
    for _ in range(depth // 2):
        before = x
        x = layers.ReLU()(_bare(x, initializer))
        x = _bare(x, initializer)
        x = layers.ReLU()(x + before if kind == RESIDUAL else x)
    rng = np.random.default_rng(SEED)
    target = rng.standard_normal((8, 16, 16, WIDTH)).astype(np.float32)
    maps = np.abs(rng.standard_normal(target.shape)).astype(np.float32)  # as after a ReLU
    slope = gradient(keras.Model(inputs, x), lambda output, target: ops.sum(output * target))
    return float(np.linalg.norm(slope(target, maps)) / np.linalg.norm(target))


def _bare(x: Any, initializer: str) -> Any:
    return layers.Conv2D(WIDTH, 3, padding="same", kernel_initializer=INITIALIZERS[initializer])(x)


def _loss(material: Material, kind: str, depth: int) -> float:
    """Return the training loss of a stack of the studies' blocks, with batch normalization."""
    keras.utils.set_random_seed(SEED)
    inputs: Any = keras.Input((32, 32, 3))
    x = layers.MaxPooling2D(4)(convolution(layers.Rescaling(4.0, offset=-2.0)(inputs), WIDTH, 3, "batch"))
    for _ in range(depth // 2):
        if kind == RESIDUAL:
            x = residual(x, WIDTH, "batch")
        else:
            x = convolution(convolution(x, WIDTH, 3, "batch"), WIDTH, 3, "batch")
    model = keras.Model(inputs, classify(layers.AveragePooling2D(2)(x), 10))
    training = pair(material.cifar.training.take(IMAGES, SEED))
    validation = pair(material.cifar.validation.take(VALIDATION, SEED))
    *_, last = fit(model, training, validation, epochs=EPOCHS, seed=SEED, batch_size=32, dropout=0.0)
    return last.metrics["loss"]


def figure(gradients: Mapping[tuple[str, str], Curve], losses: Mapping[str, Curve]) -> Figure:
    """Draw the gradients before training, and the losses after it, against the depth.

    Args:
        gradients: (kind, initializer) → convolutions → length of the gradient compared with the output's.
        losses: kind → convolutions → training loss.
    """
    fig = new_figure(
        "Plain and residual stacks of growing depth",
        f"Left: before training, without normalization, {WIDTH} channels. Right: with batch normalization "
        "and He's initialization, as in the studies; one training each.",
        height=3.6,
    )
    left, right = fig.subplots(1, 2)
    colours = {PLAIN: VERMILION, RESIDUAL: BLUE}
    for (kind, name), curve in gradients.items():
        style = "--" if name == "Glorot" else "-"
        _line(left, curve, colours[kind], style, f"{kind}, {name}")
    left.set_yscale("log")
    left.axhline(1, color="black", linewidth=0.8)
    left.set(xlabel="convolutions", ylabel="gradient at the input\n(1 at the output)")
    for kind, curve in losses.items():
        _line(right, curve, colours[kind], "-", kind)
    right.set(xlabel="convolutions", ylabel=f"training loss after {EPOCHS} epochs")
    for axes in (left, right):
        axes.legend(frameon=False, fontsize=TEXT)
    return fig


def _line(axes: Any, curve: Curve, colour: str, style: str, label: str) -> None:
    light_frame(axes)
    depths: Sequence[int] = list(curve)
    axes.plot(depths, list(curve.values()), color=colour, linestyle=style, marker="o", label=label)
    axes.set_xticks(depths)
