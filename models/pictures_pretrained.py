"""Pictures of your own on a frozen pretrained base: which base, and how much on top of it?

    python -m search pictures_pretrained --trials 50 [--dataset FOLDER] [--weights FOLDER]

The base is one of five of `keras.applications` with weights from ImageNet, as Keras publishes them or from a
folder of their `.h5` files (or one file). It is frozen and the images are not augmented, so its features are
computed once and shared by all trials. Without `--dataset`, the pictures are cats and dogs.

Result: validation accuracy 0.926 (default 0.920) on 800 images. One search (n = 1) of 50 trials on 2,000
photographs of cats and dogs with `--set pixels=96` and the weights of one base, mobilenet_v2; 20.2 min, one
trial at a time, on 2 CPU cores (AMD EPYC) that were busy with other work, 2026-11-28.
Test accuracy, retrained with 3 seeds: 93.4 % of 1,000 photographs (95 % interval 91.8 to 94.7), default
93.2 % (91.1 to 94.9). No difference is shown, nor to `cats_dogs_vgg16` (94.0 %, 93.7 to 94.3 by an earlier
method).
"""

from typing import TYPE_CHECKING

from optuna.distributions import CategoricalDistribution

from models.cats_dogs_vgg16 import build
from models.space.sections import FIT, PIXELS, TOP
from models.space.study import Space, Study

if TYPE_CHECKING:
    import keras

    from models.parts.backbone_weights import BackboneWeights

BACKBONES = ("mobilenet_v2", "efficientnetv2_b0", "convnext_tiny", "resnet50v2", "vgg16")

SPACE: Space = {
    "base": {"backbone": CategoricalDistribution(BACKBONES), "pixels": PIXELS},
    "model": TOP,
    "fit": FIT,
}


def base(
    input_shape: tuple[int, int, int],
    weights: "BackboneWeights | None",
    *,
    backbone: str = "mobilenet_v2",
    pixels: int = 150,
) -> "keras.Model":
    """Map images (batch, *input_shape), float32 in [0, 1], to features (batch, h, w, channels).

    Args:
        input_shape: (height, width, 3).
        weights: pretrained weights; None: random weights.
        backbone: one of `BACKBONES`.
        pixels: height and width to which the images are resized first.
    """
    from models.parts.backbones import frozen_backbone

    return frozen_backbone(input_shape, weights, backbone=backbone, pixels=pixels)


STUDY = Study(
    dataset="cats_dogs",
    space=SPACE,
    base=base,
    backbones=BACKBONES,
    build=build,
    max_epochs=30,
    on_cpu={"pixels": CategoricalDistribution([150])},
)
