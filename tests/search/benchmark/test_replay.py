"""Recorded curves are read with care, and replaying them is the rule on a simulated clock."""

import gzip
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from search.algorithm.halving import promotable
from search.algorithm.rule import Rule
from search.algorithm.trial import OBJECTIVE, Trial, best
from search.benchmark import replay
from search.benchmark.curves import BadCurves, Recording, read
from search.benchmark.replay import OURS, RIVALS, Replay, Strategy, bench

RANDOM = Strategy("random", "random", eta=3, rungs=3)
CURVES = Path(__file__).parents[4] / "shared" / "assets" / "curves"


def points(number: int = 60, epochs: int = 18) -> list[dict[str, Any]]:
    """Return points as Klein et al. wrote them: the error falls deeper where x and y are small."""
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(number):
        x, y = rng.random(2)
        floor = 0.1 + 0.5 * x + 0.2 * y
        error = floor + (0.95 - floor) * np.exp(-np.arange(1, epochs + 1) / (1 + 5 * x))
        times = np.arange(1, epochs + 1) * (1 + 2 * y)
        config = {"x": x, "y": 10 ** (-4 * y)}
        rows.append({"config": config, "learning_curve": error.tolist(), "time_steps": times.tolist()})
    return rows


def write(folder: Path, rows: list[dict[str, Any]], name: str = "made.jsonl.gz") -> Path:
    with gzip.open(folder / name, "wt") as file:
        file.write("\n".join(map(json.dumps, rows)))
    return folder


@pytest.fixture(name="recording")
def _recording(tmp_path: Path) -> Recording:
    return read(write(tmp_path, points()))[0]


def replayed(
    recording: Recording, strategy: Strategy, trials: int = 30, workers: int = 2, seed: int = 1
) -> Replay:
    replay = Replay(recording, strategy, trials=trials, workers=workers, seed=seed)
    replay.advance()
    return replay


def test_klein_is_read_as_accuracy_and_seconds_of_each_epoch(recording: Recording) -> None:
    row = points()[7]
    np.testing.assert_allclose(recording.curves[7], 1 - np.array(row["learning_curve"]))
    np.testing.assert_allclose(recording.seconds[7].cumsum(), row["time_steps"])
    assert recording.params[7] == row["config"]
    assert recording.name == "made"
    assert [each.log for each in recording.space.values()] == [False, True]


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


def test_the_nearest_unused_point_is_found_and_none_twice(recording: Recording) -> None:
    wish = recording.params[5] | {"x": recording.params[5]["x"] + 1e-6}
    assert recording.nearest(wish, ()) == 5
    assert recording.nearest(wish, [5]) != 5
    for strategy in (OURS, RANDOM):
        used = replayed(recording, strategy, trials=1000).points
        assert sorted(used) == list(range(60))


@pytest.mark.parametrize("strategy", RIVALS, ids=lambda each: each.name)
def test_the_same_seed_gives_the_same_search_and_another_another(
    recording: Recording, strategy: Strategy
) -> None:
    first, again, other = (replayed(recording, strategy, seed=seed) for seed in (1, 1, 2))
    assert first.rule.trials == again.rule.trials
    assert first.clock == again.clock
    assert first.points != other.points


def test_what_is_returned_by_half_time_does_not_depend_on_when_one_looks(recording: Recording) -> None:
    whole = replayed(recording, RANDOM)
    looked = Replay(recording, RANDOM, trials=30, workers=2, seed=1)
    for part in range(1, 50):
        looked.advance(whole.clock * part / 40)
        assert looked.clock <= whole.clock * part / 40 + 1e-9
    assert looked.rule.trials == whole.rule.trials


def test_one_worker_comes_to_what_driving_the_rule_by_hand_comes_to(recording: Recording) -> None:
    replay = replayed(recording, OURS, workers=1)
    points: list[int] = []
    asked = Replay(recording, OURS, trials=30, workers=1, seed=1)

    def propose(trials: list[Trial]) -> dict[str, float]:
        points.append(asked._point(trials))
        asked.points.append(points[-1])
        return recording.params[points[-1]]

    rule = Rule([], target=30, levels=OURS.levels(18), eta=OURS.eta, propose=propose, compiled=str)
    while trial := rule.next():
        goes_on = True
        while goes_on:
            at = (points[trial.number], trial.epoch)
            metrics = {OBJECTIVE: recording.curves[at], "seconds": recording.seconds[at], "images": 0.0}
            goes_on = rule.report(trial, trial.epoch + 1, metrics)
    assert replay.rule.trials == rule.trials
    assert best(rule.trials) == best(replay.rule.trials)


