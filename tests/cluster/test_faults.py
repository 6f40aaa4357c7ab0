"""What goes wrong on a cluster: a node dies, the user cancels. Nothing is lost, and nothing is left."""

import pytest

from tests.cluster.conftest import SLOWLY, User

pytestmark = pytest.mark.slow

SEARCH = ("--trials", "2", "--epochs", "6", "--train-images", "64", "--scheduler", "none")


@pytest.mark.timeout(900)
def test_the_search_goes_on_without_a_node_that_died(user: User) -> None:
    job = user.submit("--hours", "0.5", *SLOWLY, search=SEARCH)
    job.wait(lambda: any("node2" in trial["hosts"] for trial in job.trials.values()))
    lost = [number for number, trial in job.trials.items() if trial["hosts"][-1:] == ["node2"]]
    user.lab.kill_node(2)
    job.finish()
    job.check_whole(2)
    assert "Ray on node2 has ended" in job.story
    assert "Done: Best of" in job.story, job.logs()
    assert "start 2" not in job.story  # the job itself went on
    moved = [number for number in lost if job.trials[number]["hosts"][-1] == "node1"]
    assert moved, job.logs()


@pytest.mark.timeout(900)
def test_a_cancelled_job_leaves_no_process_and_a_run_that_goes_on(user: User) -> None:
    search = ("--trials", "2", "--epochs", "20", "--train-images", "64", "--scheduler", "none")
    job = user.submit("--hours", "0.5", *SLOWLY, search=search)
    job.wait(lambda: job.epochs > 1)
    assert "RUNNING on node[1-2]" in user.cluster("status", "cifar_residual/r")
    printed = user.cluster("cancel", "cifar_residual/r")
    assert "Resume with: python -m cluster submit -- --resume" in printed
    assert not job.active()
    assert "Cancelled after" in job.story
    assert not job.leftovers()
    before = job.epochs
    assert 0 < before < 40

    # In an allocation that the user has: salloc runs the command there, and no epoch is slow any more.
    start = ("python", "-m", "cluster", "start", "--", "--resume", "cifar_residual/r")
    done = user.call("salloc", "--nodes=2", "--ntasks-per-node=1", "--cpus-per-task=1", "--mem=4G", *start)
    assert done.returncode == 0, done.stdout + done.stderr
    job.check_whole(2)
    assert job.epochs == 40
    assert "Started in the allocation" in job.story
