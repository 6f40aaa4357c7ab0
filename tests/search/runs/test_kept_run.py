"""Runs of every format so far, kept in `tests/fixtures`. They must open for ever.

If one of these tests fails, correct the program, not the kept run: users have such runs.
"""

import re
import shutil
from pathlib import Path

import pytest

from analysis import evidence, report
from analysis.__main__ import main as analysis
from analysis.retraining import storage
from search.runs import run
from search.search import Search

FIXTURES = Path(__file__).parents[2] / "fixtures"
FORMATS = (1, 2)
TRIALS = {1: 12, 2: 4}
BEST = {1: (0, 0.374), 2: (2, 0.59375)}
ENDED = {
    1: {"complete": 4, "stopped": 7, "failed": 1},
    2: {"complete": 2, "stopped": 2},
}
RUNGS = {1: (2, 6), 2: (1, 3)}
ACCURACY = {1: "42.5 %", 2: "63.0 %"}  # of the best on the test images


@pytest.fixture(params=FORMATS, ids=lambda number: f"format {number}")
def number(request: pytest.FixtureRequest) -> int:
    """Return the number of a format."""
    return int(request.param)


@pytest.fixture
def folder(number: int, tmp_path: Path) -> Path:
    """Return the folder of a copy of the kept run of that format."""
    copy = tmp_path / "runs" / "cifar_residual" / "kept"
    shutil.copytree(FIXTURES / f"run_format_{number}", copy)
    return copy


def test_no_machine_is_in_it(number: int) -> None:
    for file in (FIXTURES / f"run_format_{number}").rglob("*"):
        if file.is_file():
            assert not re.search(rb"/(home|root|tmp|work|Users)\b", file.read_bytes()), file
            assert file.stat().st_size < 50_000, file


def test_its_record_is_read(folder: Path, number: int) -> None:
    record = run.read(folder)
    assert record.plan.study == "cifar_residual"
    assert record.plan.trials == TRIALS[number]
    assert record.plan.scheduler == "halving"
    assert record.plan.describe_scheduler().rungs == RUNGS[number]
    assert record.dataset.name == "cifar10"
    assert record.best
    assert (record.best.trial, pytest.approx(record.best.value)) == BEST[number]
    assert record.best.unused_validation
    assert record.best.params.keys() == record.plan.space.keys() == record.plan.default.keys()


def test_its_trials_are_read(folder: Path, number: int) -> None:
    plan, trials = run.read(folder).plan, run.read_trials(folder)
    assert len(trials) == TRIALS[number]
    states = [trial.state for trial in trials]
    assert {state: states.count(state) for state in states} == ENDED[number]
    assert all(list(trial.epochs) == list(range(1, trial.epoch + 1)) for trial in trials)
    assert all(trial.images == trial.epoch * plan.train_images for trial in trials)
    assert plan.has_ended(trials)


def test_its_search_is_rebuilt_and_goes_on(folder: Path, number: int) -> None:
    with run.open_run(folder) as opened:
        search = Search(opened)
        assert search.driver.finished
        assert search.dropped == 0
        assert search.best
        assert (search.best.number, pytest.approx(search.best.value)) == BEST[number]
        opened.write(plan=type(opened.plan)(**{**vars(opened.plan), "trials": TRIALS[number] + 1}))
    with run.open_run(folder) as opened:
        extended = Search(opened)
        trial = extended.driver.next()
        assert trial
        assert trial.number == TRIALS[number]
        assert trial.params.keys() == opened.plan.space.keys()
    assert len(run.read_trials(folder)) == TRIALS[number] + 1


def test_its_retraining_is_read(folder: Path, number: int) -> None:
    record = storage.read(folder)
    assert record
    assert record.seeds == (1, 2)
    assert record.missing == ()
    assert record.tested == len(record.opened) == 1
    kept = record.configurations[0].chosen()
    assert kept and kept.logits is not None
    assert evidence.read(folder).tested.keys() == ({"best"} if number == 1 else {"best", "default"})


def test_it_is_shown_in_the_table_of_runs(
    folder: Path, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert analysis(["--runs", str(folder.parents[1])]) == 0
    line = capsys.readouterr().out.splitlines()[1]
    trials, (trial, value) = TRIALS[number], BEST[number]
    pattern = rf"cifar_residual/kept +cifar10 +{trials} of {trials} +{value:.4f} \(trial {trial}\) +finished"
    assert re.match(pattern, line)


def test_its_report_is_written(folder: Path, number: int) -> None:
    page = report.write(folder).read_text(encoding="utf-8")
    assert ACCURACY[number] in page
    pictures = {file.stem for file in (folder / "report" / "report-pictures").iterdir()}
    assert {"learning-curves", "parallel-coordinates", "retraining", "confusion"} <= pictures
