"""The run that another one goes on from: fine-tuning begins with its best model.

The child keeps a copy of that model's checkpoint, so that it depends on the parent's folder no more.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models import Study
from search.runs import checkpoint
from search.runs import run
from search.runs.run import NoRun, RunError

FILE = "parent.npz"


def find(runs: Path, said: str | None, child: str, study: Study) -> dict[str, Any]:
    """Return what a study needs to know of its parent run, as JSON values.

    Args:
        runs: folder of the runs.
        said: the run, a path or STUDY/NAME; None for the newest that is finished.
        child: name of the study.
        study: with that name.

    Returns:
        run; checkpoint, the path of its best, and fingerprint, the SHA-256 of that file; trial, value and
        params of the best; plan; data, the fingerprint of its images.

    Raises:
        NoRun: there is none, or it is of another study or not finished; the message says what to type.
    """
    makes_one = f"python -m search {study.parent} --trials 50"
    try:
        folder = run.find(runs, said) if said else _newest(runs, child, study)
    except NoRun as error:
        raise NoRun(f"{error}: {makes_one}") from None
    try:
        about = run.read(folder)
    except RunError as error:
        raise NoRun(str(error)) from None
    if about["plan"]["study"] != study.parent:
        raise NoRun(
            f"--parent {said}: a run of {about['plan']['study']}; {child} needs one of {study.parent}: "
            f"{makes_one}"
        )
    if "best" not in about:
        raise NoRun(f"--parent {said}: not finished; python -m search --resume {said}")
    best = about["best"]
    file = checkpoint.path(folder / "checkpoints", best["trial"])
    if not file.is_file():
        raise NoRun(f"{folder}: the checkpoint of its best trial, {file.name}, is not there any more")
    return {
        "run": f"{folder.parent.name}/{folder.name}",
        "checkpoint": str(file),
        "fingerprint": checkpoint.fingerprint(file),
        "trial": best["trial"],
        "value": best["value"],
        "params": best["params"],
        "plan": about["plan"],
        "data": about["dataset"]["fingerprint"],
    }


def keep(parent: Mapping[str, Any], checkpoints: Path) -> None:
    """Copy the parent's best checkpoint among those of the child.

    Raises:
        OSError: it cannot be written.
        RunError: the parent has just been changed.
    """
    shutil.copyfile(parent["checkpoint"], checkpoints / FILE)
    check(parent, checkpoints)


def check(parent: Mapping[str, Any], checkpoints: Path) -> None:
    """Raise a RunError where the copy is not what the run was begun with."""
    file = checkpoints / FILE
    if not file.is_file() or checkpoint.fingerprint(file) != parent["fingerprint"]:
        raise RunError(f"{file} is not the checkpoint of {parent['run']} that the run was begun with")


def check_data(parent: Mapping[str, Any], fingerprint: str) -> None:
    """Raise a RunError where the images here are not those that the parent was trained on."""
    if parent["data"] != fingerprint:
        raise RunError(
            f"{parent['run']} was trained on images with fingerprint {parent['data'][:12]}…, those here have "
            f"{fingerprint[:12]}…: among those for validation may be some that it was trained on"
        )


def inherit(model: Any, names: set[str], checkpoints: Path) -> None:
    """Set what comes behind the pretrained layers to what the parent's best had come to.

    Args:
        model: the child's: pretrained layers, then the parent's own.
        names: of the pretrained layers.
        checkpoints: of the child.

    Raises:
        RunError: the copy is damaged, or of another architecture.
    """
    found = checkpoint.load(checkpoints / FILE)
    mine = [each for layer in model.layers if layer.name not in names for each in layer.variables]
    # A state is the variables of a model, and then those of its optimizer.
    theirs = found.state[: len(mine)] if found else []
    if [tuple(each.shape) for each in mine] != [each.shape for each in theirs]:
        raise RunError(f"{checkpoints / FILE} is damaged, or does not fit the model that is to go on from it")
    for variable, value in zip(mine, theirs, strict=True):
        variable.assign(value)


def _newest(runs: Path, child: str, study: Study) -> Path:
    files = sorted((runs / study.parent).glob("*/run.json"), key=lambda each: each.stat().st_mtime)
    finished = [file.parent for file in files if _is_finished(file.parent)]
    if not finished:
        raise NoRun(f"{child} goes on from a finished run of {study.parent}, and there is none under {runs}")
    return finished[-1].resolve()


def _is_finished(folder: Path) -> bool:
    try:
        return "best" in run.read(folder)
    except RunError:
        return False
