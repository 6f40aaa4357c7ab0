"""The run that another one goes on from: fine-tuning begins with its best model.

The child keeps a copy of that model's checkpoint, so that it no longer depends on the parent's folder.
"""

import shutil
from pathlib import Path
from typing import Any

from models import Study
from search.runs import checkpoint, run
from search.runs.plan import Parent
from search.runs.record import RunRecord
from search.runs.run import RunError, RunNotFound

FILE = "parent.npz"


def find(runs: Path, name: str | None, child: str, study: Study) -> Parent:
    """Return the parent run of a study, and its best trial.

    Args:
        runs: folder of the runs.
        name: the run, a path or STUDY/NAME; None for the newest that is finished.
        child: name of the study.
        study: with that name.

    Raises:
        RunNotFound: there is none, or it is of another study or not finished; the message says what to type.
    """
    command = f"python -m search {study.parent} --trials 50"
    try:
        folder = run.find(runs, name) if name else _newest(runs, child, study)
        record = run.read(folder)
    except RunNotFound as error:
        raise RunNotFound(f"{error}: {command}") from None
    except RunError as error:
        raise RunNotFound(str(error)) from None
    if record.plan.study != study.parent:
        raise RunNotFound(
            f"--parent {name}: it is a run of {record.plan.study}; {child} needs a run of {study.parent}: "
            f"{command}"
        )
    if record.best is None:
        raise RunNotFound(f"--parent {name}: it is not finished: python -m search --resume {name}")
    file = checkpoint.path(folder / "checkpoints", record.best.trial)
    if not file.is_file():
        raise RunNotFound(f"{folder}: {file.name}, the checkpoint of its best trial, is missing")
    return _parent(folder, record, file)


def _parent(folder: Path, record: RunRecord, file: Path) -> Parent:
    assert record.best
    return Parent(
        run=run.name_of(folder),
        checkpoint=str(file),
        fingerprint=checkpoint.fingerprint(file),
        trial=record.best.trial,
        value=record.best.value,
        params=record.best.params,
        plan=record.plan,
        data=record.dataset.fingerprint,
    )


def keep(parent: Parent, checkpoints: Path) -> None:
    """Copy the parent's best checkpoint into the child's checkpoints.

    Raises:
        OSError: it cannot be written.
        RunError: the parent has just been changed.
    """
    shutil.copyfile(parent.checkpoint, checkpoints / FILE)
    check(parent, checkpoints)


def check(parent: Parent, checkpoints: Path) -> None:
    """Raise a RunError where the copy is not what the run was started with."""
    file = checkpoints / FILE
    if not file.is_file() or checkpoint.fingerprint(file) != parent.fingerprint:
        raise RunError(f"{file} is not the checkpoint of {parent.run} that the run was started with")


def check_data(parent: Parent, fingerprint: str) -> None:
    """Raise a RunError where the images here are not those that the parent was trained on."""
    if parent.data != fingerprint:
        raise RunError(
            f"{parent.run} was trained on images with fingerprint {parent.data[:12]}…, those here have "
            f"{fingerprint[:12]}…: it may have been trained on some of these validation images"
        )


def inherit(model: Any, names: set[str], checkpoints: Path) -> None:
    """Set the layers behind the pretrained ones to what they were in the parent's best.

    Args:
        model: the child's: pretrained layers, then the parent's own.
        names: of the pretrained layers.
        checkpoints: of the child.

    Raises:
        RunError: the copy is damaged, or of another architecture.
    """
    copy = checkpoint.load(checkpoints / FILE)
    layers = [layer for layer in model.layers if layer.name not in names]
    variables = [variable for layer in layers for variable in layer.variables]
    # A state is the variables of a model, and then those of its optimizer.
    values = copy.state[: len(variables)] if copy else []
    if [tuple(variable.shape) for variable in variables] != [value.shape for value in values]:
        raise RunError(f"{checkpoints / FILE} is damaged, or does not fit the model that is to go on from it")
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _newest(runs: Path, child: str, study: Study) -> Path:
    files = sorted((runs / study.parent).glob("*/run.json"), key=lambda file: file.stat().st_mtime)
    finished = [file.parent for file in files if _is_finished(file.parent)]
    if not finished:
        raise RunNotFound(
            f"{child} goes on from a finished run of {study.parent}, and there is none under {runs}"
        )
    return finished[-1].resolve()


def _is_finished(folder: Path) -> bool:
    try:
        return run.read(folder).best is not None
    except RunError:
        return False
