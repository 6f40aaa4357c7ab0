"""Slow: a SLURM job of two nodes whose every step runs in the image, with a requeue in the middle."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.conftest import User, running_lab
from tests.conftest import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture
def user(image: Path, lab: Path) -> Iterator[User]:
    """Root, who submits to a SLURM of two nodes. Their `apptainer` is the one of the Apptainer lab."""
    with running_lab() as slurm:
        program = slurm.folder / "bin" / "apptainer"
        program.write_text(
            "#!/bin/sh\n"
            f'echo "$*" >> {slurm.folder}/steps\n'
            f'APPTAINER_LAB={lab} APPTAINER_AS_ROOT=1 exec {ROOT}/tests/singularity/apptainer "$@"\n'
        )
        program.chmod(0o755)
        yield User(slurm, "root", images=4096)


@pytest.mark.timeout(1800)
def test_every_step_of_a_requeued_job_runs_in_the_image(user: User, image: Path) -> None:
    # The prepared data are where the job's variable says; nothing of this project is in the image's sight.
    search = ("--trials", "2", "--epochs", "12", "--train-images", "2048", "--scheduler", "none")
    job = user.submit("--hours", "0.5", "--image", str(image), search=search, slow=False)
    job.wait(lambda: job.epochs > 1)
    user.lab.run("scancel", "--batch", "--signal=USR1", job.number)  # what SLURM sends before the end
    job.wait(lambda: "Requeued" in job.story)
    trained = job.epochs
    assert trained < 24
    job.finish()

    job.check_whole(2)
    assert job.epochs == 24
    assert "start 2, on node1 node2" in job.story
    assert "Done: Best of cifar_residual/r" in job.story
    assert {host for trial in job.trials.values() for host in trial["hosts"]} == {"node1", "node2"}
    steps = (user.lab.folder / "steps").read_text().splitlines()
    for module in (
        "cluster.node check",
        "cluster.node ray",
        "search.executors.ready",
        "search cifar_residual",
    ):
        assert any(f"{image} python -P -m {module}" in step for step in steps), module
    assert not job.leftovers()
