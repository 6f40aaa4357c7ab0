"""Preparing a dataset: once, by one process at a time, and complete or not at all."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data.store.atomic import sync
from data.store.dataset import Dataset, cache, dataset_folder, dataset_module, load, sizes
from data.store.description import LaterFormat, Sizes, write_description
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


def prepare(name: str, source: Path | None = None, images: int | None = None) -> Dataset:
    """Open prepared data, and prepare it first if it is missing or damaged; progress on stderr.

    Of two processes at once, the second waits and uses what the first has prepared.

    Args:
        name: the dataset.
        source: an archive or folder. If given, the data is prepared from it even if it already exists.
        images: images of all splits together, for a smaller set; it replaces one of another size. None takes
            what is prepared, or prepares all.

    Raises:
        DataError: the data is not available, not what it should be, or cannot be written.
    """
    check_images(name, images)
    check_source(source)
    try:
        if source is None and (dataset := _prepared(name, images)):
            return dataset
        with locked(cache() / f"{name}.lock", on_wait=lambda: _tell_waiting(name)):
            if source is None and (dataset := _prepared(name, images)):
                return dataset
            _build(name, source, images)
    except OSError as error:
        raise DataError(f"cannot prepare {name} in {cache()}: {error}") from error
    return load(name)


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


def _tell_waiting(name: str) -> None:
    print(f"another process is preparing {name}: waiting", file=sys.stderr)


def _build(name: str, source: Path | None, images: int | None) -> None:
    """Write the dataset into a temporary folder, and rename it when all of it is on disk."""
    downloads = cache() / "downloads" / name
    downloads.mkdir(parents=True, exist_ok=True)
    try:
        choice = {} if images is None else {"images": images}
        prepared = dataset_module(name).read(source, downloads, **choice)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=cache()))
        _write(unfinished, prepared)
        _publish(unfinished, dataset_folder(name))
    finally:
        _clean_up(name)
    shutil.rmtree(downloads)


def _clean_up(name: str) -> None:
    """Remove unfinished and replaced folders, also of killed processes: nobody else writes under the lock.

    What cannot be removed now, such as open files on a network disk, is removed the next time.
    """
    for leftover in cache().glob(f".{name}-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _write(folder: Path, prepared: Prepared) -> None:
    splits = {"training": prepared.training, "validation": prepared.validation, "test": prepared.test}
    for name, split in splits.items():
        np.save(folder / f"{name}_images.npy", split.images, allow_pickle=False)
        np.save(folder / f"{name}_labels.npy", split.labels.astype(np.int64), allow_pickle=False)
    if prepared.report:
        (folder / REPORT).write_text(prepared.report, encoding="utf-8")
    sizes = Sizes(
        training=len(prepared.training), validation=len(prepared.validation), test=len(prepared.test)
    )
    write_description(folder, prepared.fingerprint, sizes)


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
