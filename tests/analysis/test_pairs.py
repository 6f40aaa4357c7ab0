"""Models in pairs: the better one first, p-values corrected together, different test images refused."""

from pathlib import Path

import pytest

from analysis.pairs import pairs, read_models
from search.runs.run import RunError
from tests.analysis.finished_run import GOOD, POOR, make_record, make_run


def make_tested_run(runs: Path, study: str, accuracies: tuple[float, ...]) -> Path:
    """Return the folder of a run whose best has these test accuracies."""
    folder = make_run(runs, study)
    make_record(folder, {"best": accuracies})
    return folder


def test_the_more_accurate_model_is_first(tmp_path: Path) -> None:
    folders = [
        make_tested_run(tmp_path, "cifar_basic", POOR),
        make_tested_run(tmp_path, "cifar_residual", GOOD),
    ]
    (pair,) = pairs(read_models(folders))
    assert (pair.first.name, pair.second.name) == ("cifar_residual", "cifar_basic")
    assert pair.means.estimate == pytest.approx(0.15) and pair.shown
    assert pair.kept.estimate == pytest.approx(max(GOOD) - max(POOR))
    assert (pair.p, pair.kept_p) == (pair.means.p, pair.kept.p)  # one pair: nothing to correct


def test_a_difference_that_the_sentence_does_not_claim_is_not_shown(tmp_path: Path) -> None:
    folders = [
        make_tested_run(tmp_path, "cifar_basic", (0.70, 0.75, 0.68)),
        make_tested_run(tmp_path, "cifar_residual", (0.71, 0.73, 0.70)),
    ]
    (pair,) = pairs(read_models(folders))
    assert not pair.shown and "no difference shown" in pair.sentence


def test_runs_of_one_study_have_the_name_of_the_run(tmp_path: Path) -> None:
    first = make_tested_run(tmp_path / "a", "cifar_basic", GOOD)
    second = make_tested_run(tmp_path / "b", "cifar_basic", POOR).rename(first.parent / "second")
    third = make_tested_run(tmp_path / "c", "cifar_residual", POOR)
    names = [model.name for model in read_models([first, second, third])]
    assert names == ["cifar_basic/first", "cifar_basic/second", "cifar_residual"]


def test_a_run_that_is_not_tested_is_named_with_the_command(tmp_path: Path) -> None:
    folders = [make_tested_run(tmp_path, "cifar_basic", GOOD), make_run(tmp_path, "cifar_residual")]
    with pytest.raises(RunError, match="cifar_residual/first is not tested yet. Run: python -m analysis"):
        read_models(folders)


def test_other_test_images_are_refused_with_both_fingerprints(tmp_path: Path) -> None:
    folders = [make_tested_run(tmp_path, "cifar_basic", GOOD), make_run(tmp_path, "cifar_residual")]
    make_record(folders[1], test_fingerprint="8" * 64)
    with pytest.raises(RunError) as refusal:
        read_models(folders)
    assert str(refusal.value) == (
        "runs with different test images cannot be compared: cifar_basic/first was tested on cifar10, "
        "fingerprint 777777777777…, but cifar_residual/first was tested on cifar10, fingerprint 888888888888…"
    )
