"""The list of runs: finished, unfinished, damaged and locked ones, without a change of any file."""

from pathlib import Path

from analysis.runs import table
from search.runs.run import open_run
from tests.analysis.figures.example_runs import finished_trials
from tests.analysis.finished_run import make_record, make_run


def rows(folder: Path) -> list[str]:
    return table(folder).splitlines()


def test_without_runs_it_says_how_to_make_one(tmp_path: Path) -> None:
    assert table(tmp_path) == f"There are no runs in {tmp_path}: python -m search STUDY --trials 50"


def test_each_run_has_a_row_in_order(tmp_path: Path) -> None:
    make_run(tmp_path, "cifar_residual", trials=finished_trials(7), best=None)
    make_record(make_run(tmp_path, "cifar_basic"))
    header, basic, residual = rows(tmp_path)
    assert header.split() == ["run", "dataset", "trials", "best", "val_accuracy", "state", "test", "set"]
    assert basic.split("  ")[0] == "cifar_basic/first" and basic.endswith("opened 1×")
    assert "12 of 12" in basic and "(trial 9)" in basic and "  finished" in basic
    assert residual.startswith("cifar_residual/first") and residual.endswith("closed")
    assert "7 of 12" in residual and "unfinished" in residual


def test_a_run_without_values_has_no_best(tmp_path: Path) -> None:
    make_run(tmp_path, trials=[], best=None)
    assert rows(tmp_path)[1].split() == [
        "cifar_residual/first",
        "cifar10",
        *["0", "of", "12", "-", "unfinished", "closed"],
    ]


def test_a_damaged_run_does_not_hide_the_others(tmp_path: Path) -> None:
    (make_run(tmp_path, "cifar_basic") / "run.json").write_text("{")
    make_run(tmp_path, "cifar_residual")
    _, damaged, whole = rows(tmp_path)
    assert damaged.split() == ["cifar_basic/first", "-", "-", "-", "damaged", "-"] and "finished" in whole


def test_a_locked_run_is_being_written_and_no_file_changes(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    journal = (folder / "journal.log").read_bytes()
    with open_run(folder):
        assert "being written" in rows(tmp_path)[1]
    assert "being written" not in rows(tmp_path)[1]
    assert (folder / "journal.log").read_bytes() == journal
