"""Question 13: the same network with and without augmentation, on training sets of three sizes."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import keras
import numpy as np
from matplotlib.figure import Figure

from analysis.document.document import Table, picture
from analysis.document.wording import percent, points
from analysis.figures.style import BLUE, QUIET, TEXT, VERMILION, light_frame, new_figure
from analysis.theory.demonstration import Demonstration
from analysis.theory.material import SEED, Images, Material, pair
from models.cifar_basic import build
from models.parts.augmentation import augment
from search.training.fit import compile_step, fit, variables

EPOCHS = {150: 20, 450: 10, 900: 5}  # training images → epochs, so that the small sets are seen often enough
VALIDATION, BATCH = 500, 25
COPIES = 7  # that are drawn
SHIFT = 3  # pixels


@dataclass(frozen=True)
class Curve:
    """Accuracy by epoch: of the training images as the network saw them, and of the validation images."""

    training: list[float]
    validation: list[float]


def demonstrate(material: Material) -> Demonstration:
    """Train with and without augmentation, and compare the last validation accuracies."""
    curves = {size: _both(material, size, epochs) for size, epochs in EPOCHS.items()}
    last = {size: [curve.validation[-1] for curve in both] for size, both in curves.items()}
    gains = {size: with_ - without for size, (without, with_) in last.items()}
    image = np.asarray(material.cifar.training.images[IMAGE])
    rows = [
        [f"{size:,}", str(EPOCHS[size]), percent(without), percent(with_), points(gains[size])]
        for size, (without, with_) in last.items()
    ]
    columns = ("training images", "epochs", "without", "with", "points")
    error = np.sqrt(0.25 / VALIDATION)
    return Demonstration(
        {
            "figure": picture(
                "augmentation",
                figure(_copies(image), curves),
                "Above: one image as training sees it in different epochs. Below: see how far the training "
                "accuracy (dashed) is above the validation accuracy, with and without augmentation.",
            ),
            "table": Table(
                columns, "rrrrr", rows, f"Accuracy on {VALIDATION} validation images, one training each"
            ),
        },
        {
            "error": f"{200 * np.sqrt(2) * error:.0f}",
            "gap": _gaps(curves),
            "conclusion": _conclusion(gains, 2 * np.sqrt(2) * error),
        },
    )


IMAGE = 7  # of CIFAR-10's training split


def _gaps(curves: Mapping[int, Sequence[Curve]]) -> str:
    size = min(curves)
    without, with_ = (points(curve.training[-1] - curve.validation[-1]) for curve in curves[size])
    return f"{without} points without augmentation and {with_} with it, for {size} images"


def _conclusion(gains: Mapping[int, float], margin: float) -> str:
    shown = [f"{size:,}" for size, gain in gains.items() if abs(gain) > margin]
    if not shown:
        return (
            "None of the differences is larger than that, so these trainings do not show where it helps most."
        )
    return f"Only for {' and '.join(shown)} images is the difference larger than that."


def _both(material: Material, size: int, epochs: int) -> tuple[Curve, Curve]:
    training = pair(material.cifar.training.take(size, SEED))
    validation = pair(material.cifar.validation.take(VALIDATION, SEED))
    keras.utils.set_random_seed(SEED)
    model = build((32, 32, 3), len(material.cifar.classes), width=16)
    compile_step(model, "adam", size // BATCH)
    beginning = variables(model)
    curves = []
    for augmentation in (None, functools.partial(augment, flip=True, shift=SHIFT)):
        history = [
            epoch.metrics
            for epoch in fit(
                model,
                training,
                validation,
                epochs=epochs,
                seed=SEED,
                batch_size=BATCH,
                augment=augmentation,
                state=beginning,
            )
        ]
        curves.append(Curve(*([epoch[name] for epoch in history] for name in ("accuracy", "val_accuracy"))))
    return curves[0], curves[1]


def _copies(image: Images) -> Images:
    rng = np.random.default_rng(SEED)
    repeated = np.repeat(image[None], COPIES, axis=0)
    return np.concatenate([image[None], augment(repeated, rng, flip=True, shift=SHIFT)])


def figure(copies: Images, curves: Mapping[int, Sequence[Curve]]) -> Figure:
    """Draw augmented copies of an image, and the curves for each size of the training set.

    Args:
        copies: (n, height, width, 3) uint8; the first is the image itself.
        curves: training images → curves without and with augmentation.
    """
    fig = new_figure(
        "Augmented copies of one image, and training with and without them",
        f"Mirrored and shifted by up to {SHIFT} pixels. Solid: validation accuracy; dashed: training "
        "accuracy, on the images as the network saw them. One training for each line.",
        height=5.0,
    )
    above, below = fig.subfigures(2, 1, height_ratios=(1, 2.6), squeeze=False)[:, 0]
    for number, (panel, copy) in enumerate(zip(above.subplots(1, len(copies)), copies, strict=True)):
        panel.imshow(copy)
        panel.set(xticks=[], yticks=[])
        panel.set_title("" if number else "the image", fontsize=TEXT)
    panels = below.subplots(1, len(curves), sharey=True)
    for panel, (size, both) in zip(panels, curves.items(), strict=True):
        light_frame(panel)
        for curve, colour, name in zip(
            both, (VERMILION, BLUE), ("without", "with augmentation"), strict=True
        ):
            epochs = range(1, len(curve.validation) + 1)
            panel.plot(epochs, curve.validation, color=colour, label=name)
            panel.plot(epochs, curve.training, color=colour, linestyle="--", linewidth=1)
        panel.set_title(f"{size:,} training images", fontsize=TEXT)
        panel.set_xlabel("epoch", color=QUIET)
        panel.xaxis.get_major_locator().set_params(integer=True)
    panels[0].set_ylabel("accuracy")
    panels[0].legend(frameon=False, fontsize=TEXT)
    return fig
