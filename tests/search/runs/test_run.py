"""The folder of a run: made once, written by one process at a time, found by path or by name."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from search.algorithm.trial import Trial
from search.runs import run
from search.runs.journal import Journal
from search.runs.run import RunError, RunNotFound
from tests.conftest import ROOT
from tests.search.runs.conftest import BEST, make_run, small_record

OPEN = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from search.runs.run import RunError, open_run
try:
    open_run(Path(sys.argv[1]))
except RunError as error:
    print(error)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a run that is not made yet."""
    return tmp_path / "runs" / "cifar_basic" / "first"


def test_a_run_that_was_made_is_opened(folder: Path) -> None:
    with make_run(folder) as made:
        assert made.name == "cifar_basic/first"
        assert made.plan == small_record().plan
    with run.open_run(folder) as opened:
        assert opened.record == small_record()
        assert opened.checkpoints.is_dir()
        assert opened.tensorboard.is_dir()


def test_a_run_that_exists_is_left_alone(folder: Path) -> None:
    make_run(folder).close()
    with pytest.raises(RunError, match="first already exists: resume it with --resume, or choose another"):
        make_run(folder, commit="another")
    assert run.read(folder).commit == small_record().commit


def test_names_of_one_second_are_all_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten searches that a script starts at once are ten runs."""
    monkeypatch.setattr(run, "new_name", lambda: "2026-11-28-000000")
    with ThreadPoolExecutor(10) as pool:
        runs = list(pool.map(lambda _: run.create_named_by_time(tmp_path, small_record()), range(10)))
    names = sorted(made.folder.name for made in runs)
    assert names == sorted(["2026-11-28-000000", *(f"2026-11-28-000000-{n}" for n in range(2, 11))])
    for made in runs:
        made.close()


def test_a_folder_of_something_else_is_left_alone(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "thesis.txt").write_text("two years of work")
    with pytest.raises(RunError, match="already exists"):
        make_run(folder)
    assert [file.name for file in folder.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_folder_in_which_a_job_waits_becomes_the_run(folder: Path, interrupted: bool) -> None:
    (folder / "job").mkdir(parents=True)
    if interrupted:  # the job was killed while it made the run, and starts again
        (folder / "checkpoints").mkdir()
        (folder / "lock").touch()
    make_run(folder).close()
    assert run.read(folder) == small_record()
    assert (folder / "job").is_dir()
    with pytest.raises(RunError, match="already exists"):
        make_run(folder)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"cannot write .*first: Not a directory"):
        make_run(tmp_path / "file" / "first")


def test_after_a_failed_start_the_name_is_free_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        patch.setattr(Path, "replace", full)
        with pytest.raises(RunError, match="cannot write .*: No space left on device"):
            make_run(folder)
    make_run(folder).close()
    assert run.read(folder) == small_record()


def test_a_run_is_written_by_one_process_at_a_time(folder: Path) -> None:
    with make_run(folder):
        with pytest.raises(RunError, match=rf"is being written by process {os.getpid()} on "):
            run.open_run(folder)
        done = subprocess.run(
            [sys.executable, "-c", OPEN, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert f"is being written by process {os.getpid()} on " in done.stdout
        assert run.read(folder) == small_record()  # to read it is allowed
    run.open_run(folder).close()


def test_the_lock_of_a_killed_process_is_no_obstacle(folder: Path) -> None:
    make_run(folder).close()
    (folder / "lock").write_text("process 1 on elsewhere")
    run.open_run(folder).close()


def test_what_is_written_is_seen_by_others_and_kept(folder: Path) -> None:
    with make_run(folder) as opened:
        opened.write(best=BEST, start=0.25)
        assert opened.record.best == run.read(folder).best == BEST
    assert run.read(folder) == small_record(best=BEST, start=0.25)


def test_a_run_is_found_by_path_and_by_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_run(folder).close()
    runs = folder.parents[1]
    assert run.find(Path("elsewhere"), str(folder)) == folder
    assert run.find(runs, "cifar_basic/first") == folder
    monkeypatch.chdir(folder)
    assert run.find(Path("elsewhere"), ".") == folder  # a full path, that is good for a message
    assert run.name_of(run.find(Path("elsewhere"), ".")) == "cifar_basic/first"


def test_a_run_that_is_not_there_is_told_with_those_that_are(folder: Path) -> None:
    for name in "abcdefg":
        make_run(folder.with_name(name)).close()
    with pytest.raises(RunNotFound, match=r"no run 'cifar_basic/z'.*cifar_basic/f, cifar_basic/g$") as raised:
        run.find(folder.parents[1], "cifar_basic/z")
    assert "cifar_basic/b" not in str(raised.value)  # the latest five only
    with pytest.raises(RunNotFound, match="there are no runs there"):
        run.find(folder, "cifar_basic/z")


def test_to_open_what_is_no_run_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"cannot read .*run\.json: No such file"):
        run.open_run(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_run_of_a_later_version_is_called_that_and_never_damaged(folder: Path) -> None:
    make_run(folder).close()
    values = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**values, "format": 99}))
    with pytest.raises(RunError, match=r"run\.json was made by a later version.*format 99") as raised:
        run.open_run(folder)
    assert "damaged" not in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe\x00", b"[" * 100_000, b'{"format": 2}'])
def test_a_damaged_run_is_called_damaged_in_one_line(folder: Path, content: bytes) -> None:
    make_run(folder).close()
    (folder / "run.json").write_bytes(content)
    with pytest.raises(RunError, match=r"run\.json is damaged: .") as raised:
        run.read(folder)
    assert "\n" not in str(raised.value)


def test_a_folder_that_cannot_be_locked(folder: Path) -> None:
    make_run(folder).close()
    (folder / "lock").unlink()
    (folder / "lock").mkdir()
    with pytest.raises(RunError, match=r"cannot open .*first: Is a directory"):
        run.open_run(folder)


def test_trials_are_read_while_they_are_written(folder: Path) -> None:
    with make_run(folder) as opened:
        assert run.read_trials(folder) == []
        journal = Journal(opened.journal, opened.name, opened.plan.space)
        trial = Trial(0, dict(opened.plan.default))
        journal.add(trial)
        with opened.journal.open("ab") as stream:
            stream.write(b'{"op_code": 8, "worker')  # half a line, as it stands there for a moment
        assert run.read_trials(folder) == [trial]
        assert opened.journal.read_bytes().endswith(b'"worker')  # a reader repairs nothing


def test_a_damaged_journal_is_named(folder: Path) -> None:
    with make_run(folder) as opened:
        opened.journal.write_text("nonsense\nmore of it\n")
        with pytest.raises(RunError, match=r"journal\.log, line 1, is damaged: \w+"):
            run.read_trials(folder)


def test_the_data_must_be_those_of_the_start(small_data: Path, folder: Path) -> None:
    with make_run(folder) as opened:
        opened.check_data()
        opened.write(dataset=type(opened.record.dataset)("cifar10", "0" * 64))
        with pytest.raises(RunError, match="started on cifar10 with fingerprint 000000000000…; cifar10 here"):
            opened.check_data()


def test_changed_versions_are_told_and_stop_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with make_run(folder, versions={"python": "2.7.18"}) as opened:
        opened.check_versions()
    assert "Versions changed since the run was started: python 2.7.18 → " in capsys.readouterr().err


def test_a_new_name_is_one_that_a_folder_can_have() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\d-\d{6}", run.new_name())
