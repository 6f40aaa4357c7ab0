"""CIFAR-10 with inception blocks: do filters of several sizes side by side pay? (assignment 2 d)

    python -m search cifar_inception --trials 50

Result: validation accuracy 0.687 ± 0.014 (default 0.588 ± 0.015) on 4,000 images that the search did not use.
One search (n = 1) of 50 trials with `--epochs 18 --train-images 4096`; 37.7 min on 2 CPU cores (AMD EPYC)
that were busy with other work at the same time, 2026-11-22.
Test accuracy, retrained with 3 seeds: 67.4 % of 10,000 images (95 % interval 66.8 to 68.0), default 58.0 %
(57.6 to 58.5).
"""

from typing import TYPE_CHECKING, Any

from optuna.distributions import CategoricalDistribution, IntDistribution

from models.space.sections import CIFAR_AUGMENTATION, FIT
from models.space.study import Study

if TYPE_CHECKING:
    import keras

SPACE = {
    "model": {
        "depth": IntDistribution(1, 3),
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
    depth: int = 2,
    blocks: int = 1,
    width: int = 8,
    normalization: str = "batch",
) -> "keras.Model":
    """Map images (batch, *input_shape), float32 in [0, 1], to logits (batch, classes).

    Args:
        input_shape: (height, width, channels).
        classes: number of logits.
        depth: stages of convolution and max-pooling before the blocks; each halves height and width.
        blocks: inception blocks; after the last one, height and width are halved once more.
        width: channels of each of a block's four branches; the stages before the blocks have 2 × width.
        normalization: "none", "batch", "layer" or "group".
    """
    import keras  # imported here: reading the space does not have to wait for Keras

    from models.parts.blocks import classify, convolution, inception

    inputs: Any = keras.Input(input_shape)
    x = keras.layers.Rescaling(4.0, offset=-2.0)(inputs)
    for _ in range(depth):
        x = keras.layers.MaxPooling2D(2)(convolution(x, 2 * width, 3, normalization))
    for _ in range(blocks):
        x = inception(x, width, normalization)
    return keras.Model(inputs, classify(keras.layers.AveragePooling2D(2)(x), classes))


STUDY = Study(
    dataset="cifar10",
    space=SPACE,
    build=build,
    max_epochs=30,
    images_per_second=120,  # of 2026-11-22, scaled as cifar_residual's has changed since
    on_cpu={"width": IntDistribution(8, 16, step=8)},
)
