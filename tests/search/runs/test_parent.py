"""Going on from another run: which one is taken, and that it stays what it was."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from models import Study
from search.runs import checkpoint, parent
from search.runs.checkpoint import Checkpoint
from search.runs.plan import Parent
from search.runs.record import Best
from search.runs.run import RunError, RunNotFound
from tests.search.runs.conftest import BEST, FINGERPRINT, make_run, small_plan

CHILD = Study(
    dataset="cifar10", space={"model": {}, "base": {}}, build=lambda: None, max_epochs=1, parent="cifar_basic"
)
STATE = [np.ones((2, 3), np.float32), np.zeros(3, np.float32), np.full(4, 7.0, np.float32)]


def finished(runs: Path, name: str, *, best: Best | None = BEST, age: float = 0, **changes: Any) -> Path:
    """Make a run with the checkpoint of its best trial, so many seconds old; return its folder."""
    folder = runs / "cifar_basic" / name
    with make_run(folder, best=best, **changes) as made:
        file = checkpoint.path(made.checkpoints, BEST.trial)
        checkpoint.save(file, Checkpoint(STATE, {"epoch": 9.0}, {}))
    time = folder.stat().st_mtime - age
    os.utime(folder / "run.json", (time, time))
    return folder


def find(runs: Path, name: str | None = None) -> Parent:
    return parent.find(runs, name, "cifar_child", CHILD)


def test_the_newest_finished_run_is_the_parent(tmp_path: Path) -> None:
    finished(tmp_path, "old", age=200)
    newest = finished(tmp_path, "new", age=100)
    finished(tmp_path, "unfinished", best=None)
    (tmp_path / "cifar_basic" / "broken").mkdir()
    (tmp_path / "cifar_basic" / "broken" / "run.json").write_text("{")
    chosen = find(tmp_path)
    assert chosen.run == "cifar_basic/new"
    assert chosen.checkpoint == str(newest.resolve() / "checkpoints" / "trial-00003.npz")
    assert (chosen.trial, chosen.value, chosen.params) == (3, 0.5, BEST.params)
    assert chosen.plan == small_plan()
    assert chosen.data == FINGERPRINT


def test_a_named_run_is_the_parent(tmp_path: Path) -> None:
    folder = finished(tmp_path, "old", age=100)
    finished(tmp_path, "new")
    assert find(tmp_path, "cifar_basic/old").run == find(tmp_path, str(folder)).run == "cifar_basic/old"


def test_without_a_finished_run_the_message_says_what_to_type(tmp_path: Path) -> None:
    finished(tmp_path, "unfinished", best=None)
    with pytest.raises(RunNotFound, match=r"goes on from a finished run of cifar_basic, and there is none"):
        find(tmp_path)
    with pytest.raises(RunNotFound, match=r"no run 'cifar_basic/b'.*: python -m search cifar_basic "):
        find(tmp_path, "cifar_basic/b")


def test_a_run_that_is_not_finished_is_refused(tmp_path: Path) -> None:
    finished(tmp_path, "unfinished", best=None)
    with pytest.raises(RunNotFound, match="not finished: python -m search --resume cifar_basic/unfinished"):
        find(tmp_path, "cifar_basic/unfinished")


def test_a_run_of_another_study_is_refused(tmp_path: Path) -> None:
    finished(tmp_path, "other", plan=small_plan(study="cifar_residual"))
    with pytest.raises(RunNotFound, match="run of cifar_residual; cifar_child needs a run of cifar_basic"):
        find(tmp_path, "cifar_basic/other")


def test_a_run_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path) -> None:
    folder = finished(tmp_path, "later")
    (folder / "run.json").write_text('{"format": 99}')
    with pytest.raises(RunNotFound, match="was made by a later version"):
        find(tmp_path, "cifar_basic/later")


def test_a_run_that_has_lost_its_checkpoint_is_refused(tmp_path: Path) -> None:
    folder = finished(tmp_path, "thin")
    (folder / "checkpoints" / "trial-00003.npz").unlink()
    with pytest.raises(RunNotFound, match=r"trial-00003\.npz, the checkpoint of its best trial, is missing"):
        find(tmp_path)


def test_the_child_keeps_a_copy_and_needs_the_parent_no_more(tmp_path: Path) -> None:
    folder = finished(tmp_path, "first")
    chosen = find(tmp_path)
    parent.keep(chosen, tmp_path)
    checkpoint.path(folder / "checkpoints", 3).unlink()
    parent.check(chosen, tmp_path)


def test_a_parent_that_has_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    folder = finished(tmp_path, "first")
    chosen = find(tmp_path)
    checkpoint.path(folder / "checkpoints", 3).write_bytes(b"another")
    with pytest.raises(RunError, match="is not the checkpoint of cifar_basic/first that the run was started"):
        parent.keep(chosen, tmp_path)


def test_a_copy_that_is_damaged_or_gone_is_refused(tmp_path: Path) -> None:
    finished(tmp_path, "first")
    chosen = find(tmp_path)
    parent.keep(chosen, tmp_path)
    copy = tmp_path / parent.FILE
    copy.write_bytes(copy.read_bytes()[:-1])
    with pytest.raises(RunError, match=r"parent\.npz is not the checkpoint of cifar_basic/first"):
        parent.check(chosen, tmp_path)
    copy.unlink()
    with pytest.raises(RunError, match=r"parent\.npz is not the checkpoint of cifar_basic/first"):
        parent.check(chosen, tmp_path)


def test_the_images_must_be_those_of_the_parent(tmp_path: Path) -> None:
    finished(tmp_path, "first")
    chosen = find(tmp_path)
    parent.check_data(chosen, FINGERPRINT)
    with pytest.raises(RunError, match="fingerprint ffffffffffff…, those here have 000000000000…"):
        parent.check_data(chosen, "0" * 64)


class Variable:
    """A variable of a model, as far as it is set."""

    def __init__(self, *shape: int) -> None:
        self.shape, self.value = shape, np.full(shape, -1.0)

    def assign(self, value: Any) -> None:
        self.value = value


def model(*shapes: tuple[int, ...]) -> SimpleNamespace:
    """Return a model of a pretrained layer, and one with variables of these shapes."""
    layers = {"block1": [Variable(5)], "dense": [Variable(*shape) for shape in shapes]}
    return SimpleNamespace(
        layers=[SimpleNamespace(name=name, variables=variables) for name, variables in layers.items()]
    )


def test_the_layers_behind_the_pretrained_ones_are_inherited(tmp_path: Path) -> None:
    finished(tmp_path, "first")
    parent.keep(find(tmp_path), tmp_path)
    child = model((2, 3), (3,))
    parent.inherit(child, {"block1"}, tmp_path)
    base, dense = (layer.variables for layer in child.layers)
    assert (base[0].value == -1).all()
    assert [variable.value.tolist() for variable in dense] == [STATE[0].tolist(), STATE[1].tolist()]


@pytest.mark.parametrize("shapes", [[(3, 2), (3,)], [(2, 3)] * 4], ids=["other shapes", "more layers"])
def test_a_model_of_another_architecture_inherits_nothing(tmp_path: Path, shapes: Any) -> None:
    finished(tmp_path, "first")
    parent.keep(find(tmp_path), tmp_path)
    child = model(*shapes)
    with pytest.raises(RunError, match="does not fit the model that is to go on from it"):
        parent.inherit(child, {"block1"}, tmp_path)
    assert all((variable.value == -1).all() for layer in child.layers for variable in layer.variables)


def test_from_a_damaged_copy_nothing_is_inherited(tmp_path: Path) -> None:
    (tmp_path / parent.FILE).write_bytes(b"not a checkpoint")
    with pytest.raises(RunError, match=r"parent\.npz is damaged"):
        parent.inherit(model((2, 3)), {"block1"}, tmp_path)
