"""What a search over recorded curves comes to, and that it is kept."""

from pathlib import Path

import pytest

from search.benchmark.curves import Recording
from search.benchmark.measure import Measured, Search, measure, measured
from tests.search.benchmark.conftest import points, write

SEARCH = Search("made", "random-halving", workers=2, seed=1)


def test_regret_is_looked_at_when_the_budget_of_all_workers_together_is_used_up(recording: Recording) -> None:
    result = measure(recording, SEARCH, (1.0, 4.0))
    assert result == Measured(SEARCH, (1.0, 4.0), result.regrets, result.seconds, result.decisions)
    assert 1 >= result.regrets[0] > result.regrets[1] >= 0
    assert result.decisions[0] < result.decisions[1]
    alone = measure(recording, Search("made", "random-halving", workers=1, seed=1), (2.0,))
    assert alone.decisions[0] == pytest.approx(measure(recording, SEARCH, (2.0,)).decisions[0], abs=4)


def test_what_was_cut_off_is_measured_again_and_the_rest_is_not(tmp_path: Path) -> None:
    curves = write(tmp_path, points(20, 9))
    kept = tmp_path / "kept.jsonl"
    searches = [Search("made", "random-none", 1, seed) for seed in range(3)]
    first = list(measured(curves, searches, (1.0,), kept, 1))
    lines = kept.read_bytes().splitlines(keepends=True)
    assert len(lines) == 3
    kept.write_bytes(lines[0] + lines[1][:20] + b"\n")
    second = list(measured(curves, searches, (1.0,), kept, 1))
    assert {result.search: result.regrets for result in second} == {
        result.search: result.regrets for result in first
    }
    assert len(kept.read_bytes().splitlines()) == 4
