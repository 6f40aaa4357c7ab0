"""What a job decides at its end. SLURM's commands, Ray and the search are stand-ins here: shell scripts.

The lab runs the same script with the real ones, and takes minutes for what is seconds here.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cluster.job import script
from tests.cluster.test_job import job

PROGRAMS = {
    # A step's number is its process here, so that scancel can signal it.
    "srun": """while [ "${1#-}" != "$1" ]; do shift; done; export SLURM_STEP_ID=$$; exec "$@" """,
    "scancel": """echo "scancel $*" >> $CALLS; [ "${1#--signal=}" = "$1" ] || kill -${1#*=} ${2#*.}""",
    "scontrol": """
case $1 in
show) printf 'node1\\nnode2\\n' ;;
*) echo "scontrol $*" >> $CALLS; kill $PPID ;;
esac""",
    "squeue": "echo $STATE",
    "python": """
case $3 in
cluster.node)
    [ "$4" = ray ] || { echo "node node2: no GPU"; exit $CHECK; }
    [ "$7" = --head ] && rm "$RUN/flaky" 2> /dev/null && exit 1
    [ "$7" != --head ] || echo 1.2.3.4:5 > "$6/address"
    trap 'exit 0' USR1; while :; do sleep 0.05; done ;;
search.executors.ready) while [ ! -e "$5" ]; do sleep 0.05; done; echo "Ray on node1: 2 CPUs" ;;
search)
    echo "$*" >> $CALLS; touch $RUN/run.json
    for _ in $(seq $EPOCHS); do echo '{"user_attr":{"epoch 1":{}}}' >> $RUN/journal.log; done
    trap 'exit 143' TERM; touch $RUN/started
    case $SEARCH in
    done) echo "Best of it: trial 1" ;;
    preempted) exit 143 ;;
    failed) echo "python -m search: the disk is full" >&2; exit 1 ;;
    *) while :; do sleep 0.05; done ;;
    esac ;;
esac
""",
}

