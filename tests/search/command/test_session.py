"""A search from its command to its last line, in this process."""

import errno
import itertools
import json
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from optuna.storages.journal import JournalFileBackend

from search.__main__ import main
from search.runs import checkpoint
from search.training.fit import fit
from tests.conftest import alone
from tests.search.conftest import TINY, Call, curves, without_order

SMALL = ["--trials", "4", "--epochs", "3", "--train-images", "64", "--local", "--name", "r"]
RUN = Path("runs/cifar_residual/r")
BROKEN = Path("runs/cifar_residual/broken")

Trials = list[dict[str, Any]]


@pytest.fixture(scope="module")
def searched(small_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished search of `SMALL`, made once."""
    folder = tmp_path_factory.mktemp("searched")
    with alone(small_cache) as patch:
        patch.chdir(folder)
        assert main(["cifar_residual", *TINY, *SMALL]) == 0
    return folder / RUN


@pytest.fixture
def whole(searched: Path, call: Call) -> Trials:
    """Lay that search out as RUN, and return what its trials came to."""
    shutil.copytree(searched, RUN)
    return curves(RUN)


def test_a_search_ends_with_its_best_and_what_to_type_next(
    call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*SMALL) == 0
    output = capsys.readouterr()
    assert "Best of cifar_residual/r: trial" in output.out
    assert "learning_rate=" in output.out
    assert "python -m search --resume runs/cifar_residual/r --trials 8" in output.out
    assert "tensorboard --logdir runs/cifar_residual/r/tensorboard" in output.out
    assert "4 trials of up to 3 epochs on 64 of 400 images" in output.err
    assert "with a GPU: all 400 images, 30 epochs" in output.err
    record = json.loads((RUN / "run.json").read_text())
    assert record["plan"]["train_images"] == 64
    assert record["dataset"]["fingerprint"] == "f" * 64
    assert record["versions"]["keras"]
    assert record["best"]["params"]["width"] == 8


def test_the_first_trial_is_the_default_and_the_states_are_those_of_the_rule(whole: Trials) -> None:
    assert [trial["number"] for trial in whole] == [0, 1, 2, 3]
    assert whole[0]["params"]["learning_rate"] == 2e-3
    assert whole[0]["state"] == "complete"
    assert {trial["state"] for trial in whole} == {"complete", "stopped"}
    assert all((len(trial["epochs"]) == 3) == (trial["state"] == "complete") for trial in whole)


@pytest.mark.usefixtures("whole")
def test_only_the_checkpoints_that_somebody_reads_are_kept() -> None:
    best = json.loads((RUN / "run.json").read_text())["best"]["trial"]
    kept = {file.name for file in (RUN / "checkpoints").iterdir()}
    assert kept == {f"trial-{number:05d}.npz" for number in {0, best}}


def test_the_same_seed_gives_the_same_search_and_another_seed_another(call: Call, whole: Trials) -> None:
    assert call(*SMALL[:-1], "s") == 0
    assert call(*SMALL[:-1], "t", "--seed", "1") == 0
    assert curves(RUN.with_name("s")) == whole
    assert curves(RUN.with_name("t")) != whole


def test_a_clock_that_jumps_does_no_harm(call: Call, whole: Trials, monkeypatch: pytest.MonkeyPatch) -> None:
    jumps = itertools.cycle([0.0, 2e9, 1e9])
    monkeypatch.setattr(time, "time", lambda: next(jumps))
    assert call(*SMALL[:-1], "jumping", "--budget", "5m") == 0
    assert curves(RUN.with_name("jumping")) == whole


def test_one_given_configuration_gives_the_curve_it_had_in_the_search(call: Call, whole: Trials) -> None:
    wanted = whole[2]
    arguments = [f"--set={name}={value}" for name, value in wanted["params"].items()]
    alone = ["--trials", "1", "--epochs", "3", "--train-images", "64", "--local", "--name", "alone"]
    assert call(*alone, *arguments, tiny=False) == 0
    (trial,) = curves(RUN.parent / "alone")
    assert trial["params"] == wanted["params"]
    assert trial["epochs"][1] == without_order(wanted)[1]


def test_a_finished_run_is_extended_and_nothing_is_trained_twice(call: Call, whole: Trials) -> None:
    assert call("--resume", "cifar_residual/r", "--trials", "7", "--local") == 0
    after = curves(RUN)
    assert after[:4] == whole
    assert len(after) == 7


@pytest.mark.parametrize("end", ["fault", "interrupt"])
def test_a_run_that_was_deleted_meanwhile_is_not_said_to_be_kept(
    call: Call, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    def deleting(*arguments: Any, **options: Any) -> Any:
        shutil.rmtree(RUN)
        if end == "interrupt":
            raise KeyboardInterrupt
        return fit(*arguments, **options)

    monkeypatch.setattr("search.training.trainer.fit", deleting)
    assert call(*SMALL) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"python -m search: {RUN.absolute()} was deleted meanwhile: nothing of the run is kept"
    assert not RUN.exists()


@pytest.mark.slow
@pytest.mark.parametrize("checkpoints", ["kept", "halved", "lost"])
def test_a_journal_that_has_lost_its_last_lines_comes_to_the_same_trials(
    call: Call, whole: Trials, checkpoints: str
) -> None:
    """Also where the checkpoints are ahead of it, half-written or gone, and a lock was left behind."""
    shutil.copytree(RUN, "as-it-was")
    lines = (RUN / "journal.log").read_bytes().splitlines(keepends=True)
    for lost in (1, 3, 4, 6, 9, len(lines) - 3):
        shutil.rmtree(RUN)
        shutil.copytree("as-it-was", RUN)
        cut = b"".join(lines[:-lost]) + lines[-lost][: len(lines[-lost]) // 2]
        (RUN / "journal.log").write_bytes(cut)
        (RUN / "journal.log.lock").touch()
        for file in (RUN / "checkpoints").iterdir():
            if checkpoints == "lost":
                file.unlink()
            elif checkpoints == "halved":
                file.write_bytes(file.read_bytes()[:5000])
        assert call("--resume", "cifar_residual/r", "--local") == 0
        assert curves(RUN) == whole, lost


def test_a_run_that_was_moved_goes_on(call: Call, whole: Trials) -> None:
    RUN.rename(RUN.parent / "elsewhere")
    assert call("--resume", "cifar_residual/elsewhere", "--trials", "5", "--local") == 0
    assert curves(RUN.parent / "elsewhere")[:4] == whole


def test_ctrl_c_keeps_everything_and_the_resumed_search_is_the_uninterrupted_one(
    call: Call, whole: Trials, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save, saved = checkpoint.save, []

    def interrupted(*arguments: Any) -> None:
        save(*arguments)
        saved.append(arguments)
        if len(saved) in (2, 5):
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(checkpoint, "save", interrupted)
    capsys.readouterr()
    assert call(*SMALL[:-1], "broken") == 130
    output = capsys.readouterr()
    assert "Stopping after this epoch" in output.err
    assert "python -m search --resume runs/cifar_residual/broken" in output.out
    assert call("--resume", "cifar_residual/broken", "--local") == 130
    assert call("--resume", "cifar_residual/broken", "--local") == 0
    assert curves(BROKEN) == whole


def test_a_budget_stops_in_time_and_can_be_gone_on_with(
    call: Call, whole: Trials, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*SMALL[:-1], "broken", "--budget", "1s") == 0
    assert "the budget is used up" in capsys.readouterr().out
    assert call("--resume", "cifar_residual/broken", "--local") == 0
    assert curves(BROKEN) == whole


def test_the_search_never_opens_the_test_split(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    watching = [True]

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if watching[0] and event == "open" and arguments and isinstance(arguments[0], str | Path):
            opened.append(str(arguments[0]))

    sys.addaudithook(watch)
    assert call(*SMALL) == 0
    watching[0] = False
    assert any("training_images" in name for name in opened)
    assert not any("test_images" in name or "test_labels" in name for name in opened)


def test_a_trial_that_fails_is_a_failed_trial_and_its_traceback_is_kept(
    call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _raise_in(monkeypatch, {2}, MemoryError("cannot allocate 7 GB"))
    assert call(*SMALL) == 0
    trials = curves(RUN)
    assert [trial["state"] == "failed" for trial in trials].count(True) == 1
    (failed,) = [trial for trial in trials if trial["state"] == "failed"]
    assert failed["reason"] == "out of memory: cannot allocate 7 GB"
    assert "MemoryError: cannot allocate 7 GB" in (RUN / "failures/trial-00001.txt").read_text()
    assert "1 failed" in capsys.readouterr().out


def test_when_the_first_five_trials_fail_it_stops_and_shows_the_first_reason(
    call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _raise_in(monkeypatch, set(range(1, 100)), RuntimeError("no such layer"))
    assert call("--trials", "9", *SMALL[2:]) == 1
    output = capsys.readouterr().err
    assert "the first 5 trials all failed; trial 0: RuntimeError: no such layer" in output
    assert "Traceback" not in output
    assert len(curves(RUN)) == 5


def test_a_few_trials_that_all_fail_are_a_failure(
    call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _raise_in(monkeypatch, set(range(1, 100)), RuntimeError("no such layer"))
    assert call("--trials", "2", *SMALL[2:]) == 1
    assert "every trial failed; trial 0: RuntimeError: no such layer" in capsys.readouterr().err


def test_a_disk_that_fills_in_the_middle_of_the_journal_s_line(
    call: Call, whole: Trials, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    append, calls = JournalFileBackend.append_logs, []

    def full(backend: Any, logs: Any) -> None:
        calls.append(1)
        if len(calls) == 12:
            with open(backend._file_path, "ab") as stream:
                stream.write(b'{"half a line')
            raise OSError(errno.ENOSPC, "No space left on device")
        append(backend, logs)

    monkeypatch.setattr(JournalFileBackend, "append_logs", full)
    assert call(*SMALL[:-1], "broken") == 1
    assert "python -m search: the disk is full" in capsys.readouterr().err
    assert call("--resume", "cifar_residual/broken", "--local") == 0
    assert curves(BROKEN) == whole


def test_a_full_disk_stops_the_search_and_leaves_a_run_that_goes_on(
    call: Call, whole: Trials, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real, calls = np.savez, []

    def full(*arguments: Any, **arrays: Any) -> None:
        calls.append(1)
        if len(calls) == 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*arguments, **arrays)

    monkeypatch.setattr(np, "savez", full)
    assert call(*SMALL[:-1], "broken") == 1
    output = capsys.readouterr().err
    assert "python -m search: the disk is full" in output
    assert "python -m search --resume runs/cifar_residual/broken" in output
    assert "Traceback" not in output
    assert call("--resume", "cifar_residual/broken", "--local") == 0
    assert curves(BROKEN) == whole


def _raise_in(monkeypatch: pytest.MonkeyPatch, segments: set[int], error: Exception) -> None:
    """Let the training of some segments raise, the first being 1."""
    begun: list[int] = []

    def broken(*arguments: Any, **options: Any) -> Any:
        begun.append(1)
        if len(begun) in segments:
            raise error
        yield from fit(*arguments, **options)

    monkeypatch.setattr("search.training.trainer.fit", broken)
