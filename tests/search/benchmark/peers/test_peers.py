"""Other tools' own objects search a table, each by its own rules."""

import math
from pathlib import Path

import pytest

from search.benchmark.contestants import CONTESTANTS
from search.benchmark.curves import Recording, read
from search.benchmark.replay import Replay, Table
from tests.search.benchmark.conftest import points, write

PEERS = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            bool(CONTESTANTS[name].missing), reason=f"{name} needs {CONTESTANTS[name].missing}"
        ),
    )
    for name in ("ray-asha", "ray-asha-optuna", "optuna-hyperband", "keras-tuner", "syne-asha")
]


def searched(recording: Recording, name: str, trainings: float, workers: int = 2, seed: int = 1) -> Replay:
    table = Table(recording, seed)
    replay = Replay(table, CONTESTANTS[name].make(table), workers=workers)
    replay.advance(trainings * recording.full_seconds / workers)
    return replay


@pytest.mark.parametrize("name", PEERS)
def test_it_finds_better_points_and_stops_bad_trainings(recording: Recording, name: str) -> None:
    replay = searched(recording, name, 8)
    assert len(replay.table.used) > 10, "more trials than full trainings: some were stopped"
    assert len(set(replay.table.used)) == len(replay.table.used)
    assert replay.regret < 0.5 * recording.regret(None)


@pytest.mark.parametrize("name", PEERS)
def test_the_same_seed_gives_the_same_search(recording: Recording, name: str) -> None:
    first, same = (searched(recording, name, 4, workers=1).table.used for _ in range(2))
    assert first == same


@pytest.mark.parametrize("name", PEERS)
def test_a_training_that_diverges_is_told_and_the_search_goes_on(tmp_path: Path, name: str) -> None:
    rows = points()
    for row in rows[::2]:
        row["learning_curve"][1:] = [math.nan] * 17
    replay = searched(read(write(tmp_path, rows))[0], name, 8)
    assert any(point % 2 == 0 for point in replay.table.used)
    best = replay.contestant.best
    assert best and replay.table.used[best.number] % 2 == 1
