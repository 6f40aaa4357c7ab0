"""Recorded learning curves: what is read of them, and what is refused."""

import gzip
import json
import math
import os
from pathlib import Path

import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution, IntDistribution

from search.benchmark.curves import BadCurves, Recording, read
from search.benchmark.layouts import text_of
from tests.search.benchmark.conftest import points


def test_klein_is_read_as_accuracy_and_seconds_of_each_epoch(recording: Recording) -> None:
    row = points()[7]
    np.testing.assert_allclose(recording.curves[7], 1 - np.array(row["learning_curve"]))
    np.testing.assert_allclose(recording.seconds[7].cumsum(), row["time_steps"])
    assert recording.params[7] == row["config"]
    assert recording.name == "made"
    assert [value.log for value in recording.space.values()] == [False, True]


def test_taskset_is_read_as_negative_loss_without_the_step_before_training(tmp_path: Path) -> None:
    losses = [[0.7, 0.5, 0.4], [0.7, 9.0, math.nan], [0.7, 0.6, 0.6]]
    rates = (1e-4, 1e-2, 1e-1)
    listed = [
        {"hp": {"learning_rate": rate, "beta1": 1 - rate}, "valid": {"loss": loss}}
        for rate, loss in zip(rates, losses, strict=True)
    ]
    with gzip.open(tmp_path / "taskset_x.json.gz", "wt") as file:
        json.dump(listed, file)
    recording = read(tmp_path)[0]
    np.testing.assert_array_equal(recording.curves, [[-0.5, -0.4], [-9.0, math.nan], [-0.6, -0.6]])
    assert recording.full_seconds == 2
    assert recording.params[0]["1-beta1"] == pytest.approx(1e-4)
    assert [recording.regret(point) for point in (0, 1, 2, None)] == pytest.approx([0, 0.1, 0.1, 0.1])


def taskset(*points: str) -> bytes:
    listed = (
        f'{{"hp": {{"a": {rate}}}, "valid": {{"loss": {loss}}}}}' for rate, loss in map(str.split, points)
    )
    return gzip.compress(f"[{','.join(listed)}]".encode())


WHOLE = taskset("1 [0,1]", "2 [0,1]")
DAMAGED = {
    "cut.json.gz": (WHOLE[:-12], "EOFError"),
    "flipped.json.gz": (WHOLE[:10] + b"\xff" + WHOLE[11:], "invalid"),
    "plain.jsonl.gz": (b"{}", "gzipped"),
    "bytes.json.gz": (gzip.compress(b"\xff\xfe"), "decode"),
    "text.json.gz": (gzip.compress(b"curves"), "JSONDecodeError"),
    "empty.json.gz": (taskset(), "IndexError"),
    "other.jsonl.gz": (WHOLE, "TypeError"),
    "deep.json.gz": (gzip.compress(b"[" * 100_000), "recursion"),
    "ragged.json.gz": (taskset("1 [0,1]", "2 [0,1,1]"), "ValueError"),
    "short.json.gz": (taskset("1 [0]", "2 [0]"), "one length"),
    "nan.json.gz": (taskset("NaN [0,1]", "1 [0,1]", "2 [0,1]"), "not a number"),
    "diverged.json.gz": (taskset("1 [0,NaN]", "2 [0,Infinity]"), "came to an end"),
    "same.json.gz": (taskset("1 [0,1]", "1 [0,2]"), "the same"),
    "huge.json.gz": (taskset(f"1{'0' * 400} [0,1]"), "OverflowError"),
    "lcbench.json": (b'{"a": {"0": {"config": {"x": 1}, "log": {}}}}', "KeyError"),
    "array.json": (b'{"a": 3}', "AttributeError"),
    "outside.json.gz": (gzip.compress(b'{"space": {}, "points": [{}]}'), "KeyError"),
    "vast.json.gz": (taskset("1 [0,1.7e308]", "2 [0,-1.7e308]"), "beyond 1e\\+100"),
    "wide.json.gz": (taskset("1.7e308 [0,1]", "-1.7e308 [0,1]"), "beyond 1e\\+100"),
    "bomb.json.gz": (gzip.compress(b" " * (129 * 2**20)), "MB unzipped"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_named_with_what_would_be_valid(tmp_path: Path, name: str) -> None:
    content, why = DAMAGED[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadCurves, match=rf"{name} is damaged.*{why}.*valid are Klein") as caught:
        read(tmp_path)
    assert len(str(caught.value)) < 600


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json.gz")
    with pytest.raises(BadCurves, match="not a regular file"):
        read(tmp_path)


@pytest.mark.parametrize("folder", ["", "missing"])
def test_without_curves_it_says_what_would_be_valid(tmp_path: Path, folder: str) -> None:
    with pytest.raises(BadCurves, match="no recorded curves in .*valid are Klein"):
        read(tmp_path / folder)


def test_lcbench_is_read_without_the_value_before_training_and_the_repeated_last(tmp_path: Path) -> None:
    points = {
        str(number): {
            "config": {"learning_rate": rate, "optimizer": "SGD", "epochs": 3},
            "log": {"Train/val_accuracy": [10.0, 50.0 + number, 60.0, 60.0], "time": [1.0, 3.0, 6.0, 6.1]},
            "results": {},
        }
        for number, rate in enumerate((1e-4, 1e-1))
    }
    (tmp_path / "lcbench.json").write_text(json.dumps({"adult": points, "higgs": points}))
    adult, higgs = read(tmp_path)
    assert (adult.name, higgs.name) == ("adult", "higgs")
    assert list(adult.space) == ["learning_rate"], "what is the same for all points is not searched"
    np.testing.assert_array_equal(adult.curves, [[50, 60], [51, 60]])
    np.testing.assert_array_equal(adult.seconds, [[2, 3], [2, 3]])


def test_what_is_written_is_read_again_with_its_choices(tmp_path: Path) -> None:
    space = {"depth": IntDistribution(1, 3), "norm": CategoricalDistribution(["none", "batch"])}
    rows = [
        ({"depth": 1, "norm": "none"}, np.array([0.1, 0.2]), np.array([1.0, 2.0])),
        ({"depth": 3, "norm": "batch"}, np.array([0.3, 0.4]), np.array([3.0, 4.0])),
    ]
    (tmp_path / "own.json.gz").write_bytes(gzip.compress(text_of(space, rows).encode()))
    recording = read(tmp_path)[0]
    assert (recording.name, dict(recording.space)) == ("own", space)
    assert recording.params == [rows[0][0], rows[1][0]]
    np.testing.assert_array_equal(recording.curves, [[0.1, 0.2], [0.3, 0.4]])
    assert recording.nearest({"depth": 2, "norm": "batch"}, ()) == 1
