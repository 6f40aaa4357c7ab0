"""The study of a run: a shipped one, or the run's own copy of a user's file.

The copy lies in the run's folder as study.py. Workers, resumed sessions and the analysis use it, so a file
that is edited while its run goes on does not change the run.
"""

import sys
from pathlib import Path

import models
from data.store.atomic import atomic_write
from models import Study
from models.space import study_file
from search.runs.plan import Plan
from search.runs.run import RunError

FILE = "study.py"


def load(plan: Plan, folder: Path) -> Study:
    """Return the study of a run.

    Args:
        plan: of the run.
        folder: that holds the copy: the run's, or its report's.

    Raises:
        RunError: the copy is missing, or is not what the run was started with.
        UnknownStudy: there is no shipped study of that name.
    """
    if plan.study_file is None:
        return models.load(plan.study)
    file = folder / FILE
    _check(plan, file)
    return study_file.load_file(file)


def question(plan: Plan, folder: Path) -> str:
    """Return the first line of the docstring of a run's study; its name where there is none."""
    if plan.study_file is None:
        return models.summary(plan.study) if plan.study in models.names() else plan.study
    return study_file.file_summary(folder / FILE)


def keep(plan: Plan, folder: Path) -> None:
    """Copy a user's file into the folder of its new run.

    Raises:
        RunError: the file has changed since the plan was made.
        OSError: the copy cannot be written.
    """
    if plan.study_file is None:
        return
    text = study_file.text_of(Path(plan.study_file.path))
    with atomic_write(folder / FILE) as stream:
        stream.write(text.encode())
    _check(plan, folder / FILE)


def hand_on(plan: Plan, source: Path, folder: Path) -> None:
    """Copy the study from one folder of a run to another. Raises RunError, OSError."""
    if plan.study_file is not None:
        _check(plan, source / FILE)
        with atomic_write(folder / FILE) as stream:
            stream.write((source / FILE).read_bytes())


def tell_edited(plan: Plan, folder: Path) -> None:
    """Say on stderr where the user's file is no longer what the run goes on with."""
    if plan.study_file is None:
        return
    original = Path(plan.study_file.path)
    if original.is_file() and study_file.fingerprint(
        original.read_text(encoding="utf-8", errors="replace")
    ) != (plan.study_file.fingerprint):
        print(
            f"{original} has changed since the run was started. The run goes on with its own copy, "
            f"{folder / FILE}; a new search takes the changed file.",
            file=sys.stderr,
        )


def _check(plan: Plan, file: Path) -> None:
    assert plan.study_file
    try:
        actual = study_file.fingerprint(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise RunError(f"{file}, the run's copy of its study, is missing or cannot be read") from None
    if actual != plan.study_file.fingerprint:
        raise RunError(
            f"{file} is not the study that the run was started with: its trials could not be compared"
        )