Session = Callable[..., tuple[int, str, str]]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Run a job script; return its status, its story and the calls of SLURM and the search."""
    run, programs = tmp_path / "runs/study/r", tmp_path / "bin"
    (run / "job").mkdir(parents=True)
    programs.mkdir()
    for name, text in PROGRAMS.items():
        (programs / name).write_text(f"#!/bin/bash\n{text}\n")
        (programs / name).chmod(0o755)
    calls = tmp_path / "calls"
    calls.touch()
    started: list[subprocess.Popen[bytes]] = []

    def begin(
        search: str = "waits",
        number: signal.Signals | None = None,
        epochs: int = 3,
        check: int = 0,
        **slurm: str,
    ) -> tuple[int, str, str]:
        made = job(run=run, work=tmp_path, python=str(programs / "python"), new=["study"], requeues=2)
        (run / "job/job.sbatch").write_text(script(made))
        variables = {"SLURM_JOB_ID": "7", "SLURM_JOB_NODELIST": "node[1-2]", "SLURM_SUBMIT_HOST": "login"}
        own = {"CALLS": calls, "RUN": run, "SEARCH": search, "EPOCHS": epochs, "CHECK": check}
        process = subprocess.Popen(
            ["bash", run / "job/job.sbatch"],
            env={
                **os.environ,
                **variables,
                **{name: str(value) for name, value in own.items()},
                "STATE": "RUNNING",
                **slurm,
                "PATH": f"{programs}:{os.environ['PATH']}",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        started.append(process)
        end = time.monotonic() + 60
        while number and not (run / "started").exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        if number:
            process.send_signal(number)
        status = process.wait(60)
        return status, (run / "job/story.log").read_text(), calls.read_text()

    yield begin
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def test_a_node_whose_ray_does_not_start_is_tried_again(session: Session, tmp_path: Path) -> None:
    (tmp_path / "runs/study/r/flaky").touch()
    status, story, _ = session("done")
    assert status == 0
    assert story.count("Ray on node1 has not started (1)") == 1
    assert "Done: Best of it: trial 1" in story


def test_a_search_that_is_done(session: Session) -> None:
    status, story, calls = session("done")
    assert status == 0
    assert "Done: Best of it: trial 1" in story
    assert "Ray on node1: 2 CPUs" in story
    assert calls.startswith("-P -m search study --address 1.2.3.4:5\n")
    assert "requeue" not in calls
    assert "--state=PENDING" not in calls


def test_when_it_is_done_the_other_jobs_are_not_needed(session: Session) -> None:
    assert "scancel --state=PENDING 6" in session("done", SLURM_ARRAY_JOB_ID="6")[2]


def test_a_search_that_fails_says_why_and_does_not_start_again(session: Session) -> None:
    status, story, calls = session("failed")
    assert status == 1
    assert "Failed (1): python -m search: the disk is full" in story
    assert "requeue" not in calls


def test_a_node_that_is_not_fit_ends_the_job_before_the_search(session: Session) -> None:
    status, story, calls = session(check=1)
    assert status == 1
    assert "Stopped: a node cannot do this search: node node2: no GPU" in story
    assert "search" not in calls


def test_before_the_end_of_the_walltime_it_is_requeued_and_goes_on(session: Session) -> None:
    _, story, calls = session(number=signal.SIGUSR1)
    assert "Stopped after 3 epochs: the walltime ends" in story
    assert "scontrol requeue 7" in calls
    status, story, calls = session("done", SLURM_RESTART_COUNT="1")
    assert status == 0
    assert "start 2, on node1 node2; 3 epochs are trained" in story
    assert "-P -m search --resume" in calls


def test_without_an_epoch_it_is_not_requeued(session: Session) -> None:
    status, story, calls = session(number=signal.SIGUSR1, epochs=0)
    assert status == 1
    assert "Not started again: no epoch was finished. Give the job more --hours" in story
    assert "requeue" not in calls


def test_the_number_of_requeues_has_a_limit(session: Session) -> None:
    _, story, calls = session(number=signal.SIGUSR1, SLURM_RESTART_COUNT="2")
    assert "Not started again: --requeues 2 is used up" in story
    assert "requeue" not in calls
    status, story, calls = session("done", SLURM_RESTART_COUNT="3")  # by SLURM itself, after a node's death
    assert status == 1
    assert "Stopped: the job has started again 3 times (--requeues 2)" in story
    assert calls.count("-P -m search") == 1


def test_several_jobs_are_not_requeued(session: Session) -> None:
    status, story, calls = session(number=signal.SIGUSR1, SLURM_ARRAY_JOB_ID="6")
    assert status == 0
    assert "The next of the jobs goes on" in story
    assert "requeue" not in calls


def test_a_preempted_job_starts_again(session: Session) -> None:
    assert "scontrol requeue 7" in session(number=signal.SIGTERM)[2]


def test_a_job_whose_search_alone_is_told_of_the_preemption_starts_again(session: Session) -> None:
    _, story, calls = session("preempted")
    assert "Stopped after 3 epochs: SLURM has sent TERM" in story
    assert "scontrol requeue 7" in calls


@pytest.mark.parametrize("state", ["COMPLETING", "CANCELLED", ""])
def test_a_job_that_slurm_ends_does_not_start_again(session: Session, state: str) -> None:
    status, story, calls = session(number=signal.SIGTERM, STATE=state)
    assert status == 143
    assert (
        "SLURM ends this job. Unless it starts again, resume with: python -m cluster submit -- --resume"
        in story
    )
    assert "requeue" not in calls


def test_a_cancelled_job_says_how_to_go_on(session: Session) -> None:
    status, story, calls = session(number=signal.SIGUSR2)
    assert status == 143
    assert "Cancelled after 3 epochs. Resume with: python -m cluster submit -- --resume" in story
    assert "requeue" not in calls


def test_the_token_is_the_jobs_and_gone_at_its_end(session: Session, tmp_path: Path) -> None:
    session("done")
    folder = tmp_path / "runs/study/r/job/sessions/7.0"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert not (folder / "token").exists()
