"""Trials a minute of cats_dogs_vgg16 with shared features, and with features computed anew by each trial.

python -m tests.benchmarks.shared_features WEIGHTS [TRIALS]

Both search the same trials in this process, on 400 + 800 photographs, 6 epochs, one thread; the first begins
with no features computed.
"""

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np


def searched(weights: str, trials: int, name: str, runs: str) -> float:
    """Run one search and return its trials a minute, the start of Keras left out."""
    from search.__main__ import main

    began = time.perf_counter()
    arguments = ["cats_dogs_vgg16", "--weights", weights, "--trials", str(trials), "--local", "--name", name]
    arguments += ["--runs", runs, "--epochs", "6", "--train-images", "400", "--set", "cut=4"]
    assert main(arguments) == 0
    return trials * 60 / (time.perf_counter() - began)


def anew(images: Any, frozen: Any, key: Any) -> Any:
    """Stand in for `features`: compute them without keeping them."""
    base = frozen()
    parts = [images[start : start + 32].astype(np.float32) / 255 for start in range(0, len(images), 32)]
    return np.concatenate([np.asarray(base.predict_on_batch(part)) for part in parts])


def main(weights: str, trials: int) -> None:
    """Print both, and their ratio."""
    os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1")
    from models.parts.keras_import import import_keras

    import_keras()
    from models.parts import features
    from search.training import inputs

    with tempfile.TemporaryDirectory() as scratch:
        place = features.features_file
        with mock.patch.object(features, "features_file", lambda key: Path(scratch) / place(key).name):
            shared = searched(weights, trials, "shared", scratch)
        with mock.patch.object(inputs, "features", anew):
            alone = searched(weights, trials, "anew", scratch)
    print(
        f"trials a minute: shared {shared:.1f}, anew {alone:.1f}: {shared / alone:.2f} times", file=sys.stderr
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 8)
