"""The openings of a run's test set: written down before the images are read, and never removed.

One line of JSON each, in the run's own folder, so that neither a report that is deleted nor a retraining that
begins anew forgets one.
"""

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from data.store.atomic import sync

FILE = "test_openings.jsonl"


@dataclass(frozen=True)
class Opening:
    """One opening of the test set.

    Attributes:
        time: ISO 8601, with the offset to UTC.
        weights: "best, seed 0" and so on → SHA-256 of the checkpoint.
        epochs: that they were trained.
        train_images: that they saw in each epoch.
    """

    time: str
    weights: Mapping[str, str]
    epochs: int
    train_images: int


def add(folder: Path, opening: Opening) -> None:
    """Write down that the test set is about to be opened; it is on disk when this returns.

    Raises:
        OSError: it could not be written; then nothing may be opened.
    """
    line = json.dumps(dataclasses.asdict(opening)).encode() + b"\n"
    with (folder / FILE).open("a+b") as stream:
        stream.seek(max(0, stream.seek(0, os.SEEK_END) - 1))
        if stream.read() not in (b"", b"\n"):  # a power cut left half a line
            line = b"\n" + line
        stream.write(line)
        stream.flush()
        sync(stream.fileno())


def openings(folder: Path) -> tuple[Opening, ...]:
    """Return every opening of a run's test set. Half a line is none: nothing is opened before it is whole."""
    read = []
    file = folder / FILE
    for line in file.read_bytes().splitlines() if file.exists() else ():
        try:
            read.append(msgspec.convert(json.loads(line), Opening))
        except (ValueError, RecursionError):
            continue
    return tuple(read)
