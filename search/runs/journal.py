"""The journal: Optuna's own append-only file, which holds every trial. What is not in it did not happen.

`optuna-dashboard journal.log` opens it as it is.
"""

import contextlib
import datetime
import math
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import optuna
from optuna.distributions import BaseDistribution
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from search.algorithm.objectives import cost_of
from search.algorithm.trial import OBJECTIVE, Trial
from search.runs import journal_lines
from search.runs.journal_lines import JournalError

_STATES: Mapping[str, TrialState] = {
    "complete": TrialState.COMPLETE,
    "stopped": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}


def repair(file: Path) -> int:
    """Cut off an unfinished last line, and remove a lock that a killed writer left behind.

    Optuna opens a journal that was cut in the middle of a line without a word, and glues the next entry to
    that line. Only the holder of the run's lock may call this.

    Returns:
        Number of bytes cut off.
    """
    for lock in file.parent.glob(f"{file.name}.lock*"):
        lock.unlink(missing_ok=True)
    if not file.exists():
        return 0
    content = file.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with file.open("r+b") as stream:
            stream.truncate(whole)
    return len(content) - whole


class Journal:
    """Writes what happens to trials, and reads it back.

    Args:
        file: the journal; it is made if it is missing.
        name: of the Optuna study, if the journal is new.
        space: the search space, fixed hyperparameters included.
        objective: the metric that is maximized.
        cost: the second objective, minimized; "" for none.

    Raises:
        JournalError: the file is damaged.
        OSError: it cannot be read or written.
    """

    def __init__(
        self,
        file: Path,
        name: str,
        space: Mapping[str, BaseDistribution],
        objective: str = OBJECTIVE,
        cost: str = "",
    ) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._file = file
        self._space, self._objective, self._cost = dict(space), objective, cost
        if file.exists():
            journal_lines.check(file)
        try:
            self._storage = JournalStorage(JournalFileBackend(str(file), JournalFileOpenLock(str(file))))
            # The journal holds one study; the run's folder may have been renamed since.
            studies = [study._study_id for study in self._storage.get_all_studies()]
        except OSError:
            raise
        except Exception as error:  # lines that are whole, but do not fit together
            reason = " ".join(str(error).split())[:150]
            raise JournalError(f"{file} is damaged: {type(error).__name__}: {reason}") from None
        if not studies:
            studies = [self._new_study(name)]
        self._study = studies[0]

    def _new_study(self, name: str) -> int:
        if not self._cost:
            return self._storage.create_new_study([StudyDirection.MAXIMIZE], name)
        directions = [StudyDirection.MAXIMIZE, StudyDirection.MINIMIZE]
        study = self._storage.create_new_study(directions, name)
        names = [self._objective, self._cost]  # for optuna-dashboard
        self._storage.set_study_system_attr(study, "study:metric_names", names)
        return study

    def trials(self) -> list[Trial]:
        """Return all trials; one that is neither complete nor stopped nor failed is `waiting`.

        Raises:
            JournalError: one is damaged.
        """
        trials = []
        for frozen in self._storage.get_all_trials(self._study):
            try:
                trials.append(_trial(frozen, self._space, self._objective))
            except (ValueError, KeyError, TypeError) as error:
                reason = " ".join(str(error).split())[:150]
                raise JournalError(f"{self._file}, trial {frozen.number}, is damaged: {reason}") from None
        return trials

    def add(self, trial: Trial) -> None:
        """Write a new trial."""
        template = FrozenTrial(
            number=-1,
            trial_id=-1,
            state=TrialState.RUNNING,
            value=None,
            values=None,
            datetime_start=datetime.datetime.now(),
            datetime_complete=None,
            params=trial.params,
            distributions=self._space,
            user_attrs={},
            system_attrs={},
            intermediate_values={},
        )
        with self._whole():
            self._storage.create_new_trial(self._study, template)

    def epoch(self, trial: Trial, epoch: int, metrics: Mapping[str, float], host: str | None = None) -> None:
        """Write one epoch of a trial; of the first of a segment, the host that trains the segment too."""
        key = self._key(trial)
        with self._whole():
            if host:
                self._storage.set_trial_user_attr(key, f"host {epoch}", host)
            # The objective comes last: an epoch that has an objective is complete.
            self._storage.set_trial_user_attr(key, f"epoch {epoch}", dict(metrics))
            self._storage.set_trial_intermediate_value(key, epoch, metrics[self._objective])

    def end(self, trial: Trial) -> None:
        """Write how a trial ended."""
        key = self._key(trial)
        values = None
        if trial.state in ("complete", "stopped"):
            values = [trial.value, *([cost_of(trial, self._cost)] if self._cost else [])]
        with self._whole():
            if trial.reason:
                self._storage.set_trial_user_attr(key, "reason", trial.reason)
            self._storage.set_trial_state_values(key, _STATES[trial.state], values)

    def lost(self, trial: Trial) -> None:
        """Write that a trial lost its workers. It does not end with that: a resume tries it again."""
        with self._whole():
            self._storage.set_trial_user_attr(self._key(trial), "deaths", trial.deaths)

    @contextlib.contextmanager
    def _whole(self) -> Iterator[None]:
        """Remove a partial write after an OSError: a later write would be appended to it."""
        size = self._file.stat().st_size
        try:
            yield
        except OSError:
            os.truncate(self._file, size)
            raise

    def _key(self, trial: Trial) -> int:
        return self._storage.get_trial_id_from_study_id_trial_number(self._study, trial.number)


