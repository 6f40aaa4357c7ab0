"""Importing Keras without the lines that its backend writes on the way, and without what nothing here uses.

TensorFlow's native part writes to file descriptor 2 while it is loaded, before any log level counts.
"""

import contextlib
import gc
import logging
import os
import sys
from collections.abc import Iterator

# What Keras and TensorFlow import where it is installed, for galleries, data frames and TensorFlow Lite.
_UNUSED = ("matplotlib.pyplot", "pandas", "jax")


@contextlib.contextmanager
def _without_stderr() -> Iterator[None]:
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@contextlib.contextmanager
def _without(modules: set[str]) -> Iterator[None]:
    """Let modules seem not to be installed, as Python does with those that `sys.modules` holds as None."""
    hidden = modules - set(sys.modules)
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def import_keras() -> None:
    """Import Keras and its backend, TensorFlow where KERAS_BACKEND says nothing.

    An exception is raised as ever; only the backend's notes are dropped. What the import makes stays: the
    garbage collections between models need not look at all of that every time.
    """
    first = "keras" not in sys.modules
    backend = os.environ["KERAS_BACKEND"] = os.environ.get("KERAS_BACKEND") or "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns of each new shape that it compiles for
    with _without_stderr(), _without(set(_UNUSED) - {backend}):
        import keras  # noqa: F401
    if first:
        gc.freeze()
