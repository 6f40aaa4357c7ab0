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

Pictures of a user's own, a folder or an archive, are a dataset, too (data/image_folder.py). It is found by
the name of its prepared copy in the cache, FOLDER-DIGEST, where DIGEST stands for the content of its pictures
and for how they were prepared. What a module says of other datasets stands in the description of that copy.
"""

import contextlib
import importlib
import os
import pkgutil
import re
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal

import numpy as np
import platformdirs

from data.store.description import Description, Origin, Pictures, damaged, read_description
from data.store.scratch import nearby
from data.store.split import DataError, Split
from data.terminal.arguments import is_address, not_a_path

SplitName = Literal["training", "validation", "test"]
SPLITS: tuple[SplitName, ...] = ("training", "validation", "test")
OWN_NAME = "[A-Za-z0-9_]+-[0-9a-f]{12}"  # of the prepared copy of a user's own pictures
IMAGE_FOLDER = "image_folder"  # the module for pictures of a user's own; no dataset by itself


@dataclass(frozen=True)
class Dataset:
    """What a search may see of a dataset; only `data.store.test_split` opens its test split.

    Attributes:
        name: of the dataset, or of the prepared copy of a user's own pictures.
        classes: names of the labels 0, 1, ...
        input_shape: (height, width, 3).
        fingerprint: SHA-256 of the data, in hexadecimal.
        training, validation: its splits.
        origin: of a user's own pictures; None for a dataset of this package.
    """

    name: str
    classes: tuple[str, ...]
    input_shape: tuple[int, int, int]
    fingerprint: str
    training: Split
    validation: Split
    origin: Origin | None = None


def names() -> list[str]:
    """Return the names of the datasets of this package: its modules."""
    modules = pkgutil.iter_modules([str(Path(__file__).parents[1])])
    found = (module.name for module in modules if not module.ispkg and not module.name.startswith("_"))
    return sorted(name for name in found if name != IMAGE_FOLDER)


def own_names() -> list[str]:
    """Return the names of the prepared copies of a user's own pictures."""
    files = cache().glob("*-*/description.json")
    return sorted(file.parent.name for file in files if re.fullmatch(OWN_NAME, file.parent.name))


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
    description = describe(name)
    (input_shape, _), classes = shape(name), class_names(name)
    return Dataset(
        name=name,
        classes=classes,
        input_shape=input_shape,
        fingerprint=description.fingerprint,
        training=open_split(name, "training"),
        validation=open_split(name, "validation"),
        origin=description.pictures.origin if description.pictures else None,
    )


def describe(name: str) -> Description:
    """Return the description of prepared data. Raises DataError if there is none."""
    own = name not in names()
    if own and not re.fullmatch(OWN_NAME, name):
        raise DataError(f"no dataset {name!r}; choose from: {', '.join(names())}")
    try:
        description = read_description(dataset_folder(name))
    except FileNotFoundError:
        if own:
            raise DataError(f"there is no prepared copy {name} in {cache()}") from None
        raise DataError(f"{name} is not prepared. Prepare it with: python -m data {name}") from None
    if own and description.pictures is None:
        raise damaged(dataset_folder(name), "it does not say where its pictures came from")
    return description


def sizes(name: str) -> dict[str, int]:
    """Return the images in each split: as prepared, otherwise as published. Raises DataError if unknown."""
    with contextlib.suppress(DataError):
        prepared = describe(name).sizes
        return {split: prepared[split] for split in SPLITS}
    published: dict[str, int] = dataset_module(name).SIZES
    return published


def shape(name: str) -> tuple[tuple[int, int, int], int]:
    """Return (height, width, channels) of the images and the number of classes, prepared or not."""
    if name not in names():
        return _pictures(name).input_shape, len(_pictures(name).classes)
    module = dataset_module(name)
    return module.INPUT_SHAPE, len(module.CLASSES)


def origin(name: str) -> Origin | None:
    """Return where a user's own pictures came from; None for a dataset of this package."""
    return None if name in names() else _pictures(name).origin


def class_names(name: str) -> tuple[str, ...]:
    """Return the names of the labels 0, 1, ..., prepared or not."""
    if name not in names():
        return _pictures(name).classes
    classes: tuple[str, ...] = dataset_module(name).CLASSES
    return classes


def _pictures(name: str) -> Pictures:
    pictures = describe(name).pictures
    assert pictures  # `describe` has checked it
    return pictures


def open_split(name: str, split: SplitName) -> Split:
    """Open one split of prepared data, memory-mapped and read-only. Raises DataError."""
    folder = dataset_folder(name)
    expected = (describe(name).sizes[split], *shape(name)[0])
    near = (lambda file: file) if split == "test" else nearby  # the sealed split is copied nowhere
    try:
        images = np.load(near(folder / f"{split}_images.npy"), mmap_mode="r", allow_pickle=False)
        labels = np.load(near(folder / f"{split}_labels.npy"), mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise damaged(folder, str(error)) from error
    if images.shape != expected or labels.shape != expected[:1]:
        raise damaged(folder, f"the {split} split has images {images.shape}, not {expected}")
    return Split(images, labels)
