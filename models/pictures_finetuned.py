"""Pictures of your own, fine-tuned: what does training the last layers of the base add?

    python -m search pictures_finetuned --trials 50 [--dataset FOLDER] [--parent RUN]

The study continues from the best trial of a finished `pictures_pretrained` run, its parent: it takes over the
weights, and the hyperparameters of the base and of the top. Here the last layers of the base are trained too,
at a low learning rate; batch statistics stay as they are (https://keras.io/guides/transfer_learning/).

Result: validation accuracy 0.926 on 800 images, as its parent had. No difference is shown. One search (n = 1)
of 4 trials of up to 3 epochs on 500 photographs of cats and dogs at 96 pixels, on mobilenet_v2; 10.6 min, one
trial at a time, on 2 CPU cores (AMD EPYC) that were busy with other work, 2026-11-28.
Test accuracy, retrained with 3 seeds: 92.8 % of 1,000 photographs (95 % interval 91.1 to 94.3), default
93.0 % (91.0 to 94.5).
"""

from typing import TYPE_CHECKING, Any

from optuna.distributions import BaseDistribution, FloatDistribution

from models.pictures_pretrained import BACKBONES
from models.pictures_pretrained import SPACE as FROZEN
from models.space.sections import FIT, PHOTO_AUGMENTATION
from models.space.study import Space, Study

if TYPE_CHECKING:
    import keras

    from models.parts.backbone_weights import BackboneWeights

# Both sections take these: the base ends before the first unfrozen layer, and the model starts with it.
_CUT: dict[str, BaseDistribution] = {**FROZEN["base"], "unfrozen": FloatDistribution(0.1, 0.5, step=0.1)}

SPACE: Space = {
    "base": _CUT,
    "model": {**_CUT, **FROZEN["model"]},
    "fit": {**FIT, "learning_rate": FloatDistribution(1e-6, 1e-3, log=True)},
    "augmentation": PHOTO_AUGMENTATION,
}


def base(
    input_shape: tuple[int, int, int],
    weights: "BackboneWeights | None",
    *,
    backbone: str = "mobilenet_v2",
    pixels: int = 150,
    unfrozen: float = 0.2,
) -> "keras.Model":
    """Map images (batch, *input_shape), float32 in [0, 1], to features of the layers that stay frozen.

    Args:
        input_shape: (height, width, 3).
        weights: pretrained weights; None: random weights.
        backbone: one of `BACKBONES`.
        pixels: height and width to which the images are resized first.
        unfrozen: share of the backbone, from its end, that is trained.
    """
    from models.parts.backbones import frozen_backbone

    return frozen_backbone(input_shape, weights, backbone=backbone, pixels=pixels, unfrozen=unfrozen)


def build(
    input_shape: tuple[int, int, int],
    classes: int,
    *,
    backbone: str = "mobilenet_v2",
    pixels: int = 150,
    unfrozen: float = 0.2,
    pooling: str = "average",
    depth: int = 1,
    width: int = 64,
    normalization: str = "batch",
) -> "keras.Model":
    """Map features (batch, *input_shape) of the frozen layers to logits (batch, classes).

    Args:
        input_shape: (height, width, channels) of the features.
        classes: number of logits.
        backbone: one of `BACKBONES`.
        pixels: height and width to which the base resizes the images.
        unfrozen: share of the backbone, from its end, that is trained.
        pooling: "average" (over height and width) or "flatten".
        depth: dense layers before the layer of the logits.
        width: units of each of these dense layers.
        normalization: "none", "batch", "layer" or "group"; batch statistics are not updated.
    """
    import keras

    from models.parts.backbones import last_layers
    from models.parts.blocks import keep_statistics
    from models.parts.vgg16 import top

    inputs: Any = keras.Input(input_shape)
    x = last_layers(backbone, pixels, unfrozen)(inputs, training=False)
    logits = top(x, classes, pooling=pooling, depth=depth, width=width, normalization=normalization)
    model = keras.Model(inputs, logits)
    keep_statistics(model)
    return model


STUDY = Study(
    dataset="cats_dogs",
    space=SPACE,
    base=base,
    backbones=BACKBONES,
    build=build,
    parent="pictures_pretrained",
    max_epochs=20,
    cpu_images=500,
    cpu_epochs=4,
    default={"learning_rate": 2e-5, "flip": False, "shift": 0},
)
