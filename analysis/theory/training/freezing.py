"""Question 15: what training changes in a base, under random tops and under a trained one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.document.document import Table, picture
from analysis.document.wording import percent
from analysis.figures.style import BLUE, TEXT, VERMILION, light_frame, new_figure
from analysis.theory.demonstration import Demonstration
from analysis.theory.material import SEED, Material, Network, pair, untrained
from analysis.theory.paired import difference
from analysis.theory.training.forgetting import Pair, remembered, train_top, with_new_top
from analysis.theory.training.transfer import SETS, SIZES, probes
from models.parts.blocks import keep_statistics
from search.training.fit import fit

IMAGES, BATCH, EPOCHS = 384, 32, 2
STEPS = IMAGES // BATCH  # of an epoch
TOPS = 3  # random tops
RATE = 3e-3  # of stochastic gradient descent with momentum 0.9
RANDOM, TRAINED = "all trained, random top", "all trained, top trained before"


@dataclass(frozen=True)
class Run:
    """A base trained under a new top.

    Attributes:
        kept: after each epoch, (n,) bool: which images of the old classes are right.
        moved: length of the change of the convolutions' weights, compared with their length.
    """

    kept: list[NDArray[np.bool_]]
    moved: float


def demonstrate(material: Material) -> Demonstration:
    """Train all weights under random tops and under a trained one, and measure what the base forgets."""
    network = material.network
    training = pair(material.cats_and_dogs(IMAGES))
    runs = {
        RANDOM: [unfrozen(_with_random_top(network, seed), training, network) for seed in range(TOPS)],
        TRAINED: [unfrozen(_with_trained_top(network, training), training, network)],
    }
    (first_random, random), (first_trained, trained) = (
        np.mean([run.kept for run in each], axis=0) for each in runs.values()
    )
    moved = {name: float(np.mean([run.moved for run in each])) for name, each in runs.items()}
    caption = "See how far each line falls below the frozen base in the first steps."
    return Demonstration(
        {
            "figure": picture("freezing", figure(runs, network.accuracy), caption),
            "table": _features(material),
        },
        {
            "steps": str(EPOCHS * STEPS),
            "first": str(STEPS),
            "tops": str(TOPS),
            "before": percent(network.accuracy),
            "first_random": percent(float(first_random.mean())),
            "first_trained": percent(float(first_trained.mean())),
            "first_gap": difference(first_random, first_trained),
            "gap": difference(random, trained),
            "random_moved": f"{100 * moved[RANDOM]:.1f}",
            "trained_moved": f"{100 * moved[TRAINED]:.1f}",
            **_sizes(),
        },
    )


def _with_random_top(network: Network, seed: int) -> keras.Model:
    model = with_new_top(network)
    kernel = model.get_layer("logits").kernel
    kernel.assign(keras.initializers.GlorotUniform(seed)(kernel.shape))
    return model


def _with_trained_top(network: Network, training: Pair) -> keras.Model:
    model = with_new_top(network)
    train_top(model, training, training, epochs=5, seed=SEED, batch_size=BATCH, schedule="constant")
    return model


def unfrozen(model: keras.Model, training: Pair, network: Network) -> Run:
    """Train all weights of a network with a new top, and measure the base with its old top."""
    keep_statistics(model)  # so that only gradients change the base
    before = _kernels(model)
    options: dict[str, Any] = {"optimizer": "sgd", "schedule": "constant", "weight_decay": 0.0}
    epochs = fit(
        model,
        training,
        (training[0][:BATCH], training[1][:BATCH]),
        epochs=EPOCHS,
        seed=SEED,
        batch_size=BATCH,
        learning_rate=RATE,
        **options,
    )
    kept = [remembered(model, network) for _ in epochs]
    return Run(kept, float(np.linalg.norm(_kernels(model) - before) / np.linalg.norm(before)))


def _kernels(model: keras.Model) -> NDArray[np.float32]:
    """Return the weights of all convolutions, (n,)."""
    layers = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    return np.concatenate([np.ravel(layer.get_weights()[0]) for layer in layers])


def _features(material: Material) -> Table:
    """Compare a linear classifier on trained features with one on random features."""
    kinds = material.pretrained_features, material.random_features
    rows = [
        [f"{size:,}", *(percent(float(np.mean(probes(features, size)))) for features in kinds)]
        for size in SIZES
    ]
    caption = f"Accuracy on images that nothing was trained on; mean of {SETS} training sets"
    return Table(("images of cats and dogs", "trained features", "random features"), "rrr", rows, caption)


def _sizes() -> dict[str, str]:
    model = untrained(2)
    parts = {"all": model, "top": model.get_layer("logits")}
    return {
        name: f"{sum(int(np.prod(weight.shape)) for weight in part.trainable_weights):,}"
        for name, part in parts.items()
    }


def figure(runs: Mapping[str, Sequence[Run]], before: float) -> Figure:
    """Draw the accuracy on the old classes against the steps of training for the new ones.

    Args:
        runs: RANDOM and TRAINED → their runs.
        before: accuracy on the old classes before, in [0, 1].
    """
    fig = new_figure(
        "What a base still knows of its old classes, while it is trained for new ones",
        f"A linear top for cats and dogs on the small network; {BATCH} images a step, stochastic gradient "
        f"descent at {RATE:g} with momentum 0.9. The old classes are measured with the old top. One line for "
        "each run.",
        height=3.4,
    )
    axes = fig.subplots()
    light_frame(axes)
    axes.axhline(100 * before, color="black", label="frozen")
    for (name, each), colour, marker in zip(runs.items(), (VERMILION, BLUE), "so", strict=True):
        for number, run in enumerate(each):
            shares = [100 * before, *(100 * kept.mean() for kept in run.kept)]
            steps = [epoch * STEPS for epoch in range(len(shares))]
            axes.plot(steps, shares, color=colour, marker=marker, label="" if number else name)
    axes.set_xticks(steps)
    axes.set(xlabel="steps of training", ylabel="% of old classes right")
    axes.legend(frameon=False, fontsize=TEXT)
    return fig
