"""Studies on backbones of `keras.applications`: searched, and fine-tuned from where the parent ended."""

import shutil
from pathlib import Path

import keras
import pytest

from models.parts import backbones
from tests.search.command.conftest import record
from tests.search.conftest import Call, curves

SMALL = ["--local", "--trials", "2", "--epochs", "2", "--train-images", "32", "--set", "batch_size=32"]
PARENT, CHILD = Path("runs/pictures_pretrained/p"), Path("runs/pictures_finetuned/c")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of weights for one of the backbones: random ones, a stand-in for Keras's."""
    folder = tmp_path_factory.mktemp("weights")
    model = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(64, 64, 3))
    model.save_weights(folder / "mobilenet_v2_1.0_224_no_top.weights.h5")
    return folder


@pytest.fixture
def search(call: Call, photographs: Path, weights: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.setenv("CNN_SEARCH_CACHE", str(photographs))
    shutil.copytree(weights, "weights")

    def run(study: str, *flags: str) -> int:
        return call(*flags, study=study, tiny=False)

    return run


def test_a_backbone_is_searched_and_then_fine_tuned(
    search: Call, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = [*SMALL, "--weights", "weights", "--set", "pixels=64", "--name", "p"]
    assert search("pictures_pretrained", *first) == 0
    assert "Weights: " in (output := capsys.readouterr().err) and "weights, mobilenet_v2." in output
    assert {trial["params"]["backbone"] for trial in curves(PARENT)} == {"mobilenet_v2"}
    assert list(record(PARENT)["plan"]["weights"]["backbones"]) == ["mobilenet_v2"]
    best = record(PARENT)["best"]

    assert search("pictures_finetuned", *SMALL[:2], "1", *SMALL[3:], "--name", "c") == 0
    output = capsys.readouterr().err
    assert f"Before the first step: val_accuracy {best['value']:.4f}; its parent's best had" in output
    (trial,) = curves(CHILD)
    for name in ("backbone", "pixels", "pooling", "depth", "width", "normalization"):
        assert trial["params"][name] == best["params"][name]

    # The weights lie elsewhere now, and beside others.
    Path("weights").rename("moved")
    assert search("", "--resume", str(CHILD), "--trials", "2", "--local", "--weights", "moved") == 0
    assert record(CHILD)["plan"]["weights"]["path"] == str(Path("moved").resolve())

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the base has run again")

    monkeypatch.setattr(backbones, "frozen_backbone", never)
    again = [*SMALL, "--weights", "moved", "--set", "pixels=64", "--name", "again"]
    assert search("pictures_pretrained", *again) == 0
    assert curves(PARENT.with_name("again")) == curves(PARENT), "the features were computed once"


def test_a_backbone_that_is_not_there_is_refused(search: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert search("pictures_pretrained", *SMALL, "--weights", "weights", "--set", "backbone=vgg61") == 2
    assert "--set backbone=vgg61" in (error := capsys.readouterr().err) and "vgg16" in error
    assert search("pictures_pretrained", *SMALL, "--weights", "weights", "--set", "backbone=vgg16") == 1
    assert "no .h5 file whose name begins with that of a backbone: vgg16" in capsys.readouterr().err
