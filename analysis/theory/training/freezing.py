"""Question 15: features of a trained and of a random network, both frozen."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from analysis.document.document import Table, picture
from analysis.document.wording import percent
from analysis.figures.style import BLUE, QUIET
from analysis.theory.demonstration import Demonstration
from analysis.theory.material import Material, untrained
from analysis.theory.training.transfer import SETS, SIZES, by_size, probes


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
                "See at each size how far the trained features are above random ones, compared with the "
                "spread of the training sets.",
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
    return by_size(
        "A linear classifier of cats and dogs, on frozen features of a trained and of a random network",
        "The same network, trained on eight other classes or not at all. Each mark is one training set; "
        "the line joins the means. Chance is 0.5.",
        (trained, BLUE, "o", "trained on other classes"),
        (random, QUIET, "^", "random"),
    )
