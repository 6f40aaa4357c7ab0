"""A job that SLURM starts again: asked for by hand, preempted by another job, or without its first node."""

import pytest

from tests.cluster.conftest import SLOWLY, Submitted, User

pytestmark = pytest.mark.slow

EPOCHS = 8
SEARCH = ("--trials", "2", "--epochs", str(EPOCHS), "--train-images", "64", "--scheduler", "none")


def _submitted(user: User) -> Submitted:
    """A search in the middle of its trials, on both nodes."""
    job = user.submit("--hours", "0.5", *SLOWLY, search=SEARCH)
    job.wait(lambda: sum(len(trial["epochs"]) > 0 for trial in job.trials.values()) == 2)
    return job


def _check(job: Submitted) -> None:
    job.finish()
    job.check_whole(2)
    assert job.epochs == 2 * EPOCHS
    assert "start 2, on node1 node2" in job.story
    assert "Done: Best of cifar_residual/r" in job.story, job.logs()
    assert not job.leftovers()


@pytest.mark.timeout(900)
def test_a_job_that_is_requeued_by_hand_goes_on(user: User) -> None:
    job = _submitted(user)
    user.lab.run("scontrol", "requeue", job.number)
    _check(job)


@pytest.mark.timeout(900)
def test_a_preempted_job_finishes_its_epochs_and_goes_on(user: User) -> None:
    job = _submitted(user)
    urgent = (
        "sbatch",
        "--partition=urgent",
        "--nodes=2",
        "--exclusive",
        "--output=/dev/null",
        "--wrap=sleep 3",
    )
    assert user.call(*urgent).returncode == 0
    job.wait(lambda: "Stopped after" in job.story)
    assert "SLURM has sent TERM" in job.story
    _check(job)
    assert "Requeued" in job.story


@pytest.mark.timeout(900)
def test_a_job_whose_first_node_died_goes_on(user: User) -> None:
    job = _submitted(user)
    user.lab.kill_node(1)  # with the job script, the head of Ray and the search
    user.lab.wait(
        lambda: user.lab.run("squeue", "-h", "-j", job.number, "-o", "%T") == "PENDING", 200, "lives"
    )
    user.lab.start_node(1)
    _check(job)
    assert "node1 has died" in job.story
