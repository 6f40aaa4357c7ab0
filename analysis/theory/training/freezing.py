"""Question 15: features of a trained and of a random network, both frozen."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from analysis.document.document import Table, picture
from analysis.document.wording import percent
from analysis.figures.style import BLUE, QUIET, TEXT, new_figure
from analysis.theory.demonstration import Demonstration
from analysis.theory.material import Material, untrained
from analysis.theory.training.transfer import SETS, SIZES, lines, probes


def demonstrate(material: Material) -> Demonstration:
    """Compare a linear classifier on trained features with one on random features."""
    trained = {size: probes(material.pretrained_features, size) for size in SIZES}
    random = {size: probes(material.random_features, size) for size in SIZES}
    rows = [
        [f"{size:,}", percent(float(np.mean(trained[size]))), percent(float(np.mean(random[size])))]
        for size in SIZES
    ]
    model = untrained(2)
    learned, top = (
        sum(int(np.prod(weight.shape)) for weight in part.trainable_weights)
        for part in (model, model.get_layer("logits"))
    )
    caption = f"Accuracy on images that nothing was trained on; mean of {SETS} training sets"
    return Demonstration(
        {
            "figure": picture(
                "frozen-features",
                figure(trained, random),
                "See how far the trained features are above random ones: this is what would be lost if they "
                "were destroyed.",
            ),
            "table": Table(
                ("images of cats and dogs", "trained features", "random features"), "rrr", rows, caption
            ),
        },
        {"all": f"{learned:,}", "top": f"{top:,}"},
    )


def figure(trained: Mapping[int, Sequence[float]], random: Mapping[int, Sequence[float]]) -> Figure:
    """Draw accuracy on frozen features against the number of training images.

    Args:
        trained: training images → accuracies on features of a trained network.
        random: the same for a network before training.
    """
    fig = new_figure(
        "A linear classifier of cats and dogs, on frozen features of a trained and of a random network",
        "The same network, trained on eight other classes or not at all. Each mark is one training set; "
        "the line joins the means. Chance is 0.5.",
        height=3.4,
    )
    axes = fig.subplots()
    lines(axes, trained, BLUE, "o", "trained on other classes")
    lines(axes, random, QUIET, "^", "random")
    axes.set(xlabel="training images of cats and dogs", ylabel="accuracy")
    axes.legend(frameon=False, fontsize=TEXT)
    return fig
