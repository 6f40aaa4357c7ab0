"""CIFAR-10 with a plain CNN: how far do convolution, pooling and normalization alone go? (assignment 2 b, c)

    python -m search cifar_basic --trials 50

Result of two searches of 50 trials each with `--epochs 18 --train-images 4096`, on 2 CPU cores (AMD EPYC),
2026-11-22.
One search found nothing better than the default: validation accuracy 0.673 ± 0.029 on its 1,000 images, in
19.8 min on a shared machine. The search of an earlier version found 0.712 ± 0.014 (default 0.681 ± 0.014)
on 4,000 images that it did not use, in 15.3 min.
Test accuracy of the default, retrained with 3 seeds: 67.7 % of 10,000 images (95 % interval 66.8 to 68.6).
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
        "convolutions": IntDistribution(1, 3),
        "width": IntDistribution(16, 128, step=16),
        "pooling": CategoricalDistribution(["max", "average"]),
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
    convolutions: int = 1,
    width: int = 32,
    pooling: str = "max",
    normalization: str = "batch",
) -> "keras.Model":
    """Map images (batch, *input_shape), float32 in [0, 1], to logits (batch, classes).

    Args:
        input_shape: (height, width, channels).
        classes: number of logits.
        depth: number of stages; each ends with a pooling that halves height and width.
        convolutions: 3×3 convolutions in each stage.
        width: channels of the first stage; each later stage has twice as many as the one before.
        pooling: "max" or "average".
        normalization: "none", "batch", "layer" or "group".
    """
    import keras  # imported here: reading the space does not have to wait for Keras

    from models.parts.blocks import classify, convolution

    pool = keras.layers.MaxPooling2D if pooling == "max" else keras.layers.AveragePooling2D
    inputs: Any = keras.Input(input_shape)
    x = keras.layers.Rescaling(4.0, offset=-2.0)(inputs)
    for stage in range(depth):
        for _ in range(convolutions):
            x = convolution(x, width * 2**stage, 3, normalization)
        x = pool(2)(x)
    return keras.Model(inputs, classify(x, classes))


STUDY = Study(
    dataset="cifar10",
    space=SPACE,
    build=build,
    max_epochs=30,
    images_per_second=160,  # of 2026-11-22, scaled as cifar_residual's has changed since
    on_cpu={"convolutions": IntDistribution(1, 2), "width": IntDistribution(16, 32, step=16)},
)
