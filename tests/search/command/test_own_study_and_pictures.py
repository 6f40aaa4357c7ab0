"""A study and pictures of a user's own: searched, resumed after both have changed, retrained, used."""

import re
from pathlib import Path

import pytest

import models
from search.options import OptionError, SearchOptions
from search.runs.run import read
from tests.data.pets import pictures, write_tree
from tests.models.space.test_study_file import STUDY
from tests.search.conftest import Call

BUILD = """    import keras

    inputs = keras.Input(input_shape)
    x = keras.layers.Conv2D(width, 3, strides=4)(inputs)
    return keras.Model(inputs, keras.layers.Dense(classes)(keras.layers.Flatten()(x)))
"""
WORKING = STUDY.replace("    return no_such_name(width)\n", BUILD)
SIZE = ["--trials", "1", "--epochs", "1", "--set", "width=4"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder, with my_study.py and 160 pictures in ./pets; a cache of its own."""
    monkeypatch.setenv("CNN_SEARCH_CACHE", str(tmp_path / "cache"))
    write_tree(tmp_path / "pets", pictures(80))
    (tmp_path / "my_study.py").write_text(WORKING)
    return tmp_path


def test_search_edit_and_resume(call: Call, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--dataset", "./pets", "--local", "--train-images", "64", *SIZE]
    assert call(*flags, study="./my_study.py", tiny=False) == 0
    (run,) = (folder / "runs/my_study").iterdir()
    assert re.fullmatch(r"pets-2.*", run.name), "the name begins with the dataset"
    record = read(run)
    assert re.fullmatch("pets-[0-9a-f]{12}", record.dataset.name)
    assert record.plan.dataset == record.dataset.name
    assert record.plan.origin is not None and record.plan.origin.path == str(folder / "pets")
    assert (run / "study.py").read_text() == WORKING
    (folder / "my_study.py").write_text("STUDY = None")
    (folder / "pets/PetImages/Cat/0.jpg").unlink()
    capsys.readouterr()
    assert call("--resume", str(run), "--trials", "2", "--local") == 0
    error = capsys.readouterr().err
    assert (
        f"{folder}/my_study.py has changed since the run was started. The run goes on with its own" in error
    )
    assert f"{folder}/pets has changed since it was prepared. The run goes on with the prepared copy" in error
    (run / "study.py").write_text(WORKING + "\n")
    assert call("--resume", str(run), "--trials", "3", "--local") == 1
    assert "study.py is not the study that the run was started with" in capsys.readouterr().err


def test_an_error_in_build_names_the_line_of_the_copy(
    call: Call, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "my_study.py").write_text(STUDY)
    assert (
        call("--dataset", "pets", "--local", "--train-images", "64", *SIZE, study="./my_study.py", tiny=False)
        == 1
    )
    assert re.search(r"study\.py, line 14: NameError: name 'no_such_name'", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("flags", "study", "message"),
    [
        (
            ["--dataset", "petz"],
            "cifar_basic",
            "no dataset 'petz'; choose from: .* or a folder of pictures",
        ),
        ([], "./none.py", "cannot read the study none.py: No such file"),
        (["--dataset", "pets"], "cifar_basic", "112 training images: less than one batch of 128"),
        (["--dataset", "pets"], "./large.py", "its images have 48x48 pixels, large needs 64 at least"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(
    call: Call, folder: Path, capsys: pytest.CaptureFixture[str], flags: list[str], study: str, message: str
) -> None:
    (folder / "large.py").write_text(WORKING.replace("max_epochs=4", "max_epochs=4, min_pixels=64"))
    assert call(*flags, "--dry-run", study=study, tiny=False) == 2
    assert re.search(message, capsys.readouterr().err)


def test_every_shipped_study_but_those_with_pretrained_weights_takes_the_pictures(
    call: Call, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for study in models.names():
        if not models.load(study).base:
            assert (
                call("--dataset", "pets", "--set", "batch_size=32", "--dry-run", study=study, tiny=False) == 0
            )
            assert f"{study} on pets-" in capsys.readouterr().err


@pytest.mark.slow
def test_retrained_reported_and_used(call: Call, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from analysis.__main__ import main as analysis

    size = ["--dataset", "pets", "--local", "--train-images", "64", *SIZE, "--name", "a"]
    assert call(*size, study="./my_study.py", tiny=False) == 0
    assert analysis(["my_study/a", "--seeds", "1", "--local"]) == 0
    report = (folder / "runs/my_study/a/report/report.md").read_text()
    assert re.search(r"Do wide layers help\? \(on pets-[0-9a-f]{12}\)", report)
    assert analysis(["predict", "my_study/a", "pets/PetImages/Cat/1.jpg"]) == 0
    assert re.search(r"1\.jpg: (Cat|Dog) 0\.\d+, ", capsys.readouterr().out)


def test_from_python(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from search.command.dry_run import start

    monkeypatch.chdir(folder)
    with pytest.raises(OptionError, match="no dataset 'nothing'"):
        start("./my_study.py", SearchOptions(dataset="nothing", local=True))
