"""The commands, with stand-ins for SLURM's programs: shell scripts that answer from files."""

import os
from pathlib import Path

import pytest

from cluster import commands, search_check
from cluster.__main__ import main

PROGRAMS = {
    "sinfo": "echo 'batch|2|1-00:00:00'; echo 'short|1|30:00'",
    "sbatch": """[ ! -e refuse ] || { echo 'sbatch: error: Invalid account' >&2; exit 1; }
echo "sbatch $* in $PWD" >> $CALLS; echo '7;lab'; echo '7|RUNNING|0:34|2:00|node[1-2]|None' > $STATE""",
    "squeue": "[ -s $STATE ] && cat $STATE || { echo 'Invalid job id specified' >&2; exit 1; }",
    "scancel": 'echo "scancel $*" >> $CALLS; case "$*" in *USR2*) : > $STATE ;; esac',
}
CHECK = search_check.check
SEARCH = ("--", "cifar_residual", "--trials", "5")


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder on a machine with such a SLURM; return the file of the calls."""
    (tmp_path / "bin").mkdir()
    for name, text in PROGRAMS.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    for name in ("calls", "state"):
        (tmp_path / name).touch()
        monkeypatch.setenv(name.upper(), str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(search_check, "check", lambda job: None)  # takes seconds; it has tests of its own
    return tmp_path / "calls"


def submit(*flags: str) -> int:
    return main(["submit", "--name", "n", *flags, *SEARCH])


def test_a_job_is_submitted_from_its_folder_and_watched(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert submit("--partition", "batch", "--nodes", "2") == 0
    job = tmp_path / "runs/cifar_residual/n/job"
    assert f"Job 7: {job}/job.sbatch" in capsys.readouterr().out
    assert site.read_text() == f"sbatch --parsable job.sbatch in {job}\n"
    assert "#SBATCH --nodes=2" in (job / "job.sbatch").read_text()
    assert (job / "story.log").read_text().endswith("  Submitted as job 7\n")

    assert main(["status", "cifar_residual/n"]) == 0
    assert "7: RUNNING on node[1-2], 0:34 of 2:00" in capsys.readouterr().out
    assert main([]) == 0
    assert "cifar_residual/n  7 RUNNING" in capsys.readouterr().out
    (job / "job.log").write_text("what it prints\n")
    assert main(["logs", "cifar_residual/n"]) == 0
    assert capsys.readouterr().out == "what it prints\n"


def test_a_run_has_one_job_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert submit() == 0
    assert submit() == 1
    assert "cifar_residual/n has a job already: 7 is RUNNING" in capsys.readouterr().err


def test_what_slurm_refuses_is_told_in_its_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "runs/cifar_residual/n/job"
    place.mkdir(parents=True)
    (place / "refuse").touch()
    assert submit() == 1
    assert "python -m cluster: sbatch: error: Invalid account" in capsys.readouterr().err


def test_a_search_that_makes_no_sense_is_not_submitted(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(search_check, "check", CHECK)
    for action in (["submit"], ["submit", "--dry-run"]):
        with pytest.raises(SystemExit) as stop:
            main([*action, "--", "cifar_residul"])
        assert stop.value.code == 2
        assert "after --: there is no study 'cifar_residul'" in capsys.readouterr().err
    assert site.read_text() == ""
    assert not (tmp_path / "runs").exists()


def test_an_unknown_partition_is_not_submitted(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        submit("--partition", "bach")
    assert stop.value.code == 2
    assert "--partition bach: choose from batch, short. Did you mean batch?" in capsys.readouterr().err
    assert site.read_text() == ""


def test_cancel_lets_the_search_stop_itself(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    submit()
    assert main(["cancel", "cifar_residual/n"]) == 0
    assert "Resume with: python -m cluster submit -- --resume" in capsys.readouterr().out
    assert site.read_text().splitlines()[1:] == [
        "scancel --state=PENDING 7",
        "scancel --batch --signal=USR2 --state=RUNNING 7",
    ]
    assert main(["cancel", "cifar_residual/n"]) == 0
    assert "There is no job to cancel: 7" in capsys.readouterr().out


def test_a_job_that_does_not_stop_is_killed(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit()
    (tmp_path / "bin/scancel").write_text('#!/bin/sh\necho "scancel $*" >> $CALLS\n')
    monkeypatch.setattr(commands, "_PATIENCE", 0.1)
    assert main(["cancel", "cifar_residual/n"]) == 0
    assert site.read_text().endswith("\nscancel 7\n")


def test_logs_follow_until_the_job_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    submit()
    capsys.readouterr()
    (tmp_path / "runs/cifar_residual/n/job/job.log").write_text("all\n")
    (tmp_path / "state").write_text("7|COMPLETED|0:34|2:00|node1|None\n")
    assert main(["logs", "cifar_residual/n", "--follow"]) == 0
    assert capsys.readouterr().out == "all\n"


def test_in_an_allocation_the_script_is_run_and_its_status_is_the_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "9")
    (tmp_path / "state").write_text("1:00:00\n")
    (tmp_path / "bin/bash").write_text("#!/bin/sh\n[ -e $1 ] && exit 3\n")
    (tmp_path / "bin/bash").chmod(0o755)
    assert main(["start", "--name", "n", *SEARCH]) == 3
    job = tmp_path / "runs/cifar_residual/n/job"
    assert "Started in the allocation 9" in (job / "story.log").read_text()


def test_before_the_end_of_an_allocation_the_search_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "9")
    (tmp_path / "state").write_text("5:01\n")  # a second more than --notice
    told = "#!/bin/sh\ntrap 'exit 4' USR1; while :; do sleep 0.05; done\n"
    (tmp_path / "bin/bash").write_text(told)
    (tmp_path / "bin/bash").chmod(0o755)
    assert main(["start", "--name", "n", *SEARCH]) == 4
