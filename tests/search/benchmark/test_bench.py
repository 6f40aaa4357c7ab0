"""The table of ways to search."""

import math
from pathlib import Path

import numpy as np
import pytest

from search.algorithm.schedulers import SCHEDULERS
from search.benchmark import bench
from search.benchmark.bench import RIVALS
from tests.search.benchmark.conftest import points, write


def test_bench_prints_a_row_for_each_strategy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bench.bench(write(tmp_path, points(20, 9)), trials=8, seeds=2)
    out, err = capsys.readouterr()
    assert "2 seeds" in out
    assert out.count("\ntpe, ours  ") == 2  # the recording, and the ranks
    assert "made: random, ours" in err
    assert "nan" not in out


def test_equals_share_their_rank() -> None:
    numbers = np.array([[0.2, 5.0], [0.1, math.nan], [0.2, 4.0]])
    np.testing.assert_array_equal(bench._ranks(numbers), [[2.5, 2], [1, math.nan], [2.5, 1]])


def test_every_scheduler_takes_part() -> None:
    assert {strategy.scheduler for strategy in RIVALS} == set(SCHEDULERS)


def test_the_command_needs_curves_and_knows_no_flag_of_a_search(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, message in (([], "--curves"), (["--curves", "x", "--epochs", "3"], "--epochs")):
        with pytest.raises(SystemExit) as stop:
            bench.main(arguments)
        assert stop.value.code == 2
        assert message in capsys.readouterr().err
    assert bench.main(["--curves", str(tmp_path)]) == 1
    assert "no recorded curves" in capsys.readouterr().err
