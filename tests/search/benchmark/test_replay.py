"""Replaying recorded curves is the rule on a simulated clock."""

import math
import sys
from pathlib import Path

import pytest

from search.algorithm.pool import Pool
from search.algorithm.schedulers import halving
from search.algorithm.schedulers.halving import Halving, promotable
from search.algorithm.trial import OBJECTIVE, Trial
from search.benchmark import ours
from search.benchmark.contestants import CONTESTANTS
from search.benchmark.curves import Recording, read
from search.benchmark.replay import Replay, Table
from tests.search.benchmark.conftest import points, write

CURVES = Path(__file__).parents[4] / "shared" / "assets" / "curves"
OURS = ("forecast-halving", "random-halving", "random-forecast", "default", "tpe-halving")


def started(
    recording: Recording,
    name: str = "random-halving",
    trials: int = sys.maxsize,
    workers: int = 2,
    seed: int = 1,
) -> Replay:
    table = Table(recording, seed)
    sampler, scheduler = CONTESTANTS[name].what.split(", ")
    return Replay(table, ours.search(table, sampler, scheduler, trials=trials), workers=workers)


def replayed(recording: Recording, name: str = "random-halving", **options: int) -> Replay:
    replay = started(recording, name, **options)
    replay.advance()
    return replay


def trials(replay: Replay) -> list[Trial]:
    scheduler = replay.contestant
    return scheduler.pool.trials  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("name", OURS)
def test_every_point_is_used_once(recording: Recording, name: str) -> None:
    assert sorted(replayed(recording, name).table.used) == list(range(60))


def test_the_nearest_unused_point_is_found(recording: Recording) -> None:
    wish = recording.params[5] | {"x": recording.params[5]["x"] + 1e-6}
    table = Table(recording, 0)
    assert table.nearest(wish) == recording.params[5]
    table.use(Trial(0, wish))
    assert table.nearest(wish) != recording.params[5]


@pytest.mark.parametrize("name", OURS)
def test_the_same_seed_gives_the_same_search_and_another_another(recording: Recording, name: str) -> None:
    first, same, other = (replayed(recording, name, trials=30, seed=seed) for seed in (1, 1, 2))
    assert trials(first) == trials(same)
    assert first.clock == same.clock
    assert first.table.used != other.table.used


def test_what_is_returned_by_half_time_does_not_depend_on_when_one_looks(recording: Recording) -> None:
    whole = replayed(recording, trials=30)
    looked = started(recording, trials=30)
    for part in range(1, 50):
        looked.advance(whole.clock * part / 40)
        assert looked.clock <= whole.clock * part / 40 + 1e-9
    assert trials(looked) == trials(whole)


def test_one_worker_comes_to_what_driving_the_rule_by_hand_comes_to(recording: Recording) -> None:
    replay = replayed(recording, trials=30, workers=1)
    table = Table(recording, 1)

    def suggest(trials: list[Trial]) -> dict[str, float]:
        return table.random() if trials else table.default()

    pool = Pool([], target=30, epochs=18, suggest=suggest, compiled=str, space=recording.space)
    scheduler = halving.make(pool, **halving.settings(18))
    while trial := scheduler.next():
        if trial.number >= len(table.used):
            table.use(trial)
        goes_on = True
        while goes_on:
            at = (table.used[trial.number], trial.epoch)
            metrics = {OBJECTIVE: recording.curves[at], "seconds": recording.seconds[at], "images": 0.0}
            goes_on = scheduler.report(trial, trial.epoch + 1, metrics)
    assert trials(replay) == pool.trials
    assert scheduler.best == replay.contestant.best


def test_simulated_time_is_the_epochs_seconds_shared_by_the_workers(recording: Recording) -> None:
    alone = replayed(recording, trials=30, workers=1)
    assert alone.clock == pytest.approx(sum(trial.seconds for trial in trials(alone)))
    two = replayed(recording, "random-none", trials=3)
    lengths = [recording.seconds[point].sum() for point in two.table.used]
    assert two.clock == pytest.approx(max(max(lengths[:2]), min(lengths[:2]) + lengths[2]))


def test_a_segment_on_another_worker_pays_for_its_start(recording: Recording) -> None:
    table = Table(recording, 1)
    contestant = ours.search(table, "random", "none", trials=3)
    replay = Replay(table, contestant, workers=1, start_cost=2.0)
    replay.advance()
    epoch = recording.full_seconds / recording.epochs
    seconds = sum(trial.seconds for trial in contestant.pool.trials)
    assert replay.clock == pytest.approx(seconds + 3 * 2 * epoch)


def test_a_curve_that_diverges_fails_its_trial_and_the_search_goes_on(tmp_path: Path) -> None:
    rows = points()
    for row in rows[::3]:
        row["learning_curve"][3:] = [math.nan] * 15
    recording = read(write(tmp_path, rows))[0]
    for name in (*OURS, "random-stopping", "random-median"):
        replay = replayed(recording, name, trials=60)
        failed = [trial for trial in trials(replay) if trial.state == "failed"]
        assert failed and all(trial.epoch == 4 and "nan" in trial.reason for trial in failed)
        assert len(trials(replay)) == 60
        assert replay.regret < recording.regret(None)


def test_whoever_passes_a_rung_was_among_its_best_third(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = []

    class Watched(Halving):
        def report(self, trial: Trial, epoch: int, metrics: dict[str, float]) -> bool:
            if trial.number and epoch - 1 in self.rungs and not self.pool.full:
                values = [
                    other.value_at(epoch - 1) for other in self.pool.trials if epoch - 1 in other.epochs
                ]
                better = sum(value > trial.value for value in values)
                passed.append((better + 1, len(values)))
            return super().report(trial, epoch, metrics)

    # One worker: no other trial can reach the rung between the promotion and the first epoch after it.
    monkeypatch.setattr(halving, "Halving", Watched)
    replay = replayed(recording, workers=1, trials=60)
    assert len(passed) > 5
    assert all(place <= compared // 3 for place, compared in passed)
    assert promotable(trials(replay), (2, 6, 18), 3, last_call=True) is None


@pytest.mark.skipif(not CURVES.is_dir(), reason="the recorded curves are not there: ../shared/assets/curves")
def test_the_published_recordings_can_be_searched() -> None:
    recordings = read(CURVES)
    assert [recording.curves.shape for recording in recordings] == [(265, 40), (1000, 50), (1000, 50)]
    for recording in recordings:
        replay = replayed(recording, trials=100)
        assert replay.regret < 0.6 * recording.regret(None)
