"""A comparison is refused for different test images, and claims no more than its intervals allow."""

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
from tests.analysis.finished_run import GOOD, IMAGES, POOR, make_record, make_run
from tests.analysis.report_page import USED, answer_of, read

MIDDLE = (0.66, 0.70, 0.63)
STUDIES = ("cifar_basic", "cifar_inception", "cifar_residual")


def make_runs(runs: Path, *accuracies: Sequence[float], **changes: object) -> list[Path]:
    """Runs of several studies, tested with these accuracies."""
    folders = []
    for study, by_seed in zip(STUDIES, accuracies, strict=False):
        folders.append(make_run(runs, study))
        make_record(folders[-1], {"best": by_seed, "default": by_seed}, **changes)
    return folders


def compare_pairs(folders: list[Path]) -> tuple[list[Model], list[Pair]]:
    models = read_models(folders)
    return models, pairs(models)


def test_other_test_images_are_refused(tmp_path: Path) -> None:
    first, second = make_run(tmp_path, "cifar_basic"), make_run(tmp_path, "cifar_residual")
    make_record(first)
    make_record(second, test_fingerprint="8" * 64)
    with pytest.raises(
        RunError, match=r"cifar_basic/first was tested on cifar10.* 777.* cifar_residual/first .* 888"
    ):
        compare([first, second])
    assert not (tmp_path / "comparisons").exists()


def test_a_run_that_was_not_tested_is_refused_with_the_command(tmp_path: Path) -> None:
    (first,) = make_runs(tmp_path, GOOD)
    second = make_run(tmp_path, "cifar_residual")
    with pytest.raises(RunError, match=r"not tested yet. Run: python -m analysis cifar_residual/first$"):
        compare([first, second])
    make_record(second, tested=0)
    with pytest.raises(RunError, match="not tested yet"):
        compare([first, second])


@pytest.mark.parametrize("times", [0, 1, 2])
def test_it_takes_two_different_runs(tmp_path: Path, times: int) -> None:
    with pytest.raises(RunError, match="two or more different runs"):
        compare(make_runs(tmp_path, GOOD) * times)


def test_a_difference_that_is_shown_is_said_with_its_numbers(tmp_path: Path) -> None:
    folders = make_runs(tmp_path, POOR, GOOD)
    _, (pair,) = compare_pairs(folders)
    sentence = answer_of(compare(folders))
    assert sentence.startswith(
        f"cifar_inception over cifar_basic: {100 * (np.mean(GOOD) - np.mean(POOR)):+.1f} points"
    )
    assert pair.means.interval.low > 0 and pair.p < 0.05 and sentence == f"{pair.sentence}."
    low, high = map(float, re.findall(r"interval (\S+) to (\S+?)\.$", sentence)[0])
    assert low <= 100 * pair.means.interval.low and high >= 100 * pair.means.interval.high


def test_no_difference_is_claimed_where_none_is_shown(tmp_path: Path) -> None:
    folders = make_runs(tmp_path, (0.70, 0.75, 0.68), (0.71, 0.73, 0.70), (0.72, 0.69, 0.74))
    sentence = answer_of(compare(folders))
    assert (
        sentence
        == "No difference between cifar_basic, cifar_inception and cifar_residual is shown at this size."
    )


