"""`python -m models` as a user calls it."""

import subprocess
import sys
from pathlib import Path

import keras
import pytest
from PIL import Image

import models
from models.__main__ import main
from tests.conftest import ROOT, Command


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def usage_error(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    with pytest.raises(SystemExit) as stop:
        main([*command])
    assert stop.value.code == 2
    return capsys.readouterr().err


def test_without_arguments_it_lists_the_studies_and_their_questions(command: Command) -> None:
    result = command("models")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == models.table().splitlines()
    assert "cifar_residual             CIFAR-10 with residual blocks: how much do skip" in result.stdout


def test_the_list_of_studies_needs_none_of_the_slow_imports() -> None:
    program = (
        "import sys, models\n"
        "print(len(models.table().splitlines()))\n"
        "print(sorted({'keras', 'tensorflow', 'jax', 'optuna', 'numpy', 'rich'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert result.stdout.splitlines() == [str(len(models.names())), "[]"], result.stderr


def test_it_prints_the_params_and_the_layers_at_a_point(capsys: pytest.CaptureFixture[str]) -> None:
    keras.backend.clear_session()  # the names of layers are counted from here
    assert main(["cifar_residual", "--set", "depth=1", "--set", "width=8"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    rows = [line.split() for line in out.splitlines()]
    assert ["depth", "1", "1", "to", "4"] in rows
    assert ["learning_rate", "0.002", "0.0001", "to", "0.1,", "log"] in rows
    assert ["conv2d", "Conv2D", "32×32×8", "216"] in rows, "3 × 3 × 3 × 8 weights and no bias"
    assert ["logits", "Dense", "10", "5,130"] in rows
    layers = rows[rows.index(["layer", "type", "output", "shape", "parameters"]) + 1 : -1]
    total = sum(int(row[-1].replace(",", "")) for row in layers)
    # Not trained: moving mean and variance of three batch normalizations, and the rate of the dropout.
    assert out.splitlines()[-1] == f"{total:,} parameters, {total - 3 * 2 * 8 - 1:,} of them trainable"
    assert max(map(len, out.splitlines())) <= 80 and "\x1b" not in out and "│" not in out


def test_of_a_pretrained_study_it_prints_the_features_and_the_trained_layers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["cats_dogs_vgg16", "--set", "cut=3", "--set", "pixels=64", "--set", "depth=0"]) == 0
    out = capsys.readouterr().out
    assert "The frozen base maps images 150×150×3 to features 8×8×256." in out
    assert "block1_conv1" not in out
    assert "8×8×256  " in out and out.endswith("of them trainable\n")


@pytest.mark.usefixtures("small_data")
def test_show_writes_a_picture_of_augmented_images(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cifar_residual", "--show", "--set", "depth=1"]) == 0
    assert capsys.readouterr().out.endswith(
        "24 augmentations of one image: cifar_residual-augmentations.png\n"
    )
    with Image.open("cifar_residual-augmentations.png") as picture:
        assert picture.size == (6 * 98, 4 * 98)


@pytest.mark.usefixtures("small_data")
def test_a_picture_that_cannot_be_written_is_one_line_and_status_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("cifar_residual-augmentations.png").mkdir()
    assert main(["cifar_residual", "--show", "--set", "depth=1"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("python -m models: ") and "cifar_residual-augmentations.png" in error
    assert len(error.splitlines()) == 1


def test_a_study_without_augmentation_has_none_to_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--show: cats_dogs_vgg16 uses no augmentation" in usage_error(capsys, "cats_dogs_vgg16", "--show")


def test_usage_errors_name_what_is_valid(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Did you mean cifar_residual?" in usage_error(capsys, "cifar_resdiual")
    assert "depth must be 1 to 4" in usage_error(capsys, "cifar_residual", "--set", "depth=7")
    assert "--set and --show need a STUDY" in usage_error(capsys, "--show")
    assert "--set and --show need a STUDY" in usage_error(capsys, "--set", "depth=1")
