"""The chapter on the search: settings, cost, space, failures, and captions that agree with the numbers."""

import json
from pathlib import Path

import pytest

from analysis.chapters.searching import section
from analysis.evidence import read
from tests.analysis.chapters.conftest import pictures_of, text_of
from tests.analysis.figures.example_runs import finished_trials, make_trial
from tests.analysis.finished_run import make_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of 12 trials, of which trial 4 failed and trial 9 is the best."""
    return make_run(tmp_path_factory.mktemp("run"))


def test_it_states_settings_cost_and_the_best_trial(folder: Path) -> None:
    text = text_of(section(read(folder)))
    assert "| trials | 12 of 12 trials: 4 complete, 7 stopped, 1 failed. |" in text
    assert "| best | trial 9, accuracy 57.3 % after 6 epochs |" in text
    assert "| sampler | tpe, seed 0 |" in text
    assert "about the best 1/3 of each go on" in text
    assert "| hardware | a processor, 2 cores; 2 trials at a time |" in text
    assert "| trained | 39 epochs, 2,496 images |" in text  # 4 trials of 6 epochs, 7 of 2, 1 of 1


def test_the_space_stands_beside_default_and_best(folder: Path) -> None:
    best = read(folder).best
    assert best is not None
    row = f"| normalization | none | batch | layer | group | batch | {best.params['normalization']} |"
    assert row in text_of(section(read(folder)))


def test_failed_trials_have_their_reason_without_folders(tmp_path: Path) -> None:
    trials = finished_trials(12)
    trials[4].reason = "cannot open /home/me/data/images.npy"
    text = text_of(section(read(make_run(tmp_path, trials=trials))))
    assert "| 4 | 1 | cannot open …/images.npy |" in text and "/home/me" not in text


def test_the_best_is_compared_on_images_that_the_search_did_not_use(folder: Path) -> None:
    text = text_of(section(read(folder)))
    assert (
        "4,000 validation images that the search did not use: accuracy of the best 62.0 %, of the default "
        "59.0 %." in text
    )
    assert "Conclusion: best over default: +3.0 points, interval 1.8 to 4.2" in text


def test_the_captions_count_close_and_later_trials(tmp_path: Path) -> None:
    values = (0.60, 0.59, 0.40)  # two standard errors on 1,000 images are 3.1 points
    trials = [make_trial(number, [value] * 6, "complete") for number, value in enumerate(values)]
    text = text_of(section(read(make_run(tmp_path, trials=trials, best=None))))
    assert "Of 2 other trials that reached epoch 6, 1 came within 3.1 points of it" in text
    assert "the best so far is trial 0, and none of the 2 later trials is better" in text


def test_a_run_without_values_has_the_same_pictures(tmp_path: Path, folder: Path) -> None:
    empty = section(read(make_run(tmp_path, trials=[], best=None)))
    assert pictures_of(empty) == pictures_of(section(read(folder)))
    assert "No trial has finished an epoch yet." in text_of(empty)


def test_a_search_of_two_objectives_shows_its_front_and_its_limits(tmp_path: Path, folder: Path) -> None:
    trials = finished_trials(12)
    for trial in trials:
        trial.epochs[1] = trial.epochs[1] | {"parameters": 1000.0 * (12 - trial.number)}
    run = make_run(tmp_path, trials=trials)
    record = json.loads((run / "run.json").read_text())
    record["plan"] |= {"cost": "parameters", "at_most": {"size": 90000}}
    (run / "run.json").write_text(json.dumps(record))
    chapter = section(read(run))
    text = text_of(chapter)
    assert "| trial | val_accuracy | parameters | hyperparameters |" in text
    best = max((trial for trial in trials if trial.state == "complete"), key=lambda trial: trial.value)
    assert (
        f"| {best.number} | {100 * best.value:.1f} % | {12000 - 1000 * best.number:,} parameters | " in text
    )
    assert "| limits | a model of more than 90,000 bytes was not trained |" in text
    assert pictures_of(chapter)[0] == "front"
    assert "front" not in pictures_of(section(read(folder)))
