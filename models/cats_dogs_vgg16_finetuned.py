"""Cats vs dogs, fine-tuned: what does training VGG16's last blocks add to the frozen base? (assignment 1 h)

    python -m search cats_dogs_vgg16_finetuned --trials 50 [--parent RUN]

The study continues from the best trial of a finished `cats_dogs_vgg16` run, its parent: it takes over the
weights, and the hyperparameters of the base and of the top. The parent trained the top on the frozen base.
Here the last blocks of the base are trained too, at a low learning rate, and the batch statistics of the top
stay unchanged (Keras's guide to transfer learning and fine-tuning,
https://keras.io/guides/transfer_learning/).

Result: validation accuracy 0.946 on 800 images, starting from the parent's 0.944. No difference is shown. One
search (n = 1) of 4 trials of up to 3 epochs on 500 photographs; 13.5 min on 2 shared CPU cores (AMD EPYC),
2026-11-22.
Test accuracy, retrained with 3 seeds: 93.9 % of 1,000 photographs (95 % interval 92.8 to 95.0).
"""

from typing import TYPE_CHECKING, Any

from optuna.distributions import FloatDistribution, IntDistribution

from models.cats_dogs_vgg16 import SPACE as FROZEN
from models.space.sections import FIT, PHOTO_AUGMENTATION
from models.space.study import Study

if TYPE_CHECKING:
    import keras

    from models.parts.weights import Weights

# Both sections take these: the base ends before the first unfrozen block, and the model starts with it.
_CUT = {"cut": FROZEN["base"]["cut"], "unfrozen": IntDistribution(1, 2)}

SPACE = {
    "base": {**FROZEN["base"], **_CUT},
    "model": {**_CUT, **FROZEN["model"]},
    "fit": {**FIT, "learning_rate": FloatDistribution(1e-6, 1e-3, log=True)},
    "augmentation": PHOTO_AUGMENTATION,
}


def base(
    input_shape: tuple[int, int, int],
    weights: "Weights | None",
    *,
    pixels: int = 150,
    cut: int = 4,
    unfrozen: int = 1,
) -> "keras.Model":
    """Map images (batch, *input_shape), float32 in [0, 1], to features of the blocks that stay frozen.

    Args:
        input_shape: (height, width, 3).
        weights: pretrained weights of VGG16; None: random weights.
        pixels: height and width to which the images are resized first.
        cut: number of the last block of the whole base, 1 to 5.
        unfrozen: how many of the last blocks are trained.
    """
    from models.parts.vgg16 import frozen_base

    return frozen_base(input_shape, weights, pixels=pixels, blocks=cut - unfrozen)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    cut: int = 4,
    unfrozen: int = 1,
    pooling: str = "average",
    depth: int = 1,
    width: int = 64,
    normalization: str = "batch",
) -> "keras.Model":
    """Map features (batch, *input_shape) of the frozen blocks to logits (batch, classes).

    Args:
        input_shape: (height, width, channels) of the features.
        classes: number of logits.
        cut: number of the last block of the whole base, 1 to 5.
        unfrozen: how many of the last blocks are trained.
        pooling: "average" (over height and width) or "flatten".
        depth: dense layers before the layer of the logits.
        width: units of each of these dense layers.
        normalization: "none", "batch", "layer" or "group"; batch statistics are not updated.
    """
    import keras

    from models.parts.blocks import keep_statistics
    from models.parts.vgg16 import convolution_blocks, top

    inputs: Any = keras.Input(input_shape)
    x = convolution_blocks(inputs, cut - unfrozen + 1, cut)
    logits = top(x, classes, pooling=pooling, depth=depth, width=width, normalization=normalization)
    model = keras.Model(inputs, logits)
    keep_statistics(model)
    return model


STUDY = Study(
    dataset="cats_dogs",
    space=SPACE,
    base=base,
    build=build,
    parent="cats_dogs_vgg16",
    max_epochs=20,
    cpu_images=500,
    cpu_epochs=4,
    default={"learning_rate": 2e-5, "flip": False, "shift": 0},
)
