"""The end of the walltime in the middle of a search: signal, checkpoint, requeue, resume, done."""

import datetime
import re

import pytest

from tests.cluster.conftest import User

pytestmark = pytest.mark.slow


@pytest.fixture
def user(lab: object, request: pytest.FixtureRequest) -> User:
    """A user with more images: the search is to be longer than SLURM needs to look at its clock."""
    lab.revive()  # type: ignore[attr-defined]
    return User(lab, "root", folder=request.node.name[:40], images=2000)  # type: ignore[arg-type]


@pytest.mark.timeout(600)
def test_the_search_goes_on_after_the_end_of_the_walltime(user: User) -> None:
    search = ("--trials", "5", "--epochs", "8", "--train-images", "2000", "--scheduler", "none")
    job = user.submit("--hours", "0.5", search=search)
    job.wait(lambda: job.epochs > 0)
    # The walltime is cut so that the time for the signal, a minute before the end, comes soon.
    start = datetime.datetime.fromisoformat(user.lab.run("squeue", "-h", "-j", job.number, "-o", "%S"))
    minutes = int((datetime.datetime.now() - start).total_seconds() / 60) + 2
    user.lab.run("scontrol", "update", f"JobId={job.number}", f"TimeLimit={minutes}")
    job.wait(lambda: "Requeued" in job.story)
    stopped = {number: trial["epochs"][-1] for number, trial in job.trials.items() if trial["epochs"]}
    job.wait(lambda: user.lab.run("squeue", "-h", "-j", job.number, "-o", "%T") == "PENDING")
    user.lab.run("scontrol", "update", f"JobId={job.number}", "TimeLimit=30")
    job.finish()

    job.check_whole(5)
    assert all(trial["epochs"] == [*range(1, 9)] for trial in job.trials.values())
    continued = [number for number, epoch in stopped.items() if epoch < 8]
    assert continued
    assert all(len(job.trials[number]["hosts"]) >= 2 for number in continued)
    story = re.sub(r"\d+ epochs", "N epochs", job.story)
    events = [
        "Submitted as job",
        "start 1, on node1 node2; N epochs",
        "Stopped after N epochs: the walltime ends",
    ]
    events += ["Requeued", "start 2, on node1 node2; N epochs", "Done: Best of"]
    places = [story.find(event) for event in events]
    assert -1 not in places and places == sorted(places), story
