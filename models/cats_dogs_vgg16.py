"""Cats vs dogs on VGG16's frozen convolution base: what do features from ImageNet give? (assignment 1 g)

    python -m search cats_dogs_vgg16 --trials 50 [--weights PATH]

The base is frozen and the images are not augmented, so the features of the base are computed once and shared
by all trials.

Result: validation accuracy 0.944 (default 0.930) on 800 images. One search (n = 1) of 12 trials on 2,000
photographs at 96 pixels, with blocks 1 to 4 of the base; 2.5 min on 2 shared CPU cores (AMD EPYC), the
features computed before, 2026-11-22.
Test accuracy, retrained with 3 seeds: 94.0 % of 1,000 photographs (95 % interval 93.7 to 94.3), default
94.9 % (94.1 to 95.7). No difference is shown.
"""

from typing import TYPE_CHECKING, Any

from optuna.distributions import CategoricalDistribution, IntDistribution

from models.space.sections import FIT, PIXELS, TOP
from models.space.study import Study

if TYPE_CHECKING:
    import keras

    from models.parts.weights import Weights

SPACE = {
    "base": {"pixels": PIXELS, "cut": IntDistribution(3, 5)},
    "model": TOP,
    "fit": FIT,
}


def base(
    input_shape: tuple[int, int, int], weights: "Weights | None", *, pixels: int = 150, cut: int = 4
) -> "keras.Model":
    """Map images (batch, *input_shape), float32 in [0, 1], to features (batch, h, w, channels).

    Args:
        input_shape: (height, width, 3).
        weights: pretrained weights of VGG16; None: random weights.
        pixels: height and width to which the images are resized first.
        cut: number of the last block of the base, 1 to 5.
    """
    from models.parts.vgg16 import frozen_base

    return frozen_base(input_shape, weights, pixels=pixels, blocks=cut)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    pooling: str = "average",
    depth: int = 1,
    width: int = 64,
    normalization: str = "batch",
) -> "keras.Model":
    """Map features (batch, *input_shape) to logits (batch, classes).

    Args:
        input_shape: (height, width, channels) of the features.
        classes: number of logits.
        pooling: "average" (over height and width) or "flatten".
        depth: dense layers before the layer of the logits.
        width: units of each of these dense layers.
        normalization: "none", "batch", "layer" or "group"; applied to the features and to these dense layers.
    """
    import keras

    from models.parts.vgg16 import top

    inputs: Any = keras.Input(input_shape)
    logits = top(inputs, classes, pooling=pooling, depth=depth, width=width, normalization=normalization)
    return keras.Model(inputs, logits)


STUDY = Study(
    dataset="cats_dogs",
    space=SPACE,
    base=base,
    build=build,
    max_epochs=30,
    on_cpu={"pixels": CategoricalDistribution([96])},
)
