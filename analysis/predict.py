"""Predictions of a run's kept model for pictures, which are prepared like the images of its dataset."""

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from data.sources.files import Unusable
from data.sources.fitting import fitted
from data.sources.picture import decode
from data.store.description import Fit
from data.terminal.output import one_line
from models.parts.keras_import import import_keras

BATCH = 32  # number of pictures in memory at a time
FILE_LIMIT = 160_000_000  # bytes: 52 million pixels without compression; one such file is read at a time


def predict(folder: Path, files: Sequence[Path]) -> int:
    """Print the classes and their probabilities for each picture, the most probable class first.

    Files that cannot be read are named on stderr; the other files are still classified.

    Args:
        folder: folder of a retrained run.
        files: pictures in a format that Pillow reads; they are not trusted.

    Returns:
        Exit status: 1 if a file could not be read, otherwise 0.

    Raises:
        RunError: the run has no model.
    """
    import_keras()
    from analysis.retraining.kept_model import load
    from search.training.batches import scaled

    model, description = load(folder)
    height, width = description["input"][:2]
    fit = description.get("fit")  # of a user's own pictures; those of other datasets are stretched
    unreadable = 0
    for start in range(0, len(files), BATCH):
        pictures = _pictures(files[start : start + BATCH], height, width, fit)
        unreadable += len(files[start : start + BATCH]) - len(pictures)
        if pictures:
            logits = model.predict_on_batch(scaled(np.stack(list(pictures.values()))))
            for file, probabilities in zip(pictures, softmax(np.asarray(logits), axis=1), strict=True):
                print(f"{one_line(file)}: {_verdict(probabilities, description['classes'])}")
    return 1 if unreadable else 0


def _pictures(
    files: Sequence[Path], height: int, width: int, fit: Fit | None
) -> dict[Path, NDArray[np.uint8]]:
    """Return the pixels of readable files, (height, width, 3) each; print the reason for the others."""
    pixels = {}
    for file in files:
        try:
            content = _read(file)
            with warnings.catch_warnings(action="ignore"):  # Pillow's, of pictures that are usable
                picture = fitted(content, height, fit) if fit else decode(content, height, width)
            pixels[file] = picture.pixels
        except Unusable as reason:
            print(f"python -m analysis: {one_line(file)}: {reason}", file=sys.stderr)
    return pixels


def _read(file: Path) -> bytes:
    if not file.exists():
        raise Unusable("the file does not exist")
    if not file.is_file():  # reading a pipe might never end
        raise Unusable("not a regular file")
    try:
        with file.open("rb") as stream:
            content = stream.read(FILE_LIMIT + 1)
    except OSError as error:
        raise Unusable(f"cannot be read: {error.strerror}") from None
    if len(content) > FILE_LIMIT:
        raise Unusable(f"larger than {FILE_LIMIT:,} bytes")
    return content


def _verdict(probabilities: NDArray[np.float32], classes: Sequence[str]) -> str:
    order = np.argsort(-probabilities, kind="stable")
    return ", ".join(f"{one_line(classes[index])} {probabilities[index]:.4f}" for index in order)
