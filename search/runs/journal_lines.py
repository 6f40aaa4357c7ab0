"""The lines of a journal as Optuna writes them, with types checked before Optuna replays them.

Optuna believes what it reads: of a damaged line it raises whatever its code comes to.
"""

import json
from pathlib import Path
from typing import Any

import msgspec


class JournalError(ValueError):
    """A journal is damaged; the message names the file and the line."""


class _Line(msgspec.Struct, tag_field="op_code"):
    worker_id: str


class _CreateStudy(_Line, tag=0):
    study_name: str
    directions: list[int]


class _DeleteStudy(_Line, tag=1):
    study_id: int


class _StudyUserAttribute(_Line, tag=2):
    study_id: int
    user_attr: dict[str, Any]


class _StudySystemAttribute(_Line, tag=3):
    study_id: int
    system_attr: dict[str, Any]


class _CreateTrial(_Line, tag=4):
    study_id: int
    datetime_start: str | None
    state: int = 0
    params: dict[str, Any] = {}
    distributions: dict[str, str] = {}
    user_attrs: dict[str, Any] = {}
    system_attrs: dict[str, Any] = {}
    intermediate_values: dict[str, float] = {}


class _TrialParam(_Line, tag=5):
    trial_id: int
    param_name: str
    param_value_internal: float
    distribution: str


class _TrialState(_Line, tag=6):
    trial_id: int
    state: int
    values: list[float] | None
    datetime_complete: str | None = None


class _TrialValue(_Line, tag=7):
    trial_id: int
    step: int
    intermediate_value: float


class _TrialUserAttribute(_Line, tag=8):
    trial_id: int
    user_attr: dict[str, Any]


class _TrialSystemAttribute(_Line, tag=9):
    trial_id: int
    system_attr: dict[str, Any]


_Lines = (
    _CreateStudy
    | _DeleteStudy
    | _StudyUserAttribute
    | _StudySystemAttribute
    | _CreateTrial
    | _TrialParam
    | _TrialState
    | _TrialValue
    | _TrialUserAttribute
    | _TrialSystemAttribute
)


def check(file: Path) -> None:
    """Check every line of a journal.

    Raises:
        JournalError: one is damaged.
        OSError: the file cannot be read.
    """
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        try:
            msgspec.convert(json.loads(line), _Lines)
        except (ValueError, RecursionError) as error:  # of JSON, of UTF-8 and of msgspec
            reason = " ".join(str(error).split())[:150]
            raise JournalError(f"{file}, line {number}, is damaged: {reason}") from None
