"""Pretrained VGG16 convolutions, downloaded as Keras does or read from a file, with their preprocessing.

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
from models.parts import hdf5

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

# Keras's published weights without the dense layers, stored where Keras itself looks for them.
KERAS_URL = "https://storage.googleapis.com/tensorflow/keras-applications/"
PUBLISHED = f"{KERAS_URL}vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
PUBLISHED_MD5 = "6d6bbae143d832006294945121d1f1fc"

# For each block, the output channels of each of its convolutions. All kernels are 3×3.
BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))

# How images in [0, 1] are transformed before the first convolution, as in the training of the weights.
# Keras's published weights were trained with Caffe, those in an `.npz` file with PyTorch.
PREPROCESSING = {
    "caffe": "BGR in [0, 255] minus the ImageNet mean",
    "torch": "RGB in [0, 1], ImageNet mean and standard deviation",
}

Arrays = dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]


class WeightsError(Exception):
    """Weights are not available, or are not those of VGG16; the message is one line for the user."""


@dataclass(frozen=True)
class Weights:
    """Pretrained weights of VGG16's convolutions.

    Attributes:
        arrays: name of a layer ("block1_conv1") → kernel (3, 3, in, out) and bias (out,), float32.
        preprocessing: a key of `PREPROCESSING`.
        path: the file they were read from; "" for Keras's download.
    """

    arrays: Arrays
    preprocessing: str
    path: str = ""

    @property
    def blocks(self) -> int:
        """The number of complete blocks, counted from the first, 0 to 5."""
        counts = range(len(BLOCKS) + 1)
        return max(count for count in counts if all(name in self.arrays for name in layer_names(count)))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of preprocessing, names and values, in hexadecimal; the file format does not change it."""
        digest = hashlib.sha256(self.preprocessing.encode())
        for name in sorted(self.arrays):
            digest.update(name.encode())
            for array in self.arrays[name]:
                digest.update(np.ascontiguousarray(array, np.float32).data)
        return digest.hexdigest()

    def record(self) -> dict[str, Any]:
        """Return what a run stores about the weights, as JSON values."""
        return {
            "path": self.path,
            "fingerprint": self.fingerprint,
            "blocks": self.blocks,
            "preprocessing": self.preprocessing,
        }


def narrow_space(
    space: Mapping[str, "BaseDistribution"], blocks: int, path: str
) -> dict[str, "BaseDistribution"]:
    """Return the space with "cut", the last block of the base, limited to the blocks that the weights have.

    Args:
        space: hyperparameter → distribution, with a "cut".
        blocks: number of blocks of the weights.
        path: the file of the weights, for the message.

    Raises:
        WeightsError: the weights have too few blocks for every cut of the space.
    """
    cut = space["cut"]
    assert isinstance(cut, IntDistribution)
    if blocks < cut.low:
        raise WeightsError(
            f"--weights {path}: the file has blocks 1 to {blocks}, the study needs at least 1 to {cut.low}"
        )
    return {**space, "cut": IntDistribution(cut.low, min(cut.high, blocks))}


def layer_names(blocks: int) -> list[str]:
    """Return the names of the convolutions of the first `blocks` blocks, in order."""
    return [f"block{b + 1}_conv{c + 1}" for b in range(blocks) for c in range(len(BLOCKS[b]))]


def read(path: Path | None) -> Weights:
    """Return the weights in a file, or Keras's published weights if `path` is None.

    The file is an `.h5` that Keras has written, or an `.npz` with arrays NAME__kernel and NAME__bias for each
    layer, which may hold the first blocks only. Keras is not imported: it would reserve the GPU memory that
    the trials need.

    Raises:
        WeightsError: the weights are not available, not readable, or not those of VGG16.
    """
    if path is None:
        return Weights(_keras(published("VGG16", PUBLISHED, PUBLISHED_MD5)), "caffe")
    if not path.is_file():
        reason = "is a folder, not a file" if path.is_dir() else "does not exist"
        raise WeightsError(f"--weights {path}: {reason}")
    if path.suffix == ".npz":
        weights = Weights(_read(_npz, path), "torch", str(path.resolve()))
    elif path.suffix in (".h5", ".hdf5"):
        weights = Weights(_read(_keras, path), "caffe", str(path.resolve()))
    else:
        raise WeightsError(f"--weights {path}: valid are .h5 or .hdf5 (written by Keras) and .npz files")
    if not weights.blocks:
        names = ", ".join(layer_names(1))
        raise WeightsError(f"--weights {path}: block 1 is missing or incomplete, layers {names}")
    return weights


