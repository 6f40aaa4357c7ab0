"""The chapter on reproducing a run: commands, versions, commits, seeds and fingerprints."""

import dataclasses
from pathlib import Path

from analysis.chapters.reproduction import section
from analysis.evidence import read
from tests.analysis.chapters.conftest import text_of
from tests.analysis.finished_run import make_record, make_run


def test_the_commands_lead_from_the_commit_to_the_retraining(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    make_record(folder)
    text = text_of(section(read(folder)))
    commands = [line.strip() for line in text.split("\n") if line.startswith("    ")]
    assert commands == [
        f"git checkout {'c' * 40}",
        "pip install -e .",
        "python -m search cifar_residual --trials 12 --name first",
        "python -m analysis cifar_residual/first --seeds 3",
    ]


def test_a_search_that_was_extended_has_the_command_for_it(tmp_path: Path) -> None:
    folder = make_run(tmp_path, command="python -m search cifar_residual --trials 10 --name first")
    assert "python -m search --resume cifar_residual/first --trials 12" in text_of(section(read(folder)))


def test_versions_and_fingerprints_of_search_and_retraining(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    make_record(folder, versions={"python": "3.12.1", "numpy": "2.1.0"}, commit=None)
    text = text_of(section(read(folder)))
    assert "| python | 3.11.7 | 3.12.1 |" in text
    assert "| keras | 3.15.1 | – |" in text and "| numpy | – | 2.1.0 |" in text
    assert f"| commit | {'c' * 40} | – |" in text
    assert "| seeds of the retraining | 1, 2 and 3 |" in text
    assert f"| dataset cifar10, SHA-256 | {'f' * 64} |" in text
    assert f"| test images and labels, SHA-256 | {'7' * 64} |" in text


def test_code_that_cannot_be_restored_is_told(tmp_path: Path) -> None:
    changed = text_of(section(read(make_run(tmp_path / "a", commit="c" * 40 + "-dirty"))))
    assert "The search ran with changes that were not committed" in changed
    unknown = text_of(section(read(make_run(tmp_path / "b", commit=None))))
    assert "The search ran with an unknown commit" in unknown and "git checkout" not in unknown


def test_trials_at_the_same_time_make_the_order_uncertain(tmp_path: Path) -> None:
    evidence = read(make_run(tmp_path))
    assert "2 trials ran at a time" in text_of(section(evidence))
    one = dataclasses.replace(evidence.plan, concurrent=1)
    record = dataclasses.replace(evidence.run_record, plan=one)
    assert "at a time" not in text_of(section(dataclasses.replace(evidence, run_record=record)))
