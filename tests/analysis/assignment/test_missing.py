"""`--run-missing` runs what is missing, at sizes that fit its budget, and goes on after a failure."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from analysis.assignment import missing
from analysis.assignment.missing import NAME, SHARES, SIZES, commands, run_missing, size
from search.__main__ import main as search
from tests.analysis.finished_run import make_record, make_run


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], float]]:
    """The commands that would be run, with their seconds; data are prepared."""
    calls: list[tuple[list[str], float]] = []

    def run(command: list[str], seconds: float) -> int:
        calls.append((command, seconds))
        return int("cifar_basic" in command)

    monkeypatch.setattr(missing, "_run", run)
    monkeypatch.setattr(missing, "_prepared", lambda name: True)
    return calls


def test_every_study_is_searched_then_retrained_and_a_failure_stops_only_its_own(
    tmp_path: Path, ran: list[tuple[list[str], float]]
) -> None:
    failed = run_missing(tmp_path, 7200.0)
    assert len(failed) == 1 and failed[0].startswith("python -m search cifar_basic ")
    searched = [command[1] for command, _ in ran if command[0] == "search"]
    retrained = [command[1] for command, _ in ran if command[0] == "analysis"]
    assert searched == [*SHARES, "cifar_basic", "cifar_basic"], "what failed is tried again in the time left"
    assert retrained == [f"{study}/{NAME}" for study in SHARES if study != "cifar_basic"]


def test_a_tested_study_is_left_alone(tmp_path: Path, ran: list[tuple[list[str], float]]) -> None:
    make_record(make_run(tmp_path, "cifar_residual"))
    run_missing(tmp_path, 7200.0)
    assert not any("cifar_residual" in " ".join(command) for command, _ in ran)


def test_commands_that_use_all_their_time_end_within_the_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, spent = [0.0], []

    def run(command: list[str], seconds: float) -> int:
        spent.append(seconds / 2 if command[0] == "search" else seconds)
        clock[0] += spent[-1]
        return 0

    monkeypatch.setattr(missing, "_run", run)
    monkeypatch.setattr(missing, "_prepared", lambda name: True)
    monkeypatch.setattr(missing.time, "monotonic", lambda: clock[0])
    run_missing(tmp_path, 3600.0)
    assert len(spent) == 2 * len(SHARES)
    assert sum(spent) == pytest.approx(3600.0)


def test_a_search_that_did_not_end_in_its_share_goes_on_before_it_is_retrained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The frozen base needs two passes; until then the fine-tuned study has nothing to continue from."""
    calls: list[str] = []
    searches = 0

    class Found:
        tested = False

        @property
        def finished(self) -> bool:
            return searches > 1

    def run(command: list[str], seconds: float) -> int:
        nonlocal searches
        calls.append(" ".join(command[:2]))
        searches += command[:2] == ["search", "cats_dogs_vgg16"]
        return int("finetuned" in command[1] and searches < 2)

    monkeypatch.setattr(missing, "_run", run)
    monkeypatch.setattr(missing, "_prepared", lambda name: True)
    monkeypatch.setattr(
        missing, "newest", lambda runs, study: Found() if study == "cats_dogs_vgg16" else None
    )
    assert run_missing(tmp_path, 7200.0) == []
    retrained, child = "analysis cats_dogs_vgg16/assignment", "search cats_dogs_vgg16_finetuned"
    assert calls.count("search cats_dogs_vgg16") == 2 and calls.count(child) == 2
    assert calls.index(child) < calls.index(retrained) < len(calls) - calls[::-1].index(child) - 1
    assert calls[-1] == "analysis cats_dogs_vgg16_finetuned/assignment"


def test_the_photographs_studies_get_the_same_images_pixels_and_epochs(tmp_path: Path) -> None:
    chosen = size(2 * 3600)
    asked = []
    for study in SHARES:
        if study.startswith("cats_dogs"):
            first, second = commands(study, tmp_path, chosen, 100.0, None)
            asked.append(
                [first[first.index(flag) + 1] for flag in ("--epochs", "--train-images", "--trials")]
            )
            assert ("pixels=64" in first) != ("finetuned" in study)
            assert second[:2] == ["analysis", f"{study}/{NAME}"]
    assert len(asked) == 4 and all(sizes == asked[0] for sizes in asked)


def test_a_larger_budget_never_gives_a_smaller_size() -> None:
    sizes = [SIZES[least] for least in sorted(SIZES)]
    for smaller, larger in itertools.pairwise(sizes):
        assert smaller.images < larger.images and smaller.cifar_images <= larger.cifar_images
    assert size(60) == sizes[0]


def test_a_run_that_was_begun_is_resumed(tmp_path: Path) -> None:
    folder = make_run(tmp_path, "cifar_basic")
    folder.rename(folder.with_name(NAME))
    first, _ = commands("cifar_basic", tmp_path, size(60), 100.0, None)
    assert first[:3] == ["search", "--resume", f"cifar_basic/{NAME}"]


@pytest.mark.usefixtures("small_data")
def test_the_commands_are_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen: Any = missing.Size(images=200, epochs=2, cifar_images=128, cifar_epochs=2)
    first, _ = commands("cifar_residual", tmp_path, chosen, 100.0, None)
    assert search([*first[1:], "--dry-run"]) == 0
    assert "128" in capsys.readouterr().out


def test_a_command_that_takes_too_long_is_stopped() -> None:
    assert missing._run(["timeit", "-n", "1", "-r", "1", "import time; time.sleep(60)"], 1.0) != 0


def test_commands_run_from_the_folder_of_this_project() -> None:
    assert (missing.ROOT / "search" / "__main__.py").is_file()
