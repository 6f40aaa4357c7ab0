"""The end of the walltime in the middle of a search: signal, checkpoint, requeue, resume, done."""

import datetime
import re

import pytest

from tests.cluster.conftest import SLOWLY, User

pytestmark = pytest.mark.slow


@pytest.mark.timeout(900)
def test_the_search_goes_on_after_the_end_of_the_walltime(user: User) -> None:
    search = ("--trials", "2", "--epochs", "14", "--train-images", "64", "--scheduler", "none")
    job = user.submit("--hours", "0.5", *SLOWLY, search=search)
    job.wait(lambda: job.epochs > 0)
    # The end is set to so soon that the signal, a minute before it, comes in 5 to 35 seconds.
    end = datetime.datetime.now() + datetime.timedelta(seconds=65)
    user.lab.run("scontrol", "update", f"JobId={job.number}", f"EndTime={end:%Y-%m-%dT%H:%M:%S}")
    job.wait(lambda: "Requeued" in job.story)
    stopped = {number: trial["epochs"][-1] for number, trial in job.trials.items() if trial["epochs"]}
    job.wait(lambda: user.lab.run("squeue", "-h", "-j", job.number, "-o", "%T") == "PENDING")
    user.lab.run("scontrol", "update", f"JobId={job.number}", "TimeLimit=30")
    job.finish()

    job.check_whole(2)
    assert all(trial["epochs"] == [*range(1, 15)] for trial in job.trials.values())
    continued = [number for number, epoch in stopped.items() if epoch < 14]
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
