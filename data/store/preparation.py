"""Preparing a dataset: once, by one process at a time, and complete or not at all."""

import importlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data.store.atomic import sync
from data.store.dataset import (
    IMAGE_FOLDER,
    Dataset,
    cache,
    dataset_folder,
    dataset_module,
    load,
    names,
    sizes,
)
from data.store.description import LaterFormat, Origin, Pictures, Sizes, write_description
from data.store.lock import locked
from data.store.split import DataError, Split
from data.terminal.arguments import is_address, not_a_path, shortened

REPORT = "report.csv"  # beside the data of a dataset that reports on the files of its source


class Prepared(NamedTuple):
    """What a dataset's `read` returns: verified splits, the data's SHA-256, a report on its source as CSV."""

    training: Split
    validation: Split
    test: Split
    fingerprint: str
    report: str = ""


def prepare(
    name: str, source: Path | None = None, images: int | None = None, origin: Origin | None = None
) -> Dataset:
    """Open prepared data, and prepare it first if it is missing or damaged; progress on stderr.

    Of two processes at once, the second waits and uses what the first has prepared.

    Args:
        name: the dataset.
        source: an archive or folder. If given, the data is prepared from it even if it already exists.
        images: images of all splits together, for a smaller set; it replaces one of another size. None takes
            what is prepared, or prepares all.
        origin: of a user's own pictures, from which their prepared copy is made again if it is not there.

    Raises:
        DataError: the data is not available, not what it should be, or cannot be written.
    """
    if name not in names():
        return _prepare_again(name, origin)
    check_images(name, images)
    check_source(source)
    try:
        if source is None and (dataset := _prepared(name, images)):
            return dataset
        with locked(cache() / f"{name}.lock", on_wait=lambda: tell_waiting(name)):
            if source is None and (dataset := _prepared(name, images)):
                return dataset
            _build(name, source, images)
    except OSError as error:
        raise DataError(f"cannot prepare {name} in {cache()}: {error}") from error
    return load(name)


def _prepare_again(name: str, origin: Origin | None) -> Dataset:
    """Open the prepared copy of a user's own pictures; where it is gone, make it again from its origin."""
    try:
        return load(name)
    except LaterFormat:
        raise
    except DataError as error:
        if origin is None:
            raise
        reason = error
    source = Path(origin.path)
    if not source.exists():
        raise DataError(f"{reason}, and {source}, from which it was prepared, does not exist here")
    print(f"{reason}: preparing it again from {source}", file=sys.stderr)
    # Imported by name, as the datasets are: it stands above this package.
    again: Dataset = importlib.import_module(f"data.{IMAGE_FOLDER}").prepare(
        source, origin.pixels, origin.fit
    )
    if again.name != name:
        raise DataError(
            f"{source} has changed: its pictures are not those of {name}, and the prepared copy of those is "
            f"not in {cache()} any more"
        )
    return again


def check_source(source: Path | None) -> None:
    """Raise a DataError if a source is neither file nor folder: reading a pipe may not end."""
    if source is None:
        return
    if is_address(source):
        raise DataError(not_a_path(source))
    try:
        source.stat()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError | NotADirectoryError)
        reason = "does not exist" if missing else f"cannot be read: {error.strerror}"
        raise DataError(f"{shortened(str(source))} {reason}") from None
    if not (source.is_file() or source.is_dir()):
        raise DataError(f"{source} is neither a file nor a folder")


def check_images(name: str, images: int | None) -> None:
    """Raise a DataError if a dataset cannot be prepared with that many images; None stands for all."""
    choices = getattr(dataset_module(name), "IMAGES", None)
    if images is None:
        return
    if choices is None:
        raise DataError(f"{name} is always prepared complete, not with {images:,} images")
    if images not in choices:
        raise DataError(
            f"{name} cannot be prepared with {images:,} images; choose a multiple of {choices.step} "
            f"from {choices[0]:,} to {choices[-1]:,}"
        )


def _prepared(name: str, images: int | None) -> Dataset | None:
    try:
        dataset = load(name)
    except LaterFormat:  # not ours to replace
        raise
    except DataError:
        return None
    return dataset if images in (None, sum(sizes(name).values())) else None


def tell_waiting(name: str) -> None:
    """Say on stderr that another process is preparing the same."""
    print(f"another process is preparing {name}: waiting", file=sys.stderr)


def _build(name: str, source: Path | None, images: int | None) -> None:
    """Write the dataset into a temporary folder, and rename it when all of it is on disk."""
    downloads = cache() / "downloads" / name
    downloads.mkdir(parents=True, exist_ok=True)
    try:
        choice = {} if images is None else {"images": images}
        prepared = dataset_module(name).read(source, downloads, **choice)
        publish(name, prepared)
    finally:
        _clean_up(name)
    shutil.rmtree(downloads)


def publish(name: str, prepared: Prepared, pictures: Pictures | None = None) -> None:
    """Write prepared data into the cache, complete or not at all; the caller holds the lock of `name`.

    Raises:
        OSError: they cannot be written.
    """
    unfinished = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=cache()))
    try:
        _write(unfinished, prepared, pictures)
        _publish(unfinished, dataset_folder(name))
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _clean_up(name: str) -> None:
    """Remove unfinished and replaced folders, also of killed processes: nobody else writes under the lock.

    What cannot be removed now, such as open files on a network disk, is removed the next time.
    """
    for leftover in cache().glob(f".{name}-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _write(folder: Path, prepared: Prepared, pictures: Pictures | None) -> None:
    splits = {"training": prepared.training, "validation": prepared.validation, "test": prepared.test}
    for name, split in splits.items():
        np.save(folder / f"{name}_images.npy", split.images, allow_pickle=False)
        np.save(folder / f"{name}_labels.npy", split.labels.astype(np.int64), allow_pickle=False)
    if prepared.report:
        (folder / REPORT).write_text(prepared.report, encoding="utf-8")
    sizes = Sizes(
        training=len(prepared.training), validation=len(prepared.validation), test=len(prepared.test)
    )
    write_description(folder, prepared.fingerprint, sizes, pictures)


def _publish(finished: Path, target: Path) -> None:
    """Rename a folder to its final name after its files are on disk; an existing one is moved aside."""
    for file in finished.iterdir():
        _sync(file)
    _sync(finished)
    if target.exists():
        target.rename(f"{finished}-old")
    finished.rename(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    """Wait until a file or folder is on disk, so that a power cut cannot leave a name without content."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)
