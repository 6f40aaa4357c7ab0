"""Datasets: found by their file name, opened memory-mapped from the user's cache.

A dataset is one module of the package `data` whose name does not begin with "_". It holds what is particular
to that dataset, and nothing else:

    INPUT_SHAPE   (height, width, 3)
    CLASSES       the names of the labels 0, 1, ...
    SIZES         images of each split, "training", "validation" and "test", when all of it is prepared
    read(source: Path | None, downloads: Path) -> Prepared
    IMAGES        only if a smaller set can be prepared: a range of sizes; `read` then takes `images`, too

`read` takes the verified arrays from `source`, or if that is None, from where they are published. Files in
`downloads` are kept after a failure for the next attempt, and removed after a success. Arrays that are too
large for memory may be memory-mapped files there.
"""

import contextlib
import importlib
import os
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal

import numpy as np
import platformdirs

from data.store.description import Description, damaged, read_description
from data.store.scratch import nearby
from data.store.split import DataError, Split
from data.terminal.arguments import is_address, not_a_path

SplitName = Literal["training", "validation", "test"]
SPLITS: tuple[SplitName, ...] = ("training", "validation", "test")


@dataclass(frozen=True)
class Dataset:
    """What a search may see of a dataset; only `data.store.test_split` opens its test split.

    input_shape is (height, width, 3); fingerprint is the SHA-256 of the data, in hexadecimal.
    """

    name: str
    classes: tuple[str, ...]
    input_shape: tuple[int, int, int]
    fingerprint: str
    training: Split
    validation: Split


def names() -> list[str]:
    """Return the names of all datasets: the modules of this package."""
    modules = pkgutil.iter_modules([str(Path(__file__).parents[1])])
    return sorted(module.name for module in modules if not module.ispkg and not module.name.startswith("_"))


def cache() -> Path:
    """Return the folder of prepared data: CNN_SEARCH_CACHE if set, otherwise the user's cache folder.

    Raises:
        DataError: CNN_SEARCH_CACHE is an address.
    """
    chosen = os.environ.get("CNN_SEARCH_CACHE", "")
    if is_address(chosen):
        raise DataError(f"CNN_SEARCH_CACHE: {not_a_path(chosen)}")
    return Path(chosen) if chosen else platformdirs.user_cache_path("cnn-search", appauthor=False)


def dataset_folder(name: str) -> Path:
    """Return the folder of a dataset's prepared data, whether or not it exists."""
    return cache() / name


def dataset_module(name: str) -> ModuleType:
    """Return the module of a dataset. Raises DataError for an unknown name."""
    if name not in names():
        raise DataError(f"no dataset {name!r}; choose from: {', '.join(names())}")
    return importlib.import_module(f"data.{name}")


def load(name: str) -> Dataset:
    """Open prepared data. Raises DataError if it is not prepared, or damaged."""
    module, description = dataset_module(name), describe(name)
    return Dataset(
        name=name,
        classes=module.CLASSES,
        input_shape=module.INPUT_SHAPE,
        fingerprint=description.fingerprint,
        training=open_split(name, "training"),
        validation=open_split(name, "validation"),
    )


def describe(name: str) -> Description:
    """Return fingerprint and split sizes of prepared data. Raises DataError if there is none."""
    try:
        return read_description(dataset_folder(name))
    except FileNotFoundError:
        raise DataError(f"{name} is not prepared. Prepare it with: python -m data {name}") from None


def sizes(name: str) -> dict[str, int]:
    """Return the images in each split: as prepared, otherwise as published. Raises DataError if unknown."""
    published: dict[str, int] = dataset_module(name).SIZES
    with contextlib.suppress(DataError):
        prepared = describe(name).sizes
        return {split: prepared[split] for split in SPLITS}
    return published


def shape(name: str) -> tuple[tuple[int, int, int], int]:
    """Return (height, width, channels) of the images and the number of classes, prepared or not."""
    module = dataset_module(name)
    return module.INPUT_SHAPE, len(module.CLASSES)


def open_split(name: str, split: SplitName) -> Split:
    """Open one split of prepared data, memory-mapped and read-only. Raises DataError."""
    folder = dataset_folder(name)
    shape = (describe(name).sizes[split], *dataset_module(name).INPUT_SHAPE)
    near = (lambda file: file) if split == "test" else nearby  # the sealed split is copied nowhere
    try:
        images = np.load(near(folder / f"{split}_images.npy"), mmap_mode="r", allow_pickle=False)
        labels = np.load(near(folder / f"{split}_labels.npy"), mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise damaged(folder, str(error)) from error
    if images.shape != shape or labels.shape != shape[:1]:
        raise damaged(folder, f"the {split} split has images {images.shape}, not {shape}")
    return Split(images, labels)
