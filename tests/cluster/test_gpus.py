"""Trials that share GPUs. SLURM and Ray grant them as they would real ones; the devices are stand-ins."""

from collections import Counter

import pytest

from tests.cluster.conftest import User

pytestmark = pytest.mark.slow


@pytest.mark.timeout(900)
def test_two_trials_share_each_gpu_and_see_one(user: User) -> None:
    seen = user.folder / "seen"
    seen.mkdir()
    variables = ("--env", f"FAKE_GPU_SEEN={seen}")
    search = ("--trials", "4", "--epochs", "2", "--train-images", "64", "--gpus-per-trial", "0.5")
    flags = ("--gpus-per-node", "2", "--cpus-per-node", "4", "--hours", "0.5", *variables)
    job = user.submit(*flags, search=(*search, "--scheduler", "none"), nodes=1)
    job.finish()
    job.check_whole(4)
    assert "2 GPUs" in job.story
    devices = Counter(path.read_text() for path in seen.iterdir())
    assert devices["0"] == devices["1"] == 2, devices


@pytest.mark.timeout(900)
def test_a_node_without_its_gpus_ends_the_job_with_one_line(user: User) -> None:
    search = ("--trials", "1", "--epochs", "1")
    missing = user.folder / "bin"
    missing.mkdir()
    (missing / "nvidia-smi").write_text("#!/bin/sh\nexit 9\n")
    (missing / "nvidia-smi").chmod(0o755)
    path = user.call("sh", "-c", "echo $PATH").stdout.strip()
    flags = ("--gpus-per-node", "1", "--hours", "0.5", "--env", f"PATH={missing}:{path}")
    job = user.submit(*flags, search=search)
    job.finish()
    assert "Stopped: a node cannot do this search: node node" in job.story
    assert "nvidia-smi fails" in job.story
    assert not job.leftovers()
