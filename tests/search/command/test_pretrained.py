"""Studies on pretrained weights: where they begin, what they compute once, and what they go on from."""

import dataclasses
import inspect
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from models.parts import vgg16
from search.__main__ import main
from search.runs.run import RunError
from tests.conftest import alone
from tests.models.random_weights import random_arrays
from tests.search.command.conftest import record
from tests.search.conftest import Call, curves

FROZEN = ["--local", "--name", "p", "--trials", "2", "--epochs", "2", "--train-images", "32"]
FROZEN += ["--set", "pixels=64", "--set", "batch_size=32", "--set", "optimizer=adam", "--weights", "w.npz"]
CHILD = ["--local", "--name", "c", "--trials", "1", "--epochs", "1", "--set", "batch_size=32"]
CHILD += ["--set", "unfrozen=1"]
PARENT = Path("runs/cats_dogs_vgg16/p")


@pytest.fixture(scope="module")
def weights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("weights") / "w.npz"
    np.savez(file, **random_arrays(3))
    return file


@pytest.fixture
def search(call: Call, photographs: Path, weights_file: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.setenv("CNN_SEARCH_CACHE", str(photographs))
    shutil.copy(weights_file, "w.npz")

    def run(study: str, *flags: str) -> int:
        return call(*flags, study=study, tiny=False)

    return run


@pytest.fixture(scope="module")
def finished(photographs: Path, weights_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished search of PARENT's, made once."""
    folder = tmp_path_factory.mktemp("finished")
    shutil.copy(weights_file, folder)
    with alone(photographs) as patch:
        patch.chdir(folder)
        assert main(["cats_dogs_vgg16", *FROZEN]) == 0
    return folder / PARENT


@pytest.fixture
def parent(finished: Path, search: Call) -> None:
    """Lay that search out as PARENT."""
    shutil.copytree(finished, PARENT)


def test_a_frozen_base_says_its_weights_and_runs_once(
    search: Call, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert search("cats_dogs_vgg16", *FROZEN) == 0
    output = capsys.readouterr().err
    assert "w.npz, VGG16 blocks 1 to 3; they want RGB in [0, 1], ImageNet mean and standard dev" in output
    kept = record(PARENT)["plan"]
    assert kept["weights"]["blocks"] == 3 and len(kept["weights"]["fingerprint"]) == 64
    assert {trial["params"]["cut"] for trial in curves(PARENT)} == {3}, (
        "the space is narrowed to what is there"
    )

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the base has run again")

    monkeypatch.setattr(vgg16, "frozen_base", never)
    assert search("cats_dogs_vgg16", *FROZEN, "--name", "again") == 0
    assert curves(PARENT.with_name("again")) == curves(PARENT)


@pytest.mark.slow
def test_an_augmenting_study_passes_other_images_through_its_base_each_epoch(search: Call) -> None:
    augmented = [*FROZEN, "--trials", "1"]
    for name in ("a", "b"):
        assert search("cats_dogs_vgg16_augmented", *augmented, "--name", name) == 0
    assert search("cats_dogs_vgg16_augmented", *augmented, "--set", "rotation=40", "--name", "c") == 0
    first, same, turned = (curves(Path("runs/cats_dogs_vgg16_augmented") / name) for name in "abc")
    assert first == same
    assert first[0]["epochs"] != turned[0]["epochs"]


@pytest.mark.usefixtures("parent")
def test_fine_tuning_begins_where_its_parent_ended_and_goes_on(
    search: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    best = record(PARENT)["best"]
    assert search("cats_dogs_vgg16_finetuned", *CHILD) == 0
    output = capsys.readouterr().err
    assert f"Parent: cats_dogs_vgg16/p, trial {best['trial']}, val_accuracy {best['value']:.4f}" in output
    assert f"Before the first step: val_accuracy {best['value']:.4f}; its parent's best had" in output
    child = record(Path("runs/cats_dogs_vgg16_finetuned/c"))
    assert child["start"] == pytest.approx(best["value"])
    (trial,) = curves(Path("runs/cats_dogs_vgg16_finetuned/c"))
    inherited = {name: value for name, value in best["params"].items() if name in trial["params"]}
    for name in ("cut", "pixels", "pooling", "depth", "width", "normalization"):
        assert trial["params"][name] == inherited[name]
    assert child["plan"]["train_images"] == 32, "the parent's images"


@pytest.mark.usefixtures("parent")
def test_a_child_needs_its_parents_folder_no_more_and_its_copy_unchanged(
    search: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert search("cats_dogs_vgg16_finetuned", *CHILD, "--parent", "cats_dogs_vgg16/p") == 0
    shutil.rmtree(PARENT)
    child = "cats_dogs_vgg16_finetuned/c"
    assert search("", "--resume", child, "--trials", "2", "--local") == 0
    copy = Path("runs", child, "checkpoints/parent.npz")
    copy.write_bytes(copy.read_bytes()[:-1])
    capsys.readouterr()
    assert search("", "--resume", child, "--trials", "3", "--local") == 1
    assert "parent.npz is not the checkpoint of cats_dogs_vgg16/p that" in capsys.readouterr().err


def test_fine_tuning_without_a_parent_says_what_makes_one(
    search: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert search("cats_dogs_vgg16_finetuned", *CHILD) == 2
    assert "there is none under runs: python -m search cats_dogs_vgg16 --trials 50" in capsys.readouterr().err
    assert search("cats_dogs_vgg16_finetuned", *CHILD, "--parent", "no/run") == 2
    output = capsys.readouterr().err
    assert "there is no run 'no/run'" in output and ": python -m search cats_dogs_vgg16 --trials 50" in output


@pytest.mark.usefixtures("parent")
def test_a_parent_of_another_study_or_not_finished_is_refused(
    search: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    known = record(PARENT)
    (PARENT / "run.json").write_text(
        json.dumps({**known, "plan": {**known["plan"], "study": "cats_dogs_cnn"}})
    )
    assert search("cats_dogs_vgg16_finetuned", *CHILD, "--parent", "cats_dogs_vgg16/p") == 2
    assert (
        "a run of cats_dogs_cnn; cats_dogs_vgg16_finetuned needs a run of cats_d" in capsys.readouterr().err
    )
    (PARENT / "run.json").write_text(json.dumps({key: known[key] for key in known if key != "best"}))
    assert search("cats_dogs_vgg16_finetuned", *CHILD, "--parent", "cats_dogs_vgg16/p") == 2
    assert "it is not finished: python -m search --resume cats_dogs_vgg16/p" in capsys.readouterr().err


@pytest.mark.usefixtures("parent")
def test_what_the_parent_has_decided_is_not_set_again(
    search: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert search("cats_dogs_vgg16_finetuned", *CHILD, "--set", "depth=2") == 2
    assert "--set depth=2: cats_dogs_vgg16/p has decided it already" in capsys.readouterr().err


def test_other_weights_are_refused(search: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert search("cats_dogs_vgg16", *FROZEN, "--trials", "1") == 0
    arrays = random_arrays(3)
    arrays["block1_conv1__bias"][0] += 1
    np.savez("other.npz", **arrays)
    assert search("cats_dogs_vgg16_finetuned", *CHILD, "--weights", "other.npz") == 2
    assert "--weights other.npz: cats_dogs_vgg16/p was trained on other weights" in capsys.readouterr().err
    shutil.copy("other.npz", "w.npz")
    assert search("", "--resume", "cats_dogs_vgg16/p", "--trials", "2", "--local") == 1
    output = capsys.readouterr().err
    assert "w.npz: fingerprint" in output and "its trials could not be compared" in output
    assert "Traceback" not in output


@pytest.mark.usefixtures("parent")
def test_a_node_whose_images_are_others_trains_nothing(search: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from search.runs.run import RunError, read
    from search.training.inputs import Inputs

    plan = read(PARENT).plan
    assert plan.data == "f" * 64
    with pytest.raises(RunError, match="has fingerprint ffffffffffff…, the run was started on 000000000000…"):
        Inputs(dataclasses.replace(plan, data="0" * 64), Path(PARENT))


@pytest.mark.usefixtures("parent")
def test_features_of_both_splits_are_not_taken_for_those_of_the_training_split() -> None:
    from search.runs.run import read
    from search.training.inputs import Inputs

    plan = dataclasses.replace(read(PARENT).plan, train_images=64)
    both = dataclasses.replace(plan, with_validation=True)
    every = dataclasses.replace(both, train_images=104)
    alone, mixed, whole = (Inputs(each, PARENT).of(plan.default) for each in (plan, both, every))
    assert len(alone.training[0]) == len(mixed.training[0]) == 64 and len(whole.training[0]) == 104
    assert alone.shape == mixed.shape and not np.array_equal(alone.training[0], mixed.training[0])
    assert alone.validation and mixed.validation is None
    np.testing.assert_array_equal(whole.training[0][:64], alone.training[0])


def test_without_weights_and_network_it_says_how_to_give_them(
    search: Call, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("KERAS_HOME", "keras")
    assert search("cats_dogs_vgg16", *FROZEN[:-2]) == 1
    output = capsys.readouterr().err
    assert "ImageNet weights of VGG16 are not available (https://" in output and "is out of reach" in output
    assert "Name a file with --weights PATH" in output and "Traceback" not in output


@pytest.mark.usefixtures("parent")
def test_a_parent_trained_on_other_images_is_refused(
    search: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    known = record(PARENT)
    (PARENT / "run.json").write_text(
        json.dumps({**known, "dataset": {**known["dataset"], "fingerprint": "0" * 64}})
    )
    assert search("cats_dogs_vgg16_finetuned", *CHILD) == 1
    output = capsys.readouterr().err
    assert "cats_dogs_vgg16/p was trained on images with fingerprint 000000000000…, those here have" in output
    assert not Path("runs/cats_dogs_vgg16_finetuned").exists()


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"plan": {"study": "cats_dogs_vgg16"}, "best": {}}'])
def test_a_damaged_parent_is_refused_and_passed_over(
    text: str, search: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    PARENT.mkdir(parents=True)
    (PARENT / "run.json").write_text(text)
    assert search("cats_dogs_vgg16_finetuned", *CHILD, "--parent", "cats_dogs_vgg16/p") == 2
    assert "run.json is damaged" in capsys.readouterr().err
    assert search("cats_dogs_vgg16_finetuned", *CHILD) == 2
    assert "there is none under runs" in capsys.readouterr().err


def test_less_training_images_than_a_batch_are_said_at_once(
    search: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert search("cats_dogs_vgg16", "--local", "--weights", "w.npz") == 2
    output = capsys.readouterr().err
    assert "64 training images: less than one batch of 128 (batch_size); --set batch_size=64" in output


def test_features_of_other_code_are_not_used(search: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    assert search("cats_dogs_vgg16", *FROZEN, "--trials", "1") == 0
    source = inspect.getsource
    monkeypatch.setattr(inspect, "getsource", lambda module: source(module) + "# changed")

    def again(*_: object, **__: object) -> None:
        raise ValueError("the base runs again")

    monkeypatch.setattr(vgg16, "frozen_base", again)
    assert search("cats_dogs_vgg16", *FROZEN, "--trials", "1", "--name", "changed") == 1
    assert "the base runs again" in curves(PARENT.with_name("changed"))[0]["reason"]


@pytest.mark.usefixtures("parent")
def test_where_it_begins_may_be_unknown_on_the_head_of_a_cluster(
    search: Call, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_gpu(*_: object) -> float:
        raise RunError("tensorflow sees no GPU here")

    monkeypatch.setattr("search.training.trainer.Trainer.start", no_gpu)
    assert search("cats_dogs_vgg16_finetuned", *CHILD) == 0
    assert "It could not be measured here: tensorflow sees no GPU here" in capsys.readouterr().err
