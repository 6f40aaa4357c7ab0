"""Pretrained VGG16 convolutions: Keras's own download, or a file of yours; the preprocessing belongs to them.

Simonyan & Zisserman, Very Deep Convolutional Networks for Large-Scale Image Recognition, 2015.
"""

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import IntDistribution

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

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

    An `.npz` has arrays NAME__kernel and NAME__bias, and may hold the first blocks only.

    Raises:
        WeightsError: they are not there, not readable, or not VGG16's.
    """
    if path is None:
        return Weights(_published(), "caffe")
    if not path.is_file():
        raise WeightsError(f"--weights {path}: there is no such file")
    try:
        if path.suffix == ".npz":
            weights = Weights(_npz(path), "torch", str(path.resolve()))
        elif path.suffix in (".h5", ".hdf5"):
            weights = Weights(_keras(path), "caffe", str(path.resolve()))
        else:
            raise WeightsError(f"--weights {path}: it is a .h5 of Keras, or a .npz of kernels by layer name")
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        reason = " ".join(str(error).split())[:150]
        raise WeightsError(f"--weights {path} cannot be read as VGG16: {reason}") from None
    if not weights.blocks:
        raise WeightsError(f"--weights {path}: it lacks block 1, layers {', '.join(layers(1))}")
    return weights


def _npz(path: Path) -> Arrays:
    found: Arrays = {}
    with np.load(path, allow_pickle=False) as file:
        shapes = _shapes()
        # The sizes are those of VGG16: nothing else is read, however large it says that it is.
        limit = {f"{name}__{part}.npy": 4 * int(np.prod(shapes[name])) + 4096
                 for name in shapes for part in ("kernel", "bias")}  # fmt: skip
        for entry in file.zip.infolist():
            if entry.file_size > 2 * limit.get(entry.filename, entry.file_size):
                raise ValueError(f"{entry.filename} is too large")
        for name, shape in shapes.items():
            if f"{name}__kernel" in file.files:
                found[name] = _checked(name, shape, file[f"{name}__kernel"], file[f"{name}__bias"])
    return found


def _checked(
    name: str, shape: tuple[int, ...], kernel: NDArray[Any], bias: NDArray[Any]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    if kernel.shape != shape or bias.shape != shape[-1:]:
        raise ValueError(f"{name} has kernel {kernel.shape} and bias {bias.shape}, VGG16 has {shape}")
    if not (np.isfinite(kernel).all() and np.isfinite(bias).all()):
        raise ValueError(f"{name} has values that are not finite")
    return kernel.astype(np.float32), bias.astype(np.float32)


def _shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    channels = 3
    for block, widths in enumerate(BLOCKS):
        for number, width in enumerate(widths):
            shapes[f"block{block + 1}_conv{number + 1}"] = (3, 3, channels, width)
            channels = width
    return shapes


def _keras(path: Path) -> Arrays:
    import keras

    base = keras.applications.VGG16(weights=None, include_top=False)
    base.load_weights(path)
    return _of(base)


def _published() -> Arrays:
    import keras

    try:
        return _of(keras.applications.VGG16(weights="imagenet", include_top=False))
    except Exception as error:  # of the many kinds that a download can raise
        reason = " ".join(str(error).split())[:150]
        raise WeightsError(
            f"Keras's ImageNet weights of VGG16 cannot be had ({reason}): give a file with --weights PATH"
        ) from None


def _of(base: Any) -> Arrays:
    return {
        name: _checked(name, shape, *base.get_layer(name).get_weights()) for name, shape in _shapes().items()
    }
