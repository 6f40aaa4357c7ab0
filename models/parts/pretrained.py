"""Pretrained weights of either kind: VGG16's convolutions by layer, or whole backbones by file."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.parts import backbone_weights, weights
from models.parts.backbone_weights import BackboneWeights
from models.parts.weights import Weights

if TYPE_CHECKING:
    import keras
    from optuna.distributions import BaseDistribution

Pretrained = Weights | BackboneWeights


def read(path: Path | None, backbones: Sequence[str]) -> Pretrained:
    """Return pretrained weights, from a file or folder, or as Keras publishes them if `path` is None.

    Args:
        path: as the readers of either kind take it.
        backbones: names of the backbones to choose from; none for VGG16's convolutions by layer.

    Raises:
        WeightsError: they are not available, or cannot be used.
    """
    return backbone_weights.read(path, backbones) if backbones else weights.read(path)


def narrow_space(
    space: Mapping[str, "BaseDistribution"], backbones: Collection[str], blocks: int, path: str
) -> dict[str, "BaseDistribution"]:
    """Return the space limited to what the weights have: backbones or, where there are none, blocks of VGG16.

    Raises:
        WeightsError: the weights have too few blocks for every cut of the space.
    """
    if backbones:
        return backbone_weights.narrow_space(space, backbones)
    return weights.narrow_space(space, blocks, path)


def fingerprint(loaded: Pretrained, params: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the weights that a base with these params has, in hexadecimal."""
    if isinstance(loaded, BackboneWeights):
        return loaded.fingerprints[params["backbone"]]
    return loaded.fingerprint


def set_weights(model: "keras.Model", loaded: Pretrained) -> set[str]:
    """Set the pretrained weights of a model that is trained, and return the names of those layers.

    They are the convolutions of VGG16 by their names, or the last layers of a backbone as one nested model.
    """
    from models.parts import backbones, vgg16

    if isinstance(loaded, BackboneWeights):
        return backbones.set_weights(model, loaded)
    vgg16.set_weights(model, loaded)
    return set(loaded.arrays)
