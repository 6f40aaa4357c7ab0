"""Importing Keras without the lines that its backend writes on the way.

TensorFlow's native part writes to file descriptor 2 while it is loaded, before any log level counts.
"""

import contextlib
import logging
import os
import sys
from collections.abc import Iterator


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


def import_keras() -> None:
    """Import Keras and its backend. An exception is raised as ever; only its notes are dropped."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns of each new shape that it compiles for
    with _without_stderr():
        import keras  # noqa: F401
