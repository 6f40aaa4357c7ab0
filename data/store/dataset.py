"""Datasets: found by their file name, prepared once into the user's cache, opened memory-mapped.

A dataset is one module of this package whose name does not begin with "_". It says what is particular
to it, and nothing else:

    INPUT_SHAPE   (height, width, 3)
    CLASSES       the names of the labels 0, 1, ...
    SIZES         images of each split, "training", "validation" and "test", once all of it is prepared
    read(source: Path | None, downloads: Path) -> Prepared
    IMAGES        where it may be prepared smaller: a range of sizes, of which `read` takes one as `images`

`read` takes the verified arrays from `source`, or where that is None from wherever they are published.
What it keeps in `downloads` is there again after a failure, and is removed after a success. Arrays too
large for memory may be memory-mapped files there.
"""

import contextlib
import fcntl
import importlib
import json
import os
import pkgutil
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
import platformdirs

from data.store.split import DataError, Split

REPORT = "report.csv"  # beside the data where there is one: files of the source that are odd


@dataclass(frozen=True)
class Dataset:
    """What a search may see of a dataset; its test split is opened by `data.store.test_split` alone.

    input_shape is (height, width, 3); fingerprint is the SHA-256 of the data, in hexadecimal.
    """

    name: str
    classes: tuple[str, ...]
    input_shape: tuple[int, int, int]
    fingerprint: str
    training: Split
    validation: Split


class Prepared(NamedTuple):
    """What a dataset's `read` gives: verified splits, the data's SHA-256, a report of odd files as CSV."""

    training: Split
    validation: Split
    test: Split
    fingerprint: str
    report: str = ""


def names() -> list[str]:
    """The datasets there are, by the file names of this package."""
    found = pkgutil.iter_modules([str(Path(__file__).parents[1])])
    return sorted(each.name for each in found if not each.ispkg and not each.name.startswith("_"))


def cache() -> Path:
    """The folder of prepared data: CNN_SEARCH_CACHE where it is set, otherwise the user's cache folder."""
    chosen = os.environ.get("CNN_SEARCH_CACHE")
    return Path(chosen) if chosen else platformdirs.user_cache_path("cnn-search", appauthor=False)


def place(name: str) -> Path:
    """The folder where a dataset lies once it is prepared."""
    return cache() / name


def load(name: str) -> Dataset:
    """Open prepared data. Raises DataError where it is not prepared, or damaged."""
    module, about = _module(name), description(name)
    return Dataset(
        name=name,
        classes=module.CLASSES,
        input_shape=module.INPUT_SHAPE,
        fingerprint=about["fingerprint"],
        training=open_split(name, "training"),
        validation=open_split(name, "validation"),
    )


def prepare(name: str, source: Path | None = None, images: int | None = None) -> Dataset:
    """Open prepared data, preparing it first where it is missing or damaged; progress on stderr.

    With a source it is prepared from there, whether or not it was before; with a number of images, where it
    was prepared with another. Of two processes at once the second waits, and finds what the first has
    prepared. Raises DataError.
    """
    check_choice(name, images)
    try:
        if source is None and (ready := _ready(name, images)):
            return ready
        with _lock(name):
            if source is None and (ready := _ready(name, images)):
                return ready
            _build(name, source, images)
    except OSError as error:
        raise DataError(f"cannot prepare {name} in {cache()}: {error}") from error
    return load(name)


def check_choice(name: str, images: int | None) -> None:
    """Raise a DataError where a dataset cannot be prepared with that many images; None is all of it."""
    choice = getattr(_module(name), "IMAGES", None)
    if images is None:
        return
    if choice is None:
        raise DataError(f"{name} is prepared whole, it has no smaller set of {images:,} images")
    if images not in choice:
        raise DataError(
            f"{name} is not prepared with {images:,} images: a multiple of {choice.step}, "
            f"from {choice[0]:,} to {choice[-1]:,}"
        )


