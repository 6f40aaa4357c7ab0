"""Searches on both nodes of the lab: of two users at once, who do not disturb each other."""

import os
import sys
from pathlib import Path

import pytest

from tests.cluster.conftest import Submitted, User, cannot_run
from tests.cluster.lab import Lab
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

# Calls another user's Ray, with the token of that file or with one of its own.
INTRUDER = """
import ray, sys
ray.init(address=sys.argv[1], log_to_driver=False, logging_level="CRITICAL")
print("connected to", len(ray.nodes()), "nodes")
"""


def _other(lab: Lab, name: str) -> User:
    user = User(lab, name)
    readable = user.call(sys.executable, "-P", "-c", "import search")
    if readable.returncode:
        cannot_run(f"{name} cannot read {ROOT}: {readable.stderr.strip().splitlines()[-1]}")
    return user


def _address(job: Submitted) -> Path:
    return next(iter((job.run / "job/sessions").glob("*/address")), Path("none"))


@pytest.mark.timeout(600)
def test_two_users_search_on_the_same_nodes(lab: Lab) -> None:
    lab.revive()
    users = [_other(lab, name) for name in ("nobody", "daemon")]
    search = ("--trials", "6", "--epochs", "3", "--train-images", "256", "--scheduler", "none")
    jobs = [user.submit("--hours", "0.3", search=search) for user in users]
    jobs[0].wait(lambda: jobs[0].epochs > 0)

    # The other's Ray is refused: its token cannot be read, and without it nothing is answered.
    token = _address(jobs[0]).with_name("token")
    assert token.stat().st_mode & 0o777 == 0o600
    address = os.fsdecode(_address(jobs[0]).read_bytes())
    own = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0" * 64}
    for environment in (own, {"RAY_AUTH_MODE": "disabled"}, {**own, "RAY_AUTH_TOKEN_PATH": str(token)}):
        probe = users[1].call("timeout", "60", sys.executable, "-c", INTRUDER, address, **environment)
        assert "connected" not in probe.stdout
        assert probe.returncode != 0

    for job in jobs:
        job.finish()
        job.check_whole(6)
        assert "Done: Best of cifar_residual/r" in job.story
        hosts = {host for trial in job.trials.values() for host in trial["hosts"]}
        assert hosts == {"node1", "node2"}
    assert not lab.processes("cnn-job-")
    assert not list(Path("/tmp").glob("cnn-job-*"))
    status = users[0].cluster("status", "cifar_residual/r")
    assert "18 epochs; segments: node1" in status
    assert "COMPLETED" in status
    assert "Best of cifar_residual/r" in users[0].cluster("logs", "cifar_residual/r")
    assert "cifar_residual/r" in users[0].cluster()
