"""CIFAR-10 with residual blocks: how much do skip connections add? (assignment 2 e)

    python -m search cifar_residual --trials 50

Result: validation accuracy 0.643 ± 0.015 (default 0.605 ± 0.015) on 4,000 images that the search did not use.
One search (n = 1) of 50 trials with `--epochs 18 --train-images 4096`; 10.8 min on 2 CPU cores (AMD EPYC),
2026-11-22.
Test accuracy, retrained with 3 seeds: 64.0 % of 10,000 images (95 % interval 63.1 to 64.9), default 60.5 %
(60.3 to 60.8).
"""

from typing import TYPE_CHECKING, Any

from optuna.distributions import CategoricalDistribution, IntDistribution

from models.space.sections import CIFAR_AUGMENTATION, FIT
from models.space.study import Study

if TYPE_CHECKING:
    import keras

SPACE = {
    "model": {
        "depth": IntDistribution(1, 4),
        "blocks": IntDistribution(1, 2),
        "width": IntDistribution(8, 64, step=8),
        "normalization": CategoricalDistribution(["none", "batch", "layer", "group"]),
    },
    "fit": FIT,
    "augmentation": CIFAR_AUGMENTATION,
}


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    depth: int = 3,
    blocks: int = 1,
    width: int = 16,
    normalization: str = "batch",
) -> "keras.Model":
    """Map images (batch, *input_shape), float32 in [0, 1], to logits (batch, classes).

    Args:
        input_shape: (height, width, channels).
        classes: number of logits.
        depth: number of stages; every stage after the first halves height and width in its first block.
        blocks: residual blocks in each stage.
        width: channels of the first stage; each later stage has twice as many as the one before.
        normalization: "none", "batch", "layer" or "group".
    """
    import keras  # imported here: reading the space does not have to wait for Keras

    from models.parts.blocks import classify, convolution, residual

    inputs: Any = keras.Input(input_shape)
    x = keras.layers.Rescaling(4.0, offset=-2.0)(inputs)
    x = convolution(x, width, 3, normalization)
    x = keras.layers.MaxPooling2D(2)(x)
    for stage in range(depth):
        for block in range(blocks):
            strides = 2 if stage and not block else 1
            x = residual(x, width * 2**stage, normalization, strides=strides)
    return keras.Model(inputs, classify(keras.layers.AveragePooling2D(2)(x), classes))


STUDY = Study(
    dataset="cifar10",
    space=SPACE,
    build=build,
    max_epochs=30,
    images_per_second=210,  # measured 2026-11-28, on slower cores than the result above
    on_cpu={"width": IntDistribution(8, 16, step=8)},
)
