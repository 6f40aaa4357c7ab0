"""Recorded curves are read with care, and replaying them is the rule on a simulated clock."""

import math
from pathlib import Path

import pytest

from search.algorithm.pool import Pool
from search.algorithm.schedulers import halving
from search.algorithm.schedulers.halving import Halving, promotable
from search.algorithm.trial import OBJECTIVE, Trial
from search.benchmark.bench import OURS, RIVALS
from search.benchmark.curves import Recording, read
from search.benchmark.replay import Replay, Strategy
from tests.search.benchmark.conftest import points, write

RANDOM = Strategy("random", "random")
CURVES = Path(__file__).parents[4] / "shared" / "assets" / "curves"


def replayed(
    recording: Recording, strategy: Strategy, trials: int = 30, workers: int = 2, seed: int = 1
) -> Replay:
    replay = Replay(recording, strategy, trials=trials, workers=workers, seed=seed)
    replay.advance()
    return replay


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
    assert first.scheduler.pool.trials == again.scheduler.pool.trials
    assert first.clock == again.clock
    assert first.points != other.points


def test_what_is_returned_by_half_time_does_not_depend_on_when_one_looks(recording: Recording) -> None:
    whole = replayed(recording, RANDOM)
    looked = Replay(recording, RANDOM, trials=30, workers=2, seed=1)
    for part in range(1, 50):
        looked.advance(whole.clock * part / 40)
        assert looked.clock <= whole.clock * part / 40 + 1e-9
    assert looked.scheduler.pool.trials == whole.scheduler.pool.trials


def test_one_worker_comes_to_what_driving_the_rule_by_hand_comes_to(recording: Recording) -> None:
    replay = replayed(recording, OURS, workers=1)
    points: list[int] = []
    asked = Replay(recording, OURS, trials=30, workers=1, seed=1)

    def suggest(trials: list[Trial]) -> dict[str, float]:
        points.append(asked._point(trials))
        asked.points.append(points[-1])
        return recording.params[points[-1]]

    pool = Pool([], target=30, epochs=18, suggest=suggest, compiled=str)
    scheduler = halving.make(pool, **halving.settings(18))
    while trial := scheduler.next():
        goes_on = True
        while goes_on:
            at = (points[trial.number], trial.epoch)
            metrics = {OBJECTIVE: recording.curves[at], "seconds": recording.seconds[at], "images": 0.0}
            goes_on = scheduler.report(trial, trial.epoch + 1, metrics)
    assert replay.scheduler.pool.trials == pool.trials
    assert scheduler.best == replay.scheduler.best


def test_simulated_time_is_the_epochs_seconds_shared_by_the_workers(recording: Recording) -> None:
    alone = replayed(recording, RANDOM, workers=1)
    assert alone.clock == pytest.approx(sum(trial.seconds for trial in alone.scheduler.pool.trials))
    plain = Strategy("plain", "random", "none")
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
        failed = [trial for trial in replay.scheduler.pool.trials if trial.state == "failed"]
        assert failed and all(trial.epoch == 4 and "nan" in trial.reason for trial in failed)
        assert len(replay.scheduler.pool.trials) == 60
        assert replay.regret < recording.regret(None)


def test_whoever_passes_a_rung_was_among_its_best_third(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = []

    class Watched(Halving):
        def report(self, trial: Trial, epoch: int, metrics: dict[str, float]) -> bool:
            if trial.number and epoch - 1 in self.rungs and not self.pool.full:
                there = [trial.value_at(epoch - 1) for trial in self.pool.trials if epoch - 1 in trial.epochs]
                better = sum(value > trial.value for value in there)
                passed.append((better + 1, len(there)))
            return super().report(trial, epoch, metrics)

    # One worker: no other trial can reach the rung between the promotion and the first epoch after it.
    monkeypatch.setattr(halving, "Halving", Watched)
    replay = replayed(recording, RANDOM, workers=1, trials=60)
    assert len(passed) > 5
    assert all(place <= there // 3 for place, there in passed)
    assert promotable(replay.scheduler.pool.trials, (2, 6, 18), 3, last_call=True) is None


@pytest.mark.skipif(not CURVES.is_dir(), reason="the recorded curves are not there: ../shared/assets/curves")
def test_the_published_recordings_can_be_searched() -> None:
    recordings = read(CURVES)
    assert [recording.curves.shape for recording in recordings] == [(265, 40), (1000, 50), (1000, 50)]
    for recording in recordings:
        replay = replayed(recording, RANDOM, trials=100)
        assert replay.regret < 0.6 * recording.regret(None)
