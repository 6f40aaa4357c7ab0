"""A comparison refuses what cannot be compared, and claims no more than its intervals allow."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from analysis.compare import compare
from analysis.pairs import Model, Pair, pairs, read_models
from analysis.retraining import openings
from analysis.retraining.openings import Opening
from search.runs.run import RunError
from tests.analysis.made import GOOD, IMAGES, POOR, retrained, searched
from tests.analysis.page import USED, answer_of, read

MIDDLE = (0.66, 0.70, 0.63)
STUDIES = ("cifar_basic", "cifar_inception", "cifar_residual")


def made(runs: Path, *accuracies: Sequence[float], **changed: object) -> list[Path]:
    """Runs of several studies, tested with these accuracies."""
    folders = []
    for study, each in zip(STUDIES, accuracies, strict=False):
        folders.append(searched(runs, study))
        retrained(folders[-1], {"best": each, "default": each}, **changed)
    return folders


def compared(folders: list[Path]) -> tuple[list[Model], list[Pair]]:
    models = read_models(folders)
    return models, pairs(models)


def test_other_test_images_are_refused(tmp_path: Path) -> None:
    first, second = searched(tmp_path, "cifar_basic"), searched(tmp_path, "cifar_residual")
    retrained(first)
    retrained(second, test_fingerprint="8" * 64)
    with pytest.raises(
        RunError, match=r"cifar_basic/first was tested on cifar10 .* 777.* cifar_residual/first .* 888"
    ):
        compare([first, second])
    assert not (tmp_path / "comparisons").exists()


def test_a_run_that_was_not_tested_is_refused_with_the_command(tmp_path: Path) -> None:
    (first,) = made(tmp_path, GOOD)
    second = searched(tmp_path, "cifar_residual")
    with pytest.raises(RunError, match=r"not tested yet: python -m analysis cifar_residual/first$"):
        compare([first, second])
    retrained(second, tested=0)
    with pytest.raises(RunError, match="not tested yet"):
        compare([first, second])


@pytest.mark.parametrize("times", [0, 1, 2])
def test_it_takes_two_different_runs(tmp_path: Path, times: int) -> None:
    with pytest.raises(RunError, match="two runs or more, each once"):
        compare(made(tmp_path, GOOD) * times)


def test_a_difference_that_is_shown_is_said_with_its_numbers(tmp_path: Path) -> None:
    folders = made(tmp_path, POOR, GOOD)
    _, (pair,) = compared(folders)
    said = answer_of(compare(folders))
    assert said.startswith(
        f"cifar_inception over cifar_basic: {100 * (np.mean(GOOD) - np.mean(POOR)):+.1f} points"
    )
    assert pair.means.interval.low > 0 and pair.p < 0.05 and said == f"{pair.sentence}."
    low, high = map(float, re.findall(r"interval (\S+) to (\S+?)\.$", said)[0])
    assert low <= 100 * pair.means.interval.low and high >= 100 * pair.means.interval.high


def test_no_difference_is_claimed_where_none_is_shown(tmp_path: Path) -> None:
    folders = made(tmp_path, (0.70, 0.75, 0.68), (0.71, 0.73, 0.70), (0.72, 0.69, 0.74))
    said = answer_of(compare(folders))
    assert (
        said == "No difference between cifar_basic, cifar_inception and cifar_residual is shown at this size."
    )


def test_no_claim_is_stronger_than_its_interval(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    claims = 0
    for attempt in range(5):
        accuracies = [rng.normal(0.7 + 0.02 * n, 0.02, 3).clip(0, 1) for n in range(3)]
        _, every = compared(made(tmp_path / str(attempt), *map(tuple, accuracies)))
        for pair in every:
            claims += pair.shown
            inside = pair.means.interval.low <= 0 <= pair.means.interval.high
            assert pair.shown == (" over " in pair.sentence)
            assert not pair.shown or (not inside and pair.p < 0.05)
            assert pair.p >= pair.means.p
    assert 0 < claims < 15


def test_p_values_are_corrected_for_the_number_of_pairs(tmp_path: Path) -> None:
    _, every = compared(made(tmp_path, GOOD, MIDDLE, POOR))
    assert [(pair.first.name, pair.second.name) for pair in every] == [
        ("cifar_basic", "cifar_inception"),
        ("cifar_basic", "cifar_residual"),
        ("cifar_inception", "cifar_residual"),
    ]
    for raw, corrected in (
        ([pair.means.p for pair in every], [pair.p for pair in every]),
        ([pair.kept.p for pair in every], [pair.kept_p for pair in every]),
    ):
        assert corrected == pytest.approx(multipletests(raw, method="holm")[1])


def test_mcnemars_test_compares_the_models_with_the_highest_validation_accuracy(tmp_path: Path) -> None:
    models, (pair,) = compared(made(tmp_path, MIDDLE, POOR))
    right = []
    for model in models:
        kept = max(model.tested.configuration.trainings, key=lambda each: each.value)
        assert model.tested.kept.seed == kept.seed == 2
        assert kept.logits is not None and model.record.labels is not None
        right.append(kept.logits.argmax(axis=1) == model.record.labels)
    table = [[np.sum((right[0] == a) & (right[1] == b)) for b in (True, False)] for a in (True, False)]
    assert pair.kept.p == pytest.approx(mcnemar(table, exact=True).pvalue)
    assert pair.kept.estimate == pytest.approx(np.mean(right[0]) - np.mean(right[1]))


def test_the_page_holds_everything(tmp_path: Path) -> None:
    folders = made(tmp_path / "runs", GOOD, MIDDLE, POOR)
    file = compare(folders)
    assert file == tmp_path / "runs" / "comparisons" / "cifar_basic-cifar_inception-cifar_residual.html"
    page = read(file)
    assert {name for name, _ in page.found} <= USED
    assert len(page.all("img")) == 2
    assert all(
        str(each["src"]).startswith("data:image/png;base64,") and each["alt"] for each in page.all("img")
    )
    assert f"{IMAGES} test images" in page.text and "12,345" in page.text
    assert "All were found and trained alike: 12 trials, then 3 seeds of 6 epochs on 64 images." in page.text
    assert (
        "python -m analysis compare cifar_basic/first cifar_inception/first cifar_residual/first" in page.text
    )
    text = file.with_suffix(".md").read_text()
    for name in re.findall(r"!\[.+\]\((.+)\)", text):
        assert (file.parent / name).is_file()
    for path in (file, file.with_suffix(".md")):
        assert str(tmp_path) not in path.read_text()


def test_twice_the_same_page_where_it_is_wanted(tmp_path: Path) -> None:
    folders = made(tmp_path / "runs", GOOD, POOR)
    first = compare(folders, tmp_path / "a" / "page.html").read_bytes()
    assert compare(folders, tmp_path / "b" / "page.html").read_bytes() == first
    assert (tmp_path / "a" / "page.md").is_file()


def test_models_that_were_not_trained_alike_are_told(tmp_path: Path) -> None:
    first, second = made(tmp_path, GOOD, POOR)
    retrained(first, {"best": GOOD[:2]}, train_images=128)
    text = read(compare([first, second])).text
    assert (
        "They were not found and trained alike: cifar_basic 12 trials, then 2 seeds of 6 epochs on 128 "
        "images; cifar_inception 12 trials, then 3 seeds of 6 epochs on 64 images."
    ) in text


def test_a_test_set_that_was_opened_again_is_told(tmp_path: Path) -> None:
    first, second = made(tmp_path, GOOD, POOR)
    once = compare([first, second]).read_text()
    openings.add(first, Opening("2026-11-23T09:00:00+00:00", {}, 6, 64))
    twice = compare([first, second]).read_text()
    warning = "cifar_basic/first has opened the test set 2 times"
    assert warning not in once and warning in twice[: twice.index("<h2>")]


def test_two_runs_of_one_study_are_told_apart(tmp_path: Path) -> None:
    first, second = searched(tmp_path / "a"), searched(tmp_path / "b")
    second = second.rename(first.parent / "second")
    retrained(first, {"best": GOOD})
    retrained(second, {"best": POOR})
    said = answer_of(compare([first, second]))
    assert said.startswith("cifar_residual/first over cifar_residual/second: ")
