"""A cluster of two nodes, of which one dies: the search goes on on the other, and loses nothing."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.search.conftest import Start, curves

RUN = Path("runs/cifar_residual/r")


@pytest.fixture
def cluster() -> Iterator[Any]:
    """Two Ray nodes of one core each, as processes on this machine."""
    # Imported here: a Ray that is loaded before the other tests begin theirs does not know their tokens.
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    made.add_node(num_cpus=1)
    made.wait_for_nodes()
    yield made
    made.shutdown()


def _wait(until: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.slow
def test_the_trial_of_a_node_that_died_goes_on_from_its_checkpoint(
    start: Start, cluster: Any, tmp_path: Path
) -> None:
    arguments = ["--trials", "3", "--epochs", "12", "--train-images", "256", "--name", "r"]
    search = start(*arguments, "--address", cluster.address)
    saved = tmp_path / RUN / "checkpoints"
    _wait(lambda: all((saved / f"trial-0000{number}.npz").exists() for number in (0, 1)))
    assert search.poll() is None
    (other,) = cluster.worker_nodes
    cluster.remove_node(other, allow_graceful=False)
    output, _ = search.communicate(timeout=250)
    assert search.returncode == 0, output
    trials = curves(tmp_path / RUN)
    assert [trial["state"] for trial in trials].count("failed") == 0, output
    assert len(trials) == 3
    for trial in trials:
        assert list(trial["epochs"]) == list(range(1, len(trial["epochs"]) + 1))
