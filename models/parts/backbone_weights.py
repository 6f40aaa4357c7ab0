"""Pretrained weights of backbones: files that Keras publishes, downloaded, or given in a folder.

Keras is not imported: it would reserve the GPU memory that the trials need.
"""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optuna.distributions import CategoricalDistribution

from models.parts import hdf5
from models.parts.weights import KERAS_URL, PUBLISHED, PUBLISHED_MD5, WeightsError, published

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


@dataclass(frozen=True)
class Backbone:
    """A convolution base of `keras.applications`.

    Attributes:
        application: its name there.
        url: of its published ImageNet weights without the dense layers.
        digest: MD5 or SHA-256 of that file in hexadecimal, where Keras gives one.
        preprocessing: "symmetric" (RGB in [-1, 1]), "caffe" (as VGG16's) or "included" (RGB in [0, 255]).
    """

    application: str
    url: str
    digest: str | None
    preprocessing: str


BACKBONES: Mapping[str, Backbone] = {
    "mobilenet_v2": Backbone(  # Sandler et al. 2018
        "MobileNetV2",
        f"{KERAS_URL}mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
        None,
        "symmetric",
    ),
    "efficientnetv2_b0": Backbone(  # Tan & Le 2021
        "EfficientNetV2B0",
        f"{KERAS_URL}efficientnet_v2/efficientnetv2-b0_notop.h5",
        "893217f2bb855e2983157299931e43ff",
        "included",
    ),
    "convnext_tiny": Backbone(  # Liu et al. 2022
        "ConvNeXtTiny",
        f"{KERAS_URL}convnext/convnext_tiny_notop.h5",
        "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
        "included",
    ),
    "resnet50v2": Backbone(  # He et al. 2016
        "ResNet50V2",
        f"{KERAS_URL}resnet/resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "fac2f116257151a9d068a22e544a4917",
        "symmetric",
    ),
    "vgg16": Backbone(  # Simonyan & Zisserman 2015
        "VGG16",
        PUBLISHED,
        PUBLISHED_MD5,
        "caffe",
    ),
}


@dataclass(frozen=True)
class BackboneWeights:
    """Files of pretrained weights, one for each backbone that a search may choose.

    Attributes:
        files: name of a backbone → its file.
        fingerprints: name of a backbone → SHA-256 of its file, in hexadecimal.
        path: the folder or file that was given; "" for Keras's downloads.
    """

    files: Mapping[str, Path]
    fingerprints: Mapping[str, str]
    path: str = ""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all names and fingerprints, in hexadecimal."""
        lines = [f"{name} {self.fingerprints[name]}\n" for name in sorted(self.fingerprints)]
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def record(self) -> dict[str, Any]:
        """Return what a run stores about the weights, as JSON values."""
        return {"path": self.path, "fingerprint": self.fingerprint, "backbones": dict(self.fingerprints)}


def narrow_space(
    space: Mapping[str, "BaseDistribution"], backbones: Collection[str]
) -> dict[str, "BaseDistribution"]:
    """Return the space with "backbone" limited to those whose weights are there."""
    choices = space["backbone"]
    assert isinstance(choices, CategoricalDistribution)
    return {**space, "backbone": CategoricalDistribution([c for c in choices.choices if c in backbones])}


def read(path: Path | None, names: Sequence[str]) -> BackboneWeights:
    """Return the weights of backbones: those in a folder, that of one file, or those that Keras publishes.

    A file belongs to the backbone whose name its own begins with: `mobilenet_v2_1.0_224_no_top.weights.h5`.

    Args:
        path: folder of `.h5` files, or one of them; None to download them.
        names: keys of `BACKBONES`. Those of which nothing is there are left out.

    Raises:
        WeightsError: there are none for these names, or a file cannot be used.
    """
    files = _published(names) if path is None else _given(path, names)
    fingerprints = {name: _fingerprint(file) for name, file in files.items()}
    return BackboneWeights(files, fingerprints, str(path.resolve()) if path else "")


def _given(path: Path, names: Sequence[str]) -> dict[str, Path]:
    if not path.exists():
        raise WeightsError(f"--weights {path}: does not exist")
    candidates = sorted(path.iterdir()) if path.is_dir() else [path]
    found: dict[str, Path] = {}
    for file in candidates:
        name = next((name for name in names if _letters(file.name).startswith(_letters(name))), None)
        if name is None or file.suffix not in (".h5", ".hdf5") or not file.is_file():
            continue
        if name in found:
            raise WeightsError(f"--weights {path}: {found[name].name} and {file.name} are both of {name}")
        found[name] = file.resolve()
    if not found:
        raise WeightsError(
            f"--weights {path}: no .h5 file whose name begins with that of a backbone: {', '.join(names)}"
        )
    return found


def _letters(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


def _published(names: Sequence[str]) -> dict[str, Path]:
    """Return Keras's published files; where the server stops answering, those that are there by then."""
    files: dict[str, Path] = {}
    for name in names:
        try:
            files[name] = published(name, BACKBONES[name].url, BACKBONES[name].digest)
        except WeightsError:
            if not files:
                raise
            break
    return files


def _fingerprint(file: Path) -> str:
    """Return the SHA-256 of a file that is HDF5 and keeps its content to itself."""
    try:
        hdf5.check(file)
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except Exception as error:  # a damaged file can raise many kinds
        reason = " ".join(str(error).split())[:150]
        raise WeightsError(f"--weights {file}: cannot be read as weights of Keras: {reason}") from None