def _read(reader: Callable[[Path], Arrays], path: Path) -> Arrays:
    try:
        return reader(path)
    except Exception as error:  # a damaged file can raise many kinds
        reason = " ".join(str(error).split())[:150]
        raise WeightsError(f"--weights {path}: cannot be read as VGG16 weights: {reason}") from None


def _npz(path: Path) -> Arrays:
    shapes = kernel_shapes()
    # Bytes of a float64 kernel and a header, before compression. Entries with other names are never read.
    limits = {f"{name}__{part}": 8 * int(np.prod(shape)) + 8192
              for name, shape in shapes.items() for part in ("kernel", "bias")}  # fmt: skip
    with np.load(path, allow_pickle=False) as file:
        for entry in file.zip.infolist():
            if entry.file_size > limits.get(entry.filename.removesuffix(".npy"), entry.file_size):
                raise ValueError(f"{entry.filename} is too large")
        return {
            name: _checked(name, shape, file[f"{name}__kernel"], file[f"{name}__bias"])
            for name, shape in shapes.items()
            if f"{name}__kernel" in file.files
        }


def _checked(
    name: str, shape: tuple[int, ...], kernel: Any, bias: Any
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return a layer's arrays as float32; arrays on disk are read after a check of their shapes and types."""
    if not hasattr(kernel, "shape") or not hasattr(bias, "shape"):
        raise ValueError(f"{name} has no kernel or no bias")
    if kernel.shape != shape or bias.shape != shape[-1:]:
        raise ValueError(f"{name} has kernel {kernel.shape} and bias {bias.shape}, VGG16 has kernel {shape}")
    if kernel.dtype.kind != "f" or bias.dtype.kind != "f":
        raise ValueError(
            f"{name} has values of type {kernel.dtype} and {bias.dtype}, not floating-point numbers"
        )
    layer = np.asarray(kernel, np.float32), np.asarray(bias, np.float32)
    if not all(np.isfinite(array).all() for array in layer):
        raise ValueError(f"{name} has values that are not finite")
    return layer


def kernel_shapes() -> dict[str, tuple[int, ...]]:
    """Return the kernel shape (3, 3, in, out) of each convolution, by layer name, from first to last."""
    shapes: dict[str, tuple[int, ...]] = {}
    channels = 3
    for block, widths in enumerate(BLOCKS):
        for number, width in enumerate(widths):
            shapes[f"block{block + 1}_conv{number + 1}"] = (3, 3, channels, width)
            channels = width
    return shapes


def _keras(path: Path) -> Arrays:
    """Read a file of Keras: layers by name (`.h5`) or by number (`.weights.h5` of Keras 3)."""
    import h5py  # type: ignore[import-untyped]  # it comes with Keras

    with h5py.File(path) as file:
        by_name = hdf5.child(file, "model_weights") or file
        numbered = hdf5.child(file, "layers")
        arrays = {}
        for number, (name, shape) in enumerate(kernel_shapes().items()):
            if numbered:
                layer = hdf5.child(numbered, f"conv2d_{number}/vars" if number else "conv2d/vars")
                keys = ["0", "1"]
            else:
                layer = hdf5.child(by_name, name)
                keys = hdf5.names(layer, "weight_names", 2) if layer else []
            if not layer or len(keys) != 2:
                raise ValueError(f"{name} is missing, or has not a kernel and a bias")
            kernel, bias = (hdf5.child(layer, key) for key in keys)
            arrays[name] = _checked(name, shape, kernel, bias)
        return arrays


def published(name: str, url: str, digest: str | None) -> Path:
    """Return a file that Keras publishes. If it is missing, one process at a time downloads it.

    Args:
        name: of the model, for the message.
        url: of the file.
        digest: its MD5 or SHA-256 in hexadecimal; None if none is published.

    Raises:
        WeightsError: it is out of reach.
    """
    folder = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models"
    file = folder / url.rpartition("/")[2]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(file.with_suffix(".lock")):
            if digest:
                download(url, file, digest)
            elif not file.exists():  # without a digest, only its name tells that it is complete
                part = file.with_name(f"{file.name}.part")
                download(url, part, None)
                part.replace(file)
    except (DataError, OSError) as error:
        raise WeightsError(
            f"Keras's ImageNet weights of {name} are not available ({error}). Name a file with --weights "
            "PATH, or for backbones a folder of .h5 files"
        ) from None
    return file
