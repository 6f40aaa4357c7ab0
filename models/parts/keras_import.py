"""Import Keras as this program relies on it, whatever the surroundings say, and without messages.

`~/.keras/keras.json` and variables like KERAS_MAX_EPOCHS would change what is trained, or raise. TensorFlow's
native code writes to file descriptor 2 while it is loaded, before any log level takes effect. And Keras
imports libraries that are not used.
"""

import contextlib
import gc
import importlib.util
import logging
import os
import sys
from collections.abc import Iterator

from data.terminal.output import without_styles

BACKENDS = ("tensorflow", "jax")

# Keras and TensorFlow import these, if installed, for galleries, data frames and TensorFlow Lite.
_UNUSED = ("matplotlib", "pandas", "jax")

# Variables that change what is computed, or how it is rounded.
_DECISIVE = (
    *("TF_USE_LEGACY_KERAS", "TF_XLA_FLAGS", "TF_ENABLE_ONEDNN_OPTS", "TF_DISABLE_MKL"),
    *("JAX_ENABLE_X64", "JAX_DISABLE_JIT", "JAX_DEBUG_NANS", "JAX_DEBUG_INFS", "JAX_NUMPY_DTYPE_PROMOTION"),
    *("JAX_NUMPY_RANK_PROMOTION", "JAX_DEFAULT_DTYPE_BITS", "JAX_DEFAULT_MATMUL_PRECISION"),
    *("JAX_DEFAULT_PRNG_IMPL", "JAX_THREEFRY_PARTITIONABLE", "JAX_RANDOM_SEED_OFFSET", "JAX_LEGACY_PRNG_KEY"),
)


class BackendError(ValueError):
    """KERAS_BACKEND names none of `BACKENDS`, or one that is not installed; the message says which."""


def backend() -> str:
    """Return the backend that Keras is to have: TensorFlow, unless KERAS_BACKEND names another.

    Raises:
        BackendError: it is not one of `BACKENDS`, or not installed.
    """
    name = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if name not in BACKENDS:
        raise BackendError(f"KERAS_BACKEND={name}: it is one of {', '.join(BACKENDS)}")
    if name not in sys.modules and importlib.util.find_spec(name) is None:
        raise BackendError(f"KERAS_BACKEND={name}: pip install {name}")
    return name


@contextlib.contextmanager
def _without_stderr() -> Iterator[None]:
    if sys.stderr is not None:
        sys.stderr.flush()
    stderr = os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)
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


@contextlib.contextmanager
def _without_settings() -> Iterator[None]:
    """Hide the user's settings of Keras: the variables KERAS_…, and keras.json in the home that they name."""
    own = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("KERAS_")}
    os.environ["KERAS_BACKEND"] = own.get("KERAS_BACKEND") or "tensorflow"
    os.environ["KERAS_HOME"] = "/dev/null/keras"  # cannot be: Keras reads no file there and writes none
    try:
        yield
    finally:
        del os.environ["KERAS_HOME"]
        os.environ.update({**own, "KERAS_BACKEND": os.environ["KERAS_BACKEND"]})
        # What a study of the user's downloads goes where Keras keeps such files.
        if settings := sys.modules.get("keras.src.backend.config"):
            home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
            settings._KERAS_DIR = home  # type: ignore[attr-defined]  # it has no public name


def import_keras() -> None:
    """Import Keras and its backend: TensorFlow, unless KERAS_BACKEND names another.

    Exceptions are raised as usual; only the backend's messages are suppressed. The objects that the import
    creates live until the end of the process, so they are excluded from garbage collection, which runs
    between models and would otherwise visit all of them each time.

    Raises:
        BackendError: KERAS_BACKEND is not one of `BACKENDS`, or not installed.
    """
    first, name = "keras" not in sys.modules, backend()
    for variable in _DECISIVE:
        os.environ.pop(variable, None)
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns about each new shape it compiles for
    with _without_stderr(), _hidden(set(_UNUSED) - {name}), _without_settings():
        import keras
    # Somebody else in this process may have imported Keras before.
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    if first:
        gc.freeze()


def error_message(error: Exception) -> str:
    """Return the message of an error in one short line: Keras's own are long, and in bold."""
    # They end with the arguments of the layer, with bullets.
    message = without_styles(str(error)).partition("\n\nArguments received by ")[0]
    return " ".join(message.replace("•", "").split())[:200]
