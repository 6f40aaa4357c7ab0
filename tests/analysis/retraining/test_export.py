"""The kept model in other programs' formats; each is loaded again and compared when it is written."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from analysis.retraining import export
from search.options import OptionError
from search.runs.run import RunError
from tests.analysis.retraining.test_standalone import saved


@pytest.fixture(name="run")
def _run(tmp_path: Path) -> Path:
    """The folder of a run that has a kept model, and beside it images with the model's answers.

    ONNX Runtime does not take its name, which is not UTF-8.
    """
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    (folder / "report").mkdir(parents=True)
    saved("cifar_residual", folder)
    shutil.move(folder / "model.keras", folder / "report/model.keras")
    return folder


# TensorFlow's own reader of LiteRT asks for a package that we do not need to write it.
@pytest.mark.filterwarnings("ignore:(?s).*tf.lite.Interpreter is deprecated:UserWarning")
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("form", export.FORMATS)
def test_what_is_exported_answers_as_the_model_does(form: str, run: Path, tmp_path: Path) -> None:
    for name in export.FORMATS[form][1]:
        pytest.importorskip(name)
    if form != "onnx":
        pytest.importorskip("tensorflow")
    for _ in range(2):  # the second one replaces the first
        file = export.export(run, form)
    assert file.exists() and file.parent == run / "report"
    assert sorted(path.name for path in file.parent.iterdir()) == sorted(["model.keras", file.name])
    with np.load(run / "images.npz") as expected:
        images, answers = expected["images"].astype(np.float32), expected["expected"]
    elsewhere = Path(shutil.move(file, tmp_path / file.name))
    np.testing.assert_allclose(export._READ[form](elsewhere)(images), answers, atol=1e-4)


def test_a_format_whose_library_is_missing_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(OptionError, match=r"--export onnx needs tf2onnx, onnx, onnxruntime: pip install"):
        export.check("onnx")
    with pytest.raises(OptionError, match="it is one of onnx, tflite, saved_model"):
        export.check("pickle")
    export.check("tflite")
    export.check(None)


def test_a_model_that_cannot_be_exported_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report/model.keras").write_bytes(b"damaged")
    with pytest.raises(RunError, match="cannot export .*model.keras as saved_model: .*Error: ") as raised:
        export.export(tmp_path, "saved_model")
    assert "\n" not in str(raised.value)
