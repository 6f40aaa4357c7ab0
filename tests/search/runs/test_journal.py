"""The journal: what is written is read back, also after the power went in the middle of a write."""

from pathlib import Path

import optuna
import pytest
from optuna.distributions import FloatDistribution, IntDistribution

from search.algorithm.trial import Trial
from search.runs.journal import Journal, repair

SPACE = {"x": FloatDistribution(0, 1), "n": IntDistribution(1, 4)}


def record(value: float) -> dict[str, float]:
    return {"val_accuracy": value, "loss": 1 / 3, "images": 64, "seconds": 0.5}


def written(file: Path) -> list[Trial]:
    """Write three trials: complete, failed, and one that is not finished."""
    journal = Journal(file, "a study/a run", SPACE)
    trials = [Trial(n, {"x": 0.1 * n, "n": n + 1}) for n in range(3)]
    for trial in trials:
        journal.add(trial)
        for epoch in (1, 2):
            trial.epochs[epoch] = record(0.1 * trial.number + 0.01 * epoch)
            journal.epoch(trial, epoch, trial.epochs[epoch])
    trials[0].state, trials[1].state, trials[1].reason = "complete", "failed", "loss is nan at epoch 3"
    journal.end(trials[0])
    journal.end(trials[1])
    return trials


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    trials = written(tmp_path / "journal.log")
    assert Journal(tmp_path / "journal.log", "a study/a run", SPACE).trials() == trials


def test_the_host_of_each_segment_is_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.log", "r", SPACE)
    trial = Trial(0, {"x": 0.5, "n": 1})
    journal.add(trial)
    for epoch, host in ((1, "node1"), (2, None), (3, "node2")):
        journal.epoch(trial, epoch, record(0.1), host)
    (read,) = Journal(tmp_path / "journal.log", "r", SPACE).trials()
    assert read.hosts == {1: "node1", 3: "node2"}
    assert list(read.epochs) == [1, 2, 3]


def test_optuna_reads_it(tmp_path: Path) -> None:
    written(tmp_path / "journal.log")
    backend = optuna.storages.journal.JournalFileBackend(str(tmp_path / "journal.log"))
    study = optuna.load_study(study_name="a study/a run", storage=optuna.storages.JournalStorage(backend))
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "FAIL", "RUNNING"]
    assert study.best_trial.params == {"x": 0.0, "n": 1}
    assert study.trials[2].intermediate_values == {1: 0.21000000000000002, 2: 0.22}


def test_not_a_number_is_written_and_read(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.log", "r", SPACE)
    trial = Trial(0, {"x": 0.5, "n": 1})
    journal.add(trial)
    journal.epoch(trial, 1, record(float("nan")))
    (read,) = Journal(tmp_path / "journal.log", "r", SPACE).trials()
    assert read.value != read.value


def test_cut_at_every_byte_of_its_last_three_lines_it_goes_on(tmp_path: Path) -> None:
    whole = tmp_path / "whole.log"
    written(whole)
    content = whole.read_bytes()
    start = len(b"\n".join(content.split(b"\n")[:-4])) + 1
    for size in range(start, len(content) + 1):
        file = tmp_path / "journal.log"
        file.write_bytes(content[:size])
        dropped = repair(file)
        assert dropped == size - content[:size].rfind(b"\n") - 1
        journal = Journal(file, "a study/a run", SPACE)
        trials = journal.trials()
        assert [trial.number for trial in trials] == [0, 1, 2]
        unfinished = next(trial for trial in trials if trial.state == "waiting")
        unfinished.epochs[3] = record(0.5)
        journal.epoch(unfinished, 3, unfinished.epochs[3])
        assert Journal(file, "a study/a run", SPACE).trials() == trials


@pytest.mark.parametrize("left", ["journal.log.lock", "journal.log.lock.0123.rename"])
def test_a_lock_left_behind_does_not_stall(tmp_path: Path, left: str) -> None:
    file = tmp_path / "journal.log"
    written(file)
    (tmp_path / left).touch()
    repair(file)
    Journal(file, "a study/a run", SPACE).add(Trial(3, {"x": 0.3, "n": 1}))
    assert not (tmp_path / left).exists()
