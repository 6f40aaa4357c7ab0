"""kill -9 of the driver, again and again, and of a worker: the search comes to the same trials in the end."""

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.random_ends import KINDS, NUMBER, end_again_and_again
from tests.search.conftest import Call, Start, curves, descendants

SIZE = ["--trials", "9", "--epochs", "9", "--train-images", "128"]
RUNS = Path("runs/cifar_residual")

# A worker that notes every epoch it has trained. Defined in the program, so Ray takes it along by value.
COUNTING = """
from search.executors.ray_cluster import require_token

require_token()  # before Ray is imported, as the command does

import sys

from search import __main__
from search.executors import ray_tune


class Counting(ray_tune.Worker):
    def setup(self, config, plan, checkpoints):
        from search.runs import checkpoint

        save = checkpoint.save

        def counted(file, saved):
            save(file, saved)
            with open({log!r}, "a") as log:
                print(file.name, saved.record["epoch"], file=log)

        checkpoint.save = counted
        super().setup(config, plan, checkpoints)


ray_tune.Worker = Counting
sys.exit(__main__.main())
"""


@pytest.mark.slow
@pytest.mark.timeout(7200)  # a limit for what hangs; a busy machine needs an hour
def test_killed_ten_times_it_comes_to_the_same_trials_and_trains_nothing_twice(
    call: Call, start: Start, tmp_path: Path
) -> None:
    assert call(*SIZE, "--concurrent", "1", "--name", "whole") == 0
    log, program, finished = tmp_path / "epochs", tmp_path / "counting.py", []
    log.touch()
    program.write_text(COUNTING.format(log=str(log)))
    chance, arguments = random.Random(0), [*SIZE, "--concurrent", "1", "--name", "killed"]
    total = sum(len(trial["epochs"]) for trial in curves(RUNS / "whole"))
    moments = sorted(chance.sample(range(1, total - 1), 10))
    for moment in moments:
        process = start(*arguments, program=(str(program),))
        _wait_until(lambda m=moment: len(log.read_text().splitlines()) >= m, process)  # type: ignore[misc]
        time.sleep(chance.random() / 10)
        process.kill()
        process.wait()
        finished.append(len(log.read_text().splitlines()))
        arguments = ["--resume", "cifar_residual/killed"]
    assert start(*arguments, program=(str(program),)).wait() == 0
    assert curves(RUNS / "killed") == curves(RUNS / "whole")
    trained = log.read_text().splitlines()
    assert len(set(trained)) == total <= len(trained) <= total + len(moments)
    for before in finished:  # an epoch in flight may be finished twice: by a worker that outlives the driver
        assert not set(trained[:before]) & set(trained[before:])


GROWN = """
from search.executors.ray_cluster import require_token

require_token()

import os
import sys

from search import __main__
from search.executors import ray_tune


class Grown(ray_tune.Worker):
    def grown(self):
        with open({log!r}, "a") as log:
            print(os.getpid(), self.training_iteration, file=log)
        return self.training_iteration > 0


ray_tune.Worker = Grown
sys.exit(__main__.main())
"""


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_worker_that_has_grown_is_replaced(call: Call, start: Start, tmp_path: Path) -> None:
    small = ["--trials", "4", "--epochs", "2", "--train-images", "64", "--concurrent", "1"]
    assert call(*small, "--name", "whole") == 0
    log, program = tmp_path / "workers", tmp_path / "grown.py"
    program.write_text(GROWN.format(log=str(log)))
    assert start(*small, "--name", "grown", program=(str(program),)).wait() == 0
    assert curves(RUNS / "grown") == curves(RUNS / "whole")
    assert len({line.split()[0] for line in log.read_text().splitlines()}) >= 4


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_trial_of_a_killed_worker_goes_on_elsewhere(call: Call, start: Start, tmp_path: Path) -> None:
    assert call(*SIZE, "--concurrent", "1", "--name", "whole") == 0
    process = start(*SIZE, "--concurrent", "1", "--name", "killed")
    _wait_until(lambda: (RUNS / "killed/checkpoints/trial-00000.npz").exists(), process)
    workers: list[int] = []

    def found() -> bool:  # its title is being changed now and then
        below = descendants(process.pid).items()
        workers[:] = [number for number, line in below if line.startswith(("ray::Res", "ray::Worker"))]
        return bool(workers)

    _wait_until(found, process)
    os.kill(*workers, signal.SIGKILL)
    assert process.wait() == 0
    assert curves(RUNS / "killed") == curves(RUNS / "whole")


def _wait_until(condition: object, process: object) -> None:
    """Wait for as long as the process lives: Ray takes minutes to start on a busy machine."""
    while not condition():  # type: ignore[operator]
        assert process.poll() is None, process.communicate()[0]  # type: ignore[attr-defined]
        time.sleep(0.01)


@pytest.mark.slow
@pytest.mark.skipif(not NUMBER, reason="CNN_SEARCH_RANDOM_ENDS=N: so many ends, a quarter of a minute each")
@pytest.mark.timeout(14400)  # a limit for what hangs; a busy machine needs an hour
@pytest.mark.parametrize("kinds", [("TERM",), KINDS])
def test_whatever_ends_it_at_random_moments_it_comes_to_the_same_trials(
    start: Start, kinds: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    size = ["--trials", "4", "--epochs", "4", "--train-images", "64", "--concurrent", "1"]
    began, whole = time.monotonic(), start(*size, "--name", "whole")
    assert whole.wait() == 0

    def begin(number: int) -> "subprocess.Popen[str]":
        name = f"ended-{number}"
        return (
            start("--resume", f"cifar_residual/{name}")
            if ready(number).exists()
            else start(*size, "--name", name)
        )

    def ready(number: int) -> Path:
        return RUNS / f"ended-{number}" / "run.json"

    for number in range(end_again_and_again(begin, ready, kinds, time.monotonic() - began, NUMBER)):
        assert curves(RUNS / f"ended-{number}") == curves(RUNS / "whole")
