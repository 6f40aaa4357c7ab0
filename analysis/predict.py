"""What the kept model of a run says of pictures, which are brought to its input as its dataset was."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from data.sources.files import FILE_LIMIT, Unusable
from data.sources.picture import decode
from models.parts.keras_import import import_keras

BATCH = 32  # pictures in memory at a time


def predict(folder: Path, files: Sequence[Path]) -> int:
    """Print the class and the probabilities of each picture, the most probable class first.

    A file that cannot be read is named on stderr, and the others are answered all the same.

    Args:
        folder: of a run that was retrained.
        files: pictures that Pillow reads; they are not trusted.

    Returns:
        Exit status: 1 where a file could not be read.

    Raises:
        RunError: the run has no model.
    """
    import_keras()
    from analysis.retraining.kept_model import load
    from search.training.batches import scaled

    model, about = load(folder)
    height, width = about["input"][:2]
    unreadable = 0
    for start in range(0, len(files), BATCH):
        pictures = _pictures(files[start : start + BATCH], height, width)
        unreadable += len(files[start : start + BATCH]) - len(pictures)
        if pictures:
            logits = model.predict_on_batch(scaled(np.stack(list(pictures.values()))))
            for file, probabilities in zip(pictures, softmax(np.asarray(logits), axis=1), strict=True):
                print(f"{file}: {_verdict(probabilities, about['classes'])}")
    return 1 if unreadable else 0


def _pictures(files: Sequence[Path], height: int, width: int) -> dict[Path, NDArray[np.uint8]]:
    """Return the pixels of the files that can be read, (height, width, 3) each; say why of the others."""
    found = {}
    for file in files:
        try:
            found[file] = decode(_read(file), height, width).pixels
        except Unusable as reason:
            print(f"python -m analysis: {file}: {reason}", file=sys.stderr)
    return found


def _read(file: Path) -> bytes:
    if not file.exists():
        raise Unusable("there is no such file")
    if not file.is_file():  # a pipe might never end
        raise Unusable("no file")
    try:
        with file.open("rb") as stream:
            content = stream.read(FILE_LIMIT + 1)
    except OSError as error:
        raise Unusable(f"cannot be read: {error.strerror}") from None
    if len(content) > FILE_LIMIT:
        raise Unusable(f"over {FILE_LIMIT:,} bytes")
    return content


def _verdict(probabilities: NDArray[np.float32], classes: Sequence[str]) -> str:
    order = np.argsort(-probabilities, kind="stable")
    return ", ".join(f"{classes[each]} {probabilities[each]:.4f}" for each in order)
