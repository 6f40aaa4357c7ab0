"""Import Keras without its backend's messages, and without libraries that it imports but that are not used.

TensorFlow's native code writes to file descriptor 2 while it is loaded, before any log level takes effect.
"""

import contextlib
import gc
import logging
import os
import sys
from collections.abc import Iterator

# Keras and TensorFlow import these, if installed, for galleries, data frames and TensorFlow Lite.
_UNUSED = ("matplotlib.pyplot", "pandas", "jax")


@contextlib.contextmanager
def _without_stderr() -> Iterator[None]:
    sys.stderr.flush()
    stderr = os.dup(2)
    with open(os.devnull, "w") as null:
        os.dup2(null.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


@contextlib.contextmanager
def _hidden(modules: set[str]) -> Iterator[None]:
    """Hide modules as if they were not installed: Python does not import what `sys.modules` maps to None."""
    hidden = modules - set(sys.modules)
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def import_keras() -> None:
    """Import Keras and its backend: TensorFlow, unless KERAS_BACKEND names another.

    Exceptions are raised as usual; only the backend's messages are suppressed. The objects that the import
    creates live until the end of the process, so they are excluded from garbage collection, which runs
    between models and would otherwise visit all of them each time.
    """
    first = "keras" not in sys.modules
    backend = os.environ["KERAS_BACKEND"] = os.environ.get("KERAS_BACKEND") or "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns about each new shape it compiles for
    with _without_stderr(), _hidden(set(_UNUSED) - {backend}):
        import keras  # noqa: F401
    if first:
        gc.freeze()
