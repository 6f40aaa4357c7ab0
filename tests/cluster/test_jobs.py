"""Several short jobs one after another, instead of one long one."""

import pytest

from tests.cluster.conftest import SLOWLY, User

pytestmark = pytest.mark.slow


@pytest.mark.timeout(900)
def test_the_next_of_several_jobs_goes_on_and_the_rest_is_not_needed(user: User) -> None:
    search = ("--trials", "2", "--epochs", "6", "--train-images", "64", "--scheduler", "none")
    job = user.submit("--hours", "0.5", "--jobs", "3", *SLOWLY, search=search)
    job.wait(lambda: job.epochs > 0)
    # What SLURM sends before the end of the walltime; test_walltime.py waits for SLURM itself.
    # (scancel does it, and exits with an error, where one of several jobs is named.)
    user.lab.run("scancel", "--batch", "--signal=USR1", f"{job.number}_1", check=False)
    job.finish()
    job.check_whole(2)
    assert job.epochs == 12
    assert "The next of the jobs goes on" in job.story
    assert job.story.count("start 1, on node1 node2") == 2
    assert "Done: Best of" in job.story, job.logs()
    states = user.lab.run("squeue", "-h", "-j", job.number, "-t", "all", "-o", "%T")
    assert "CANCELLED" in states  # the third
