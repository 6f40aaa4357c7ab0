"""A trainer: what a trial's model computes in, and that it goes on bit for bit from a checkpoint."""

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from models.parts.blocks import Dropout
from search.runs import checkpoint, parent
from search.runs.plan import Plan
from search.runs.run import open_run
from search.training import trainer
from search.training.fit import Epoch
from search.training.trainer import Trainer
from tests.search.command.conftest import photographs  # noqa: F401
from tests.search.command.test_pretrained import CHILD, FROZEN, search, weights_file  # noqa: F401
from tests.search.conftest import Call


@pytest.fixture
def plan(call: Call) -> Plan:
    """The plan of a small search, whose data are there."""
    assert call("--trials", "1", "--epochs", "1", "--train-images", "64", "--local", "--name", "r") == 0
    with open_run(Path("runs/cifar_residual/r")) as opened:
        return opened.plan


def test_on_a_gpu_models_compute_in_bfloat16(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("--trials", "1", "--epochs", "1", "--train-images", "32", "--local", "--name", "r") == 0
    opened = open_run(Path("runs/cifar_residual/r"))
    monkeypatch.setattr(trainer, "_sees_gpu", lambda: True)
    try:
        mine = Trainer(dataclasses.replace(opened.plan, gpu=True), opened.checkpoints)
        model = mine.trained(0, opened.plan.default)
        assert model is not None
        assert {layer.compute_dtype for layer in model.layers if "conv" in layer.name} == {"bfloat16"}
        assert model.output.dtype == "float32"
        assert np.isfinite(next(mine.segment(0, opened.plan.default, 0))["loss"])
    finally:
        keras.config.set_dtype_policy("float32")
        opened.close()


def test_another_seed_is_trained_with_the_same_compiled_step_and_comes_to_the_same(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = {**plan.default, "dropout": 0.3, "batch_size": 32}
    fresh = list(Trainer(plan, tmp_path).segment(1, params, 0, seed=1))
    calls: list[bool] = []
    call_layer = Dropout.call

    @functools.wraps(call_layer)  # Keras looks at its arguments
    def counted(*given: Any, **named: Any) -> Any:
        calls.append(True)
        return call_layer(*given, **named)

    monkeypatch.setattr(Dropout, "call", counted)
    kept = Trainer(plan, tmp_path)
    list(kept.segment(2, params, 0, seed=0))
    first = len(calls)
    again = list(kept.segment(3, params, 0, seed=1))
    assert 0 < len(calls) - first < first  # built, for its weights, and not traced
    assert without_time(again) == without_time(fresh)


def test_an_epoch_that_was_saved_and_not_written_down_comes_first_and_is_not_trained_again(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = dataclasses.replace(plan, epochs=3)
    epochs = records(plan, tmp_path, plan.default, 0, most=2)
    began_with: list[list[np.ndarray]] = []

    def stopped(*_: object, state: list[np.ndarray], **__: object) -> Iterator[Epoch]:
        began_with.append(state)
        return iter(())

    monkeypatch.setattr(trainer, "fit", stopped)
    other = {**plan.default, "learning_rate": 3e-3}  # the journal may have lost the trial with this number
    assert records(plan, tmp_path, plan.default, 1) == [epochs[1]]
    assert records(plan, tmp_path, plan.default, 2) == []
    assert records(plan, tmp_path, plan.default, 0) == []  # two ahead: the first epoch's record is lost
    assert records(plan, tmp_path, other, 1) == []
    assert records(dataclasses.replace(plan, epochs=4), tmp_path, plan.default, 1) == []
    saved, beginning = began_with[0], began_with[2]
    assert not same(saved, beginning)
    assert [same(each, saved) for each in began_with] == [True, True, False, False, False]
    assert all(same(each, beginning) for each in began_with[2:])
    assert Trainer(plan, tmp_path).trained(0, plan.default) is None  # it has not ended
    assert Trainer(dataclasses.replace(plan, epochs=2), tmp_path).trained(0, plan.default) is None


def test_a_checkpoint_of_a_training_with_validation_is_of_no_training_without(
    plan: Plan, tmp_path: Path
) -> None:
    both = dataclasses.replace(plan, with_validation=True)
    trainers = [Trainer(each, tmp_path) for each in (plan, both)]
    records = [next(trainer.segment(number, plan.default, 0)) for number, trainer in enumerate(trainers)]
    assert ["val_accuracy" in record for record in records] == [True, False]
    there = [[trainer.trained(number, plan.default) is not None for number in (0, 1)] for trainer in trainers]
    assert there == [[True, False], [False, True]]


def same(state: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all((one == two).all() for one, two in zip(state, other, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("study", ["cats_dogs_vgg16_augmented", "cats_dogs_vgg16_finetuned"])
def test_a_pretrained_study_goes_on_bit_for_bit(study: str, search: Call, tmp_path: Path) -> None:  # noqa: F811
    first = study if "augmented" in study else "cats_dogs_vgg16"
    assert search(first, *FROZEN, "--trials", "1", "--epochs", "1") == 0
    if first != study:
        assert search(study, *CHILD, "--name", "p") == 0
    opened = open_run(Path("runs", study, "p"))
    opened.close()
    plan = dataclasses.replace(opened.plan, epochs=2)
    params = {**plan.default, "rotation": 20, "zoom": 0.2, "brightness": 0.2}
    folders = [tmp_path / name for name in ("whole", "stopped")]
    for folder in folders:
        folder.mkdir()
        if plan.parent:
            parent.keep(plan.parent, folder)
    whole = records(plan, folders[0], params, 0)
    stopped = records(plan, folders[1], params, 0, most=1)
    assert len(stopped) == 1
    assert [*stopped, *records(plan, folders[1], params, 1)] == whole
    states = [checkpoint.load(checkpoint.path(folder, 0)) for folder in folders]
    assert states[0] and states[1]
    assert same(states[0].state, states[1].state)


def records(
    plan: Plan, folder: Path, params: dict[str, Any], epoch: int, most: int = 9
) -> list[dict[str, float]]:
    """Train in a new trainer, as a new process would; leave out the time it took."""
    segment = Trainer(plan, folder).segment(0, params, epoch)
    return without_time(itertools.islice(segment, most))


def without_time(records: Iterable[checkpoint.Record]) -> list[dict[str, float]]:
    return [{name: value for name, value in record.items() if name != "seconds"} for record in records]
