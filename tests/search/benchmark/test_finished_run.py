"""A finished run is a recording: its curves, and which runs are refused."""

from pathlib import Path

import numpy as np
import pytest

from search.algorithm.trial import OBJECTIVE, Trial
from search.benchmark.bench import main
from search.benchmark.curves import BadCurves, read
from search.runs import run
from search.runs.journal import Journal
from tests.plans import small_plan, small_record

EPOCHS = 4


def finished(folder: Path, complete: int) -> Path:
    """Write a run of 15 trials, some of them trained to their end, the others stopped after an epoch."""
    plan = small_plan(trials=15, epochs=EPOCHS)
    with run.create(folder, small_record(plan)) as created:
        journal = Journal(created.journal, "made", plan.space)
        for number in range(plan.trials):
            rate = 10 ** -(1 + 3 * number / plan.trials)
            trial = Trial(number, {**plan.default, "learning_rate": rate})
            journal.add(trial)
            for epoch in range(1, EPOCHS + 1 if number < complete else 2):
                metrics = {OBJECTIVE: number / 100 + epoch / 10, "seconds": 2.0, "images": 8.0}
                trial.epochs[epoch] = metrics
                journal.epoch(trial, epoch, metrics)
            trial.state = "complete" if number < complete else "stopped"
            journal.end(trial)
    return folder


def test_trials_trained_to_their_end_are_its_points(tmp_path: Path) -> None:
    recording = read(finished(tmp_path / "runs" / "made", complete=12))[0]
    assert recording.name == "cifar_basic_made"
    assert list(recording.space) == ["learning_rate", "depth"], "a choice of one is not searched"
    assert recording.curves.shape == (12, EPOCHS)
    np.testing.assert_allclose(recording.curves[3], [0.13, 0.23, 0.33, 0.43])
    np.testing.assert_array_equal(recording.seconds, np.full((12, EPOCHS), 2.0))


def test_other_schedulers_search_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    finished(tmp_path / "made", complete=12)
    asked = f"--curves {tmp_path} --contestants default random-halving --workers 2 --seeds 1 --budgets 1 12"
    assert main([*asked.split(), "--processes", "1", "--out", str(tmp_path / "out")]) == 0
    assert "0.000" in capsys.readouterr().out, "all points are trained at last"


def test_a_run_with_too_few_of_them_says_how_to_make_them(tmp_path: Path) -> None:
    finished(tmp_path / "made", complete=9)
    with pytest.raises(BadCurves, match=r"made is damaged.*9 of its trials.*--scheduler none"):
        read(tmp_path)