def read_trials(file: Path, space: Mapping[str, BaseDistribution], objective: str = OBJECTIVE) -> list[Trial]:
    """Return the trials of a journal that another process may be writing; unfinished ones are `waiting`.

    Raises:
        JournalError: it is damaged.
        OSError: it cannot be read.
    """
    # From a copy: opening a journal may write into it, and a search may be writing its last line just now.
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, file.name)
        if file.exists():
            shutil.copyfile(file, copy)
        repair(copy)
        try:
            return Journal(copy, file.parent.name, space, objective).trials()
        except JournalError as error:
            raise JournalError(str(error).replace(str(copy), str(file))) from None


def _trial(frozen: FrozenTrial, space: Mapping[str, BaseDistribution], objective: str) -> Trial:
    """Return a trial of Optuna's as one of ours.

    Raises:
        ValueError, KeyError, TypeError: it is none of this space, or its epochs are damaged.
    """
    if frozen.params.keys() != space.keys():
        raise ValueError(f"it has the hyperparameters {', '.join(frozen.params)}")
    states: dict[TrialState, Any] = {optuna_state: state for state, optuna_state in _STATES.items()}
    attributes = frozen.user_attrs
    epochs = {
        epoch: _metrics(attributes[f"epoch {epoch}"], objective)
        for epoch in sorted(frozen.intermediate_values)
    }
    if list(epochs) != list(range(1, len(epochs) + 1)):
        raise ValueError(f"its epochs are {', '.join(map(str, epochs))}"[:150])
    hosts = {epoch: str(attributes[f"host {epoch}"]) for epoch in epochs if f"host {epoch}" in attributes}
    state = states.get(frozen.state, "waiting")
    reason = attributes.get("reason", "") if state == "failed" else ""
    deaths = int(attributes.get("deaths", 0))
    return Trial(
        frozen.number, dict(frozen.params), epochs, state, reason, deaths, hosts=hosts, objective=objective
    )


def _metrics(values: Any, objective: str) -> dict[str, float]:
    metrics: dict[str, float] = msgspec.convert(values, dict[str, int | float])
    for name in (objective, "images", "seconds"):
        if not -1e15 < metrics[name] < 1e15 and not math.isnan(metrics[name]):
            raise ValueError(f"{name} is {metrics[name]}")
    return metrics