def test_simulated_time_is_the_epochs_seconds_shared_by_the_workers(recording: Recording) -> None:
    alone = replayed(recording, RANDOM, workers=1)
    assert alone.clock == pytest.approx(sum(trial.seconds for trial in alone.rule.trials))
    plain = Strategy("plain", "random", rungs=1)
    two = replayed(recording, plain, trials=3)
    lengths = [recording.seconds[point].sum() for point in two.points]
    assert two.clock == pytest.approx(max(max(lengths[:2]), min(lengths[:2]) + lengths[2]))


def test_a_curve_that_diverges_fails_its_trial_and_the_search_goes_on(tmp_path: Path) -> None:
    rows = points()
    for row in rows[::3]:
        row["learning_curve"][3:] = [math.nan] * 15
    recording = read(write(tmp_path, rows))[0]
    for strategy in RIVALS:
        replay = replayed(recording, strategy, trials=60)
        failed = [trial for trial in replay.rule.trials if trial.state == "failed"]
        assert failed and all(trial.epoch == 4 and "nan" in trial.reason for trial in failed)
        assert len(replay.rule.trials) == 60
        assert replay.regret < recording.regret(None)


def test_whoever_passes_a_rung_was_among_its_best_third(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = []

    class Watched(Rule):
        def report(self, trial: Trial, epoch: int, metrics: dict[str, float]) -> bool:
            if trial.number and epoch - 1 in self.levels and len(self.trials) < self.target:
                there = [each.value_at(epoch - 1) for each in self.trials if epoch - 1 in each.epochs]
                better = sum(value > trial.value for value in there)
                passed.append((better + 1, len(there)))
            return super().report(trial, epoch, metrics)

    # One worker: no other trial can reach the rung between the promotion and the first epoch after it.
    monkeypatch.setattr("search.benchmark.replay.Rule", Watched)
    replay = replayed(recording, RANDOM, workers=1, trials=60)
    assert len(passed) > 5
    assert all(place <= there // 3 for place, there in passed)
    assert promotable(replay.rule.trials, (2, 6, 18), 3, last_call=True) is None


def test_stopping_ends_what_is_below_the_best_quarter_of_those_before_it(recording: Recording) -> None:
    strategy = Strategy("s", "random", eta=4, rungs=3, stopping=True)
    assert strategy.levels(18) == (1, 4, 18)
    replay = replayed(recording, strategy, workers=1, trials=40)
    for trial in replay.rule.trials:
        for level in (1, 4):
            before = [
                each.value_at(level) for each in replay.rule.trials[: trial.number] if level in each.epochs
            ]
            if level in trial.epochs and before:
                stopped = trial.value_at(level) < np.percentile(before, 75)
                assert stopped == (trial.epoch == level and trial.state == "stopped")


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
    "bomb.json.gz": (gzip.compress(b" " * (33 * 2**20)), "MB unzipped"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_named_with_what_would_be_valid(tmp_path: Path, name: str) -> None:
    content, why = DAMAGED[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadCurves, match=rf"{name} is damaged.*{why}.*valid are Klein") as caught:
        read(tmp_path)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("folder", ["", "missing"])
def test_without_curves_it_says_what_would_be_valid(tmp_path: Path, folder: str) -> None:
    with pytest.raises(BadCurves, match="no recorded curves in .*valid are Klein"):
        read(tmp_path / folder)


def test_bench_prints_a_row_for_each_strategy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench(write(tmp_path, points(20, 9)), trials=8, seeds=2) == 0
    out, err = capsys.readouterr()
    assert "2 seeds" in out
    assert out.count("\ntpe, ours  ") == 2  # the recording, and the ranks
    assert "made: random, ours" in err
    assert "nan" not in out


def test_equals_share_their_rank() -> None:
    numbers = np.array([[0.2, 5.0], [0.1, math.nan], [0.2, 4.0]])
    np.testing.assert_array_equal(replay._ranks(numbers), [[2.5, 2], [1, math.nan], [2.5, 1]])


@pytest.mark.skipif(not CURVES.is_dir(), reason="the recorded curves are not there: ../shared/assets/curves")
def test_the_published_recordings_can_be_searched() -> None:
    recordings = read(CURVES)
    assert [recording.curves.shape for recording in recordings] == [(265, 40), (1000, 50), (1000, 50)]
    for recording in recordings:
        replay = replayed(recording, RANDOM, trials=100)
        assert replay.regret < 0.6 * recording.regret(None)
