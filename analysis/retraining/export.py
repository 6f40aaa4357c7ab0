"""The kept model in formats of other programs, each loaded again and compared with Keras's own answers.

report/model.onnx      ONNX, for ONNX Runtime
report/model.tflite    LiteRT, for phones
report/saved_model/    TensorFlow's SavedModel, for servers

All map images (batch, height, width, 3), float32 in 0 to 255, to probabilities (batch, classes). Keras writes
LiteRT with TensorFlow alone, so a process with that backend does it, whatever the model was trained with.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.retraining.trainings import MODEL, REPORT
from models.parts.keras_import import error_message, import_keras
from search.options import OptionError
from search.runs.plan import ROOT
from search.runs.run import RunError

TOLERANCE = 1e-4  # of a probability
PICTURES = 4  # on which the answers are compared

# format → its file in the report, and the libraries that it needs beside TensorFlow
FORMATS = {
    "onnx": ("model.onnx", ("tf2onnx", "onnx", "onnxruntime")),
    "tflite": ("model.tflite", ()),
    "saved_model": ("saved_model", ()),
}

Predict = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def check(form: str | None) -> None:
    """Raise an OptionError where a format cannot be written here."""
    if form is None:
        return
    if form not in FORMATS:
        raise OptionError(f"--export {form}: it is one of {', '.join(FORMATS)}")
    if missing := [name for name in FORMATS[form][1] if importlib.util.find_spec(name) is None]:
        raise OptionError(f"--export {form} needs {', '.join(missing)}: pip install 'cnn-search[onnx]'")


def export(folder: Path, form: str) -> Path:
    """Write the kept model of a run in a format; return its file.

    Args:
        folder: of the run.
        form: a key of `FORMATS`.

    Raises:
        RunError: there is no kept model, it cannot be written in this format, or what was written does not
            answer as the model does.
    """
    target = folder / REPORT / FORMATS[form][0]
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "", "PYTHONUTF8": "1"}
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.run(
        [sys.executable, "-m", "analysis.retraining.export", str(folder / REPORT / MODEL), form, str(target)],
        env={**environment, "PYTHONPATH": path},
        capture_output=True,
        check=False,
    )
    if process.returncode:
        lines = process.stderr.decode(errors="replace").split("\n")
        reason = next((line for line in reversed(lines) if line.strip()), "it was killed")
        raise RunError(f"cannot export {folder / REPORT / MODEL} as {form}: {reason[:300]}")
    return target


def main(file: Path, form: str, target: Path) -> None:
    """Write a model in a format, load that again, and compare.

    Raises:
        ValueError: its answers differ.
    """
    import_keras()
    import keras

    model = keras.saving.load_model(file, compile=False, safe_mode=True)
    formats = {"tflite": "litert", "saved_model": "tf_saved_model"}
    shape = (PICTURES, *model.input_shape[1:])
    images = np.random.default_rng(0).integers(0, 256, shape).astype(np.float32)
    expected = np.asarray(model.predict_on_batch(images))  # first: Keras exports only what was called
    # Not yet in the report: ONNX Runtime takes no path that is not UTF-8.
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder, target.name)
        model.export(str(written), format=formats.get(form, form), verbose=False)
        difference = float(np.abs(_READ[form](written)(images) - expected).max())
        if not difference <= TOLERANCE:
            raise ValueError(f"what was written gives probabilities that differ by {difference:.2g}")
        unfinished = target.with_name(f"unfinished-{target.name}")
        _remove(unfinished)
        shutil.move(written, unfinished)
    _remove(target)
    unfinished.replace(target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def _onnx(file: Path) -> Predict:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(file))
    name = session.get_inputs()[0].name
    return lambda images: np.asarray(session.run(None, {name: images})[0])


def _tflite(file: Path) -> Predict:
    import tensorflow

    interpreter: Any = tensorflow.lite.Interpreter(model_path=str(file))
    (given,), (returned,) = interpreter.get_input_details(), interpreter.get_output_details()

    def predict(images: NDArray[np.float32]) -> NDArray[np.float32]:
        interpreter.resize_tensor_input(given["index"], images.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(given["index"], images)
        interpreter.invoke()
        return np.asarray(interpreter.get_tensor(returned["index"]))

    return predict


def _saved_model(folder: Path) -> Predict:
    import tensorflow

    loaded: Any = tensorflow.saved_model.load(str(folder))
    return lambda images: np.asarray(loaded.serve(images))


_READ: dict[str, Callable[[Path], Predict]] = {
    "onnx": _onnx,
    "tflite": _tflite,
    "saved_model": _saved_model,
}


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
    except Exception as error:  # of whatever a library raises: the last line of stderr is the reason
        sys.exit(f"{type(error).__name__}: {error_message(error)}")
