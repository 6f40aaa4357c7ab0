"""Question 14: cats and dogs from few images, with features of other classes and from scratch."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.document.document import Table, picture
from analysis.document.wording import listed, percent, points
from analysis.figures.style import BLUE, TEXT, VERMILION, light_frame, new_figure
from analysis.theory.demonstration import Demonstration
from analysis.theory.layers import probe
from analysis.theory.material import IMAGES, SEED, Features, Material, pair, untrained
from search.training.fit import fit

SIZES = {40: 20, 200: 12, 1000: 6}  # training images → epochs from scratch
SETS = 5  # different training sets of each size, for what is computed in closed form


def demonstrate(material: Material) -> Demonstration:
    """Compare a linear classifier on the network's frozen features with training all from scratch."""
    validation = material.cats_and_dogs(1000, held_out=True)
    frozen = {size: probes(material.pretrained_features, size) for size in SIZES}
    scratch = {}
    for size, epochs in SIZES.items():
        batch = min(32, size // 2)
        training = pair(material.cats_and_dogs(size))
        *_, last = fit(untrained(2), training, pair(validation), epochs=epochs, seed=SEED, batch_size=batch)
        scratch[size] = [last.metrics["val_accuracy"]]
    rows = [
        [f"{size:,}", f"{percent(float(np.mean(frozen[size])))}", percent(scratch[size][0])] for size in SIZES
    ]
    columns = ("images of cats and dogs", "frozen features", "from scratch")
    caption = (
        f"Accuracy on {len(validation):,} images that nothing was trained on: frozen features, mean of "
        f"{SETS} training sets; from scratch, one training each"
    )
    return Demonstration(
        {
            "figure": picture(
                "transfer",
                figure(frozen, scratch),
                "See at each size how far apart the two lines are, compared with the spread of the training "
                "sets of one size.",
            ),
            "table": Table(columns, "rrr", rows, caption),
        },
        {
            "base": percent(material.network.accuracy),
            "images": f"{IMAGES:,}",
            "gaps": listed([points(float(np.mean(frozen[size])) - scratch[size][0]) for size in SIZES]),
        },
    )


def probes(features: Features, size: int) -> list[float]:
    """Return the accuracy of linear classifiers fitted to SETS different training sets of this size."""
    rng = np.random.default_rng(SEED)
    sets = [rng.permutation(len(features.training[1]))[:size] for _ in range(SETS)]
    return [
        probe.accuracy((features.training[0][chosen], features.training[1][chosen]), features.validation)
        for chosen in sets
    ]


def figure(frozen: Mapping[int, Sequence[float]], scratch: Mapping[int, Sequence[float]]) -> Figure:
    """Draw accuracy against the number of training images.

    Args:
        frozen: training images → accuracies on frozen features.
        scratch: the same for training from scratch.
    """
    fig = new_figure(
        "Cats and dogs, on features learned from other classes, and from scratch",
        "The features were learned from eight classes of CIFAR-10 without cats and dogs. Each dash is one "
        "training set; the line joins the means. Chance is 0.5.",
        height=3.4,
    )
    axes = fig.subplots()
    _draw(axes, frozen, BLUE, "o", "linear classifier on frozen features")
    _draw(axes, scratch, VERMILION, "s", "whole network from scratch, one training each")
    axes.set(xlabel="training images of cats and dogs", ylabel="accuracy")
    axes.legend(frameon=False, fontsize=TEXT)
    return fig


def _draw(
    axes: Axes, accuracies: Mapping[int, Sequence[float]], colour: str, marker: str, label: str
) -> None:
    """Draw each accuracy as a dash and join the means, on a logarithmic axis of sizes."""
    light_frame(axes)
    axes.set_xscale("log")
    sizes = list(accuracies)
    axes.plot(sizes, [np.mean(accuracies[size]) for size in sizes], color=colour, marker=marker, label=label)
    for size in sizes:
        axes.plot([size] * len(accuracies[size]), accuracies[size], "_", color=colour)
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