def description(name: str) -> dict:
    """What was written down of prepared data: fingerprint, and sizes of the splits. Raises DataError."""
    try:
        about: dict = json.loads((place(name) / "description.json").read_text())
    except FileNotFoundError:
        raise DataError(f"{name} is not prepared: python -m data {name}") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{place(name)} is damaged, prepare it again: {error}") from error
    return about


def sizes(name: str) -> dict[str, int]:
    """How many images each split has, prepared or not. Raises DataError where there is no such dataset."""
    published: dict[str, int] = _module(name).SIZES
    with contextlib.suppress(DataError):
        return dict(description(name)["sizes"])
    return published


def shape(name: str) -> tuple[tuple[int, int, int], int]:
    """The (height, width, channels) of its images, and how many classes: prepared or not."""
    module = _module(name)
    return module.INPUT_SHAPE, len(module.CLASSES)


def open_split(name: str, split: str) -> Split:
    """Open one split of prepared data, memory-mapped and read-only. Raises DataError."""
    folder = place(name)
    shape = (description(name)["sizes"][split], *_module(name).INPUT_SHAPE)
    try:
        images = np.load(folder / f"{split}_images.npy", mmap_mode="r", allow_pickle=False)
        labels = np.load(folder / f"{split}_labels.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{folder} is damaged, prepare it again: {error}") from error
    if images.shape != shape or labels.shape != shape[:1]:
        raise DataError(f"{folder} is damaged, prepare it again: {split} is {images.shape}, not {shape}")
    return Split(images, labels)


def _module(name: str) -> ModuleType:
    if name not in names():
        raise DataError(f"no dataset {name!r}: there are {', '.join(names())}")
    return importlib.import_module(f"data.{name}")


def _ready(name: str, images: int | None) -> Dataset | None:
    try:
        dataset = load(name)
    except DataError:
        return None
    return dataset if images in (None, sum(sizes(name).values())) else None


@contextlib.contextmanager
def _lock(name: str) -> Iterator[None]:
    """Let one process at a time prepare a dataset; the system frees the lock of one that is killed."""
    cache().mkdir(parents=True, exist_ok=True)
    with open(cache() / f"{name}.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"another process is preparing {name}: waiting for it", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(name: str, source: Path | None, images: int | None) -> None:
    """Write the dataset into a folder beside its place, and move it there when all of it is on disk."""
    downloads = cache() / "downloads" / name
    downloads.mkdir(parents=True, exist_ok=True)
    try:
        choice = {} if images is None else {"images": images}
        prepared = _module(name).read(source, downloads, **choice)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=cache()))
        _write(unfinished, prepared)
        _publish(unfinished, place(name))
    finally:
        _sweep(name)
    shutil.rmtree(downloads)


def _sweep(name: str) -> None:
    """Remove what is unfinished or replaced, of killed processes too: under the lock nobody is writing there.

    What cannot go yet, such as files that are open on a network disk, goes the next time.
    """
    for leftover in cache().glob(f".{name}-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _write(folder: Path, prepared: Prepared) -> None:
    splits = {"training": prepared.training, "validation": prepared.validation, "test": prepared.test}
    for split, part in splits.items():
        np.save(folder / f"{split}_images.npy", part.images, allow_pickle=False)
        np.save(folder / f"{split}_labels.npy", part.labels.astype(np.int64), allow_pickle=False)
    about = {
        "fingerprint": prepared.fingerprint,
        "sizes": {split: len(part) for split, part in splits.items()},
    }
    if prepared.report:
        (folder / REPORT).write_text(prepared.report, encoding="utf-8")
    (folder / "description.json").write_text(json.dumps(about, indent=1) + "\n")


def _publish(finished: Path, target: Path) -> None:
    """Move a folder to its place once its files are safely on disk; what was there goes out of the way."""
    for file in finished.iterdir():
        _sync(file)
    _sync(finished)
    if target.exists():
        target.rename(f"{finished}-old")
    finished.rename(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    """Wait until a file or folder is on disk, so that a power cut cannot leave its name alone."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
