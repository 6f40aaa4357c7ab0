"""Searches on both nodes of the lab: of two users at once, who do not disturb each other."""

import sys
from pathlib import Path

import pytest

from tests.cluster.conftest import Submitted, User, cannot_run
from tests.cluster.lab import Lab
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

# Asks a Ray for its nodes, with the token that the environment names.
VISITOR = """
import sys
from ray._raylet import GcsClient
print("sees", len(GcsClient(address=sys.argv[1]).get_all_node_info(timeout=20)), "nodes")
"""


def _other(lab: Lab, name: str) -> User:
    user = User(lab, name)
    readable = user.call(sys.executable, "-P", "-c", "import search")
    if readable.returncode:
        cannot_run(f"{name} cannot read {ROOT}: {readable.stderr.strip().splitlines()[-1]}")
    return user


def _visit(user: User, job: Submitted, **environment: str) -> str:
    variables = {"RAY_AUTH_MODE": "token", **environment}
    done = user.call(sys.executable, "-c", VISITOR, _address(job).read_text(), **variables)
    return done.stdout + done.stderr


def _address(job: Submitted) -> Path:
    return next(iter((job.run / "job/sessions").glob("*/address")), Path("none"))


@pytest.mark.timeout(900)
def test_two_users_search_on_the_same_nodes(lab: Lab) -> None:
    lab.revive()
    users = [_other(lab, name) for name in ("nobody", "daemon")]
    search = ("--trials", "4", "--epochs", "2", "--train-images", "256", "--scheduler", "none")
    held = lab.folder / "held"  # no epoch ends while we look at the jobs
    held.touch()
    jobs = [user.submit("--hours", "0.3", "--env", f"HOLD={held}", search=search) for user in users]
    for job in jobs:
        job.wait(lambda job=job: bool(job.trials))

    # Its owner reaches a job's Ray with the token; others cannot read it, and get no answer without it.
    token = _address(jobs[0]).with_name("token")
    assert token.stat().st_mode & 0o777 == 0o600
    assert token.stat().st_uid == users[0].entry.pw_uid
    token_of_another_job = _address(jobs[1]).with_name("token")
    assert "sees 2 nodes" in _visit(users[0], jobs[0], RAY_AUTH_TOKEN_PATH=str(token))
    assert "InvalidAuthToken" in _visit(users[1], jobs[0], RAY_AUTH_TOKEN_PATH=str(token_of_another_job))
    assert "InvalidAuthToken" in _visit(users[1], jobs[0], RAY_AUTH_MODE="disabled")
    assert "Permission denied" in users[1].call("cat", str(token)).stderr

    held.unlink()
    for job in jobs:
        job.finish()
        job.check_whole(4)
        assert "Done: Best of cifar_residual/r" in job.story
        hosts = {host for trial in job.trials.values() for host in trial["hosts"]}
        assert hosts == {"node1", "node2"}
        assert not job.leftovers()
    status = users[0].cluster("status", "cifar_residual/r")
    assert "8 epochs; segments: node1" in status
    assert "COMPLETED" in status
    assert "Best of cifar_residual/r" in users[0].cluster("logs", "cifar_residual/r")
    assert "cifar_residual/r" in users[0].cluster()
