"""The executor on Ray: the same trials as in one process, warm workers, and nobody else at its ports."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.search.conftest import Call, Start, curves, descendants, without_order

SMALL = ["--trials", "5", "--epochs", "4", "--train-images", "64"]
RUNS = Path("runs/cifar_residual")


def test_ray_and_local_come_to_the_same_trials(call: Call) -> None:
    """With one trial at a time: the same numbers, parameters, values and states."""
    assert call(*SMALL, "--local", "--name", "local") == 0
    assert call(*SMALL, "--concurrent", "1", "--name", "ray") == 0
    assert curves(RUNS / "ray") == curves(RUNS / "local")


@pytest.mark.slow
def test_with_two_at_a_time_each_curve_is_that_of_its_configuration_alone(call: Call) -> None:
    assert call(*SMALL, "--concurrent", "2", "--name", "two") == 0
    trials = curves(RUNS / "two")
    assert len(trials) == 5
    trial = max(trials[1:], key=lambda trial: len(trial["epochs"]))
    arguments = [f"--set={name}={value}" for name, value in trial["params"].items()]
    alone = ["--trials", "1", *SMALL[2:], "--concurrent", "2", "--name", "alone"]
    assert call(*alone, *arguments, tiny=False) == 0
    (single,) = curves(RUNS / "alone")
    assert without_order(trial) == {epoch: single["epochs"][epoch] for epoch in trial["epochs"]}


@pytest.mark.slow
def test_a_stale_file_of_a_dead_ray_does_no_harm(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = Path("/tmp/ray/ray_current_cluster")
    if stale.exists():
        pytest.skip("a Ray of somebody else is on this machine")
    stale.parent.mkdir(exist_ok=True)
    stale.write_text("127.0.0.1:1")
    try:
        assert call("--trials", "1", *SMALL[2:], "--name", "r") == 0
    finally:
        stale.unlink()


@pytest.mark.slow
def test_others_cannot_use_its_ports(start: Start, tmp_path: Path) -> None:
    search = start("--trials", "40", *SMALL[2:], "--name", "r")
    _wait_for(tmp_path / RUNS / "r/checkpoints/trial-00000.npz")
    address = _gcs_address(search.pid)
    assert not [line for line in descendants(search.pid).values() if "autoscaler" in line]
    program = f"import ray; ray.init(address='{address}', log_to_driver=False); print('inside')"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    output = tmp_path / "said"
    with output.open("w") as stream:
        other = subprocess.Popen(
            [sys.executable, "-c", program], env=environment, stdout=stream, stderr=stream
        )
    until = time.monotonic() + 60
    # Ray tries again and again; one refusal is enough.
    while other.poll() is None and "InvalidAuthToken" not in output.read_text() and time.monotonic() < until:
        time.sleep(0.2)
    other.kill()
    other.wait()
    assert "InvalidAuthToken" in output.read_text()
    assert "inside" not in output.read_text()
    assert search.poll() is None


def _wait_for(file: Path, seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not file.exists():
        assert time.monotonic() < until, f"{file} did not come"
        time.sleep(0.1)


def _gcs_address(driver: int) -> str:
    """Return where the Ray listens that a driver has started."""
    raylet = next(line for line in descendants(driver).values() if "/raylet " in line)
    return next(word for word in raylet.split() if word.startswith("--gcs-address=")).partition("=")[2]