def test_no_claim_is_stronger_than_its_interval(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    claims = 0
    for attempt in range(5):
        accuracies = [rng.normal(0.7 + 0.02 * n, 0.02, 3).clip(0, 1).tolist() for n in range(3)]
        _, comparisons = compare_pairs(make_runs(tmp_path / str(attempt), *accuracies))
        for pair in comparisons:
            claims += pair.shown
            inside = pair.means.interval.low <= 0 <= pair.means.interval.high
            assert pair.shown == (" over " in pair.sentence)
            assert not pair.shown or (not inside and pair.p < 0.05)
            assert pair.p >= pair.means.p
    assert 0 < claims < 15


def test_p_values_are_corrected_for_the_number_of_pairs(tmp_path: Path) -> None:
    _, comparisons = compare_pairs(make_runs(tmp_path, GOOD, MIDDLE, POOR))
    assert [(pair.first.name, pair.second.name) for pair in comparisons] == [
        ("cifar_basic", "cifar_inception"),
        ("cifar_basic", "cifar_residual"),
        ("cifar_inception", "cifar_residual"),
    ]
    for raw, corrected in (
        ([pair.means.p for pair in comparisons], [pair.p for pair in comparisons]),
        ([pair.kept.p for pair in comparisons], [pair.kept_p for pair in comparisons]),
    ):
        assert corrected == pytest.approx(multipletests(raw, method="holm")[1])


def test_mcnemars_test_compares_the_models_with_the_highest_validation_accuracy(tmp_path: Path) -> None:
    models, (pair,) = compare_pairs(make_runs(tmp_path, MIDDLE, POOR))
    right = []
    for model in models:
        kept = max(model.tested.configuration.trainings, key=lambda training: training.value)
        assert model.tested.kept.seed == kept.seed == 2
        assert kept.logits is not None and model.record.labels is not None
        right.append(kept.logits.argmax(axis=1) == model.record.labels)
    table = [[np.sum((right[0] == a) & (right[1] == b)) for b in (True, False)] for a in (True, False)]
    assert pair.kept.p == pytest.approx(mcnemar(table, exact=True).pvalue)
    assert pair.kept.estimate == pytest.approx(np.mean(right[0]) - np.mean(right[1]))


def test_the_page_holds_everything(tmp_path: Path) -> None:
    folders = make_runs(tmp_path / "runs", GOOD, MIDDLE, POOR)
    file = compare(folders)
    assert file == tmp_path / "runs" / "comparisons" / "cifar_basic-cifar_inception-cifar_residual.html"
    page = read(file)
    assert {name for name, _ in page.elements} <= USED
    assert len(page.all("img")) == 2
    assert all(
        str(image["src"]).startswith("data:image/png;base64,") and image["alt"] for image in page.all("img")
    )
    assert f"{IMAGES} test images" in page.text and "12,345" in page.text
    assert "All models had the same effort: 12 trials, then 3 seeds of 6 epochs on 64 images." in page.text
    assert (
        "python -m analysis compare cifar_basic/first cifar_inception/first cifar_residual/first" in page.text
    )
    text = file.with_suffix(".md").read_text()
    for name in re.findall(r"!\[.+\]\((.+)\)", text):
        assert (file.parent / name).is_file()
    for path in (file, file.with_suffix(".md")):
        assert str(tmp_path) not in path.read_text()


def test_twice_the_same_page_where_it_is_wanted(tmp_path: Path) -> None:
    folders = make_runs(tmp_path / "runs", GOOD, POOR)
    first = compare(folders, tmp_path / "a" / "page.html").read_bytes()
    assert compare(folders, tmp_path / "b" / "page.html").read_bytes() == first
    assert (tmp_path / "a" / "page.md").is_file()


def test_models_that_were_not_trained_alike_are_told(tmp_path: Path) -> None:
    first, second = make_runs(tmp_path, GOOD, POOR)
    make_record(first, {"best": GOOD[:2]}, train_images=128)
    text = read(compare([first, second])).text
    assert (
        "The effort differs: cifar_basic 12 trials, then 2 seeds of 6 epochs on 128 "
        "images; cifar_inception 12 trials, then 3 seeds of 6 epochs on 64 images."
    ) in text


def test_a_test_set_that_was_opened_again_is_told(tmp_path: Path) -> None:
    first, second = make_runs(tmp_path, GOOD, POOR)
    once = compare([first, second]).read_text()
    openings.add(first, Opening("2026-11-23T09:00:00+00:00", {}, 6, 64))
    twice = compare([first, second]).read_text()
    warning = "cifar_basic/first has opened the test set 2 times"
    assert warning not in once and warning in twice[: twice.index("<h2>")]


def test_two_runs_of_one_study_are_told_apart(tmp_path: Path) -> None:
    first, second = make_run(tmp_path / "a"), make_run(tmp_path / "b")
    second = second.rename(first.parent / "second")
    make_record(first, {"best": GOOD})
    make_record(second, {"best": POOR})
    sentence = answer_of(compare([first, second]))
    assert sentence.startswith("cifar_residual/first over cifar_residual/second: ")


def test_a_model_trained_on_the_validation_images_is_told_and_has_no_curves(tmp_path: Path) -> None:
    first, second = make_runs(tmp_path, GOOD, POOR)
    make_record(first, {"best": GOOD}, with_validation=True)
    page = read(compare([first, second]))
    assert "3 seeds of 6 epochs on 64 images of the training and validation splits; cifar_inc" in page.text
    assert "A model trained on the validation images has none." in page.text
    assert "with the lowest seed or highest validation accuracy (cifar_basic seed 1 and" in page.text
    make_record(second, {"best": POOR}, with_validation=True)
    assert len(read(compare([first, second])).all("img")) == 1
