"""Pretrained VGG16 convolutions: Keras's own download, or a file of yours; the preprocessing belongs to them.

Simonyan & Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, 2015.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import IntDistribution

from data import DataError
from data.sources.download import download
from data.store.lock import locked

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

# Keras's own, without the dense layers; they lie where Keras itself looks for them.
PUBLISHED = (
    "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/"
    "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
)
PUBLISHED_MD5 = "6d6bbae143d832006294945121d1f1fc"

# Of each block: the channels of its convolutions, one entry each. All are 3×3.
BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))

# What the images, in [0, 1], become before the first convolution. Keras's own weights were trained by Caffe:
# BGR in [0, 255] minus a mean. The others were trained by PyTorch: RGB, minus a mean, by a deviation.
PREPROCESSING = {
    "caffe": "BGR in [0, 255] minus the ImageNet mean",
    "torch": "RGB in [0, 1], ImageNet mean and standard deviation",
}

Arrays = dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]


class WeightsError(Exception):
    """Weights cannot be had, or are not VGG16's; the message is one clear line for the user."""


@dataclass(frozen=True)
class Weights:
    """Pretrained convolutions.

    Attributes:
        arrays: name of a layer ("block1_conv1") → kernel (3, 3, in, out) and bias (out,).
        preprocessing: a key of `PREPROCESSING`.
        path: the file they are from; "" for Keras's download.
    """

    arrays: Arrays
    preprocessing: str
    path: str = ""

    @property
    def blocks(self) -> int:
        """How many whole blocks there are, from the first on."""
        return max(
            block for block in range(len(BLOCKS) + 1) if all(name in self.arrays for name in layers(block))
        )

    @property
    def fingerprint(self) -> str:
        """SHA-256 over preprocessing, names and values, in hexadecimal: the same from any kind of file."""
        digest = hashlib.sha256(self.preprocessing.encode())
        for name in sorted(self.arrays):
            digest.update(name.encode())
            for array in self.arrays[name]:
                digest.update(np.ascontiguousarray(array, np.float32).data)
        return digest.hexdigest()

    def about(self) -> dict[str, Any]:
        """Return what a run keeps of them."""
        return {
            "path": self.path,
            "fingerprint": self.fingerprint,
            "blocks": self.blocks,
            "preprocessing": self.preprocessing,
        }


def narrowed(
    space: Mapping[str, "BaseDistribution"], blocks: int, path: str
) -> dict[str, "BaseDistribution"]:
    """Return a space whose "cut", the last block of the base, is one of the blocks that there are.

    Raises:
        WeightsError: none of the cuts of the space is.
    """
    cut = space["cut"]
    if blocks < cut.low:  # type: ignore[attr-defined]
        raise WeightsError(f"--weights {path}: blocks 1 to {blocks}; a cut after block {cut.low} needs more")  # type: ignore[attr-defined]
    return {**space, "cut": IntDistribution(cut.low, min(cut.high, blocks))}  # type: ignore[attr-defined]


def layers(blocks: int) -> list[str]:
    """Return the names of the convolutions of the first so many blocks."""
    return [f"block{b + 1}_conv{c + 1}" for b in range(blocks) for c in range(len(BLOCKS[b]))]


def read(path: Path | None) -> Weights:
    """Return weights from Keras's `.h5`, from an `.npz` of kernels by layer name, or (None) Keras's download.

    An `.npz` has arrays NAME__kernel and NAME__bias, and may hold the first blocks only. Keras is not
    imported: it would take a GPU's memory before the trials that need it.

    Raises:
        WeightsError: they are not there, not readable, or not VGG16's.
    """
    if path is None:
        return Weights(_keras(_published()), "caffe")
    if not path.is_file():
        raise WeightsError(f"--weights {path}: {'a folder' if path.is_dir() else 'there is no such file'}")
    if path.suffix == ".npz":
        weights = Weights(_read(_npz, path), "torch", str(path.resolve()))
    elif path.suffix in (".h5", ".hdf5"):
        weights = Weights(_read(_keras, path), "caffe", str(path.resolve()))
    else:
        raise WeightsError(f"--weights {path}: it is a .h5 of Keras, or a .npz of kernels by layer name")
    if not weights.blocks:
        raise WeightsError(f"--weights {path}: it lacks block 1, layers {', '.join(layers(1))}")
    return weights


def _read(reader: Callable[[Path], Arrays], path: Path) -> Arrays:
    try:
        return reader(path)
    except Exception as error:  # of the many kinds that a damaged file can raise
        reason = " ".join(str(error).split())[:150]
        raise WeightsError(f"--weights {path} cannot be read as VGG16: {reason}") from None


def _npz(path: Path) -> Arrays:
    found: Arrays = {}
    with np.load(path, allow_pickle=False) as file:
        shapes = _shapes()
        # The sizes are those of VGG16: nothing else is read, however large it says that it is.
        limit = {f"{name}__{part}": 4 * int(np.prod(shapes[name])) + 4096
                 for name in shapes for part in ("kernel", "bias")}  # fmt: skip
        for entry in file.zip.infolist():
            if entry.file_size > 2 * limit.get(entry.filename.removesuffix(".npy"), entry.file_size):
                raise ValueError(f"{entry.filename} is too large")
        for name, shape in shapes.items():
            if f"{name}__kernel" in file.files:
                found[name] = _checked(name, shape, file[f"{name}__kernel"], file[f"{name}__bias"])
    return found


def _checked(
    name: str, shape: tuple[int, ...], kernel: Any, bias: Any
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return a layer's arrays, which may still be on disk: they are read when their shapes are right."""
    if kernel.shape != shape or bias.shape != shape[-1:]:
        raise ValueError(f"{name} has kernel {kernel.shape} and bias {bias.shape}, VGG16 has {shape}")
    if kernel.dtype.kind != "f" or bias.dtype.kind != "f":
        raise ValueError(f"{name} has values of type {kernel.dtype} and {bias.dtype}, not real numbers")
    layer = np.asarray(kernel, np.float32), np.asarray(bias, np.float32)
    if not all(np.isfinite(each).all() for each in layer):
        raise ValueError(f"{name} has values that are not finite")
    return layer


def _shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    channels = 3
    for block, widths in enumerate(BLOCKS):
        for number, width in enumerate(widths):
            shapes[f"block{block + 1}_conv{number + 1}"] = (3, 3, channels, width)
            channels = width
    return shapes


def _keras(path: Path) -> Arrays:
    """Read what Keras has written: layers by their names (`.h5`), or counted (`.weights.h5` of Keras 3)."""
    import h5py  # type: ignore[import-untyped]  # it comes with Keras

    with h5py.File(path) as file:
        by_name = file.get("model_weights", file)
        found = {}
        for number, (name, shape) in enumerate(_shapes().items()):
            if "layers" in file:
                layer = file["layers"][f"conv2d_{number}" if number else "conv2d"]["vars"]
                kernel, bias = layer["0"], layer["1"]
            else:
                layer = by_name[name]
                kernel, bias = (layer[each] for each in layer.attrs["weight_names"])
            found[name] = _checked(name, shape, kernel, bias)
        return found


def _published() -> Path:
    """Return the file of Keras's own weights, downloaded by one process at a time if it is not there."""
    folder = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models"
    file = folder / PUBLISHED.rpartition("/")[2]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(file.with_suffix(".lock")):
            download(PUBLISHED, file, PUBLISHED_MD5)
    except (DataError, OSError) as error:
        raise WeightsError(
            f"Keras's ImageNet weights of VGG16 cannot be had ({error}): give a file with --weights PATH"
        ) from None
    return file
