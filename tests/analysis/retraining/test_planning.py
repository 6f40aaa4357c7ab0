"""How much room a retraining takes: as much as there is, on hardware that need not be the search's."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis import evidence as results
from analysis.retraining import planning, storage
from analysis.retraining.options import RetrainOptions
from analysis.retraining.record import Record
from search.options import OptionError
from search.runs.plan import Plan
from search.runs.provenance import Hardware
from search.runs.run import open_run, read_trials
from tests.analysis.conftest import NAME, Retrained, record_of


@pytest.fixture
def start(retrained: Retrained) -> Record:
    found = record_of(retrained.runs / NAME)
    return replace(found, epochs=7, seeds=(1, 2, 3), train_images=128)


@pytest.fixture
def plan(retrained: Retrained) -> Plan:
    with open_run(retrained.runs / NAME) as opened:
        return replace(opened.plan, threads=2)


def test_on_cores_each_training_has_the_searchs_threads(plan: Plan, start: Record) -> None:
    made = planning.make_plan(RetrainOptions(), plan, start, Hardware(8, 0, "a processor", 8))
    assert (made.concurrent, made.threads, made.slots) == (4, 2, 4)
    assert (made.epochs, made.train_images) == (7, 128)
    one = planning.make_plan(RetrainOptions(), plan, start, Hardware(1, 0, "a processor", 1))
    assert one.concurrent == 1


def test_on_gpus_each_has_its_share(plan: Plan, start: Record) -> None:
    searched, there = replace(plan, gpu=True, gpus_per_trial=0.5), Hardware(8, 2, "GPUs", 8)
    assert planning.make_plan(RetrainOptions(), searched, start, there).concurrent == 4
    with pytest.raises(OptionError, match="--concurrent 5: the GPUs here have room for 4"):
        planning.make_plan(RetrainOptions(concurrent=5), searched, start, there)


def test_without_the_searchs_gpu_it_trains_on_cores_and_says_so(
    plan: Plan, start: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    searched = replace(plan, gpu=True, gpus_per_trial=1.0)
    made = planning.make_plan(RetrainOptions(), searched, start, Hardware(4, 0, "a processor", 4))
    assert not made.gpu and made.gpus_per_trial == 0 and made.concurrent == 2
    assert "searched on a GPU, and there is none here" in capsys.readouterr().err


def test_seeds_are_the_searchs_successors_and_never_its_own() -> None:
    assert planning._seeds(0, 3) == (1, 2, 3)
    assert planning._seeds(7, 2) == (8, 9)


@pytest.mark.usefixtures("small_data")
def test_a_final_training_is_of_the_best_alone_on_all_images_for_the_studys_epochs(tested: Path) -> None:
    with open_run(tested) as opened:
        trials = read_trials(tested)
        final = planning.starting_record(RetrainOptions(final=True), opened, trials)
        shorter = planning.starting_record(RetrainOptions(final=True, epochs=3), opened, trials)
        assert [configuration.name for configuration in final.configurations] == ["best"]
        assert (final.train_images, final.epochs, len(final.seeds)) == (400, 30, 1)
        assert (shorter.train_images, shorter.epochs) == (400, 3)
        made = planning.make_plan(RetrainOptions(), opened.plan, final, Hardware(1, 0, "a processor", 1))
        best = trials[final.configurations[0].trial]
        seconds = 30 * 400 * best.seconds / best.images
        assert planning.estimate(final, made, trials) == pytest.approx(seconds)


@pytest.mark.usefixtures("small_data")
def test_the_retraining_before_a_final_one_stays_in_the_report(tested: Path) -> None:
    with open_run(tested) as opened:
        final = planning.starting_record(RetrainOptions(final=True), opened, read_trials(tested))
        planning.make_room(final)
    evidence = results.read(tested)
    assert evidence.record is None
    (before,) = evidence.earlier
    assert results.tested_of(before)["best"].accuracies


@pytest.mark.usefixtures("small_data")
def test_with_validation_a_final_training_is_on_the_images_of_both_splits(tested: Path) -> None:
    both = RetrainOptions(final=True, with_validation=True)
    with open_run(tested) as opened:
        trials = read_trials(tested)
        final = planning.starting_record(both, opened, trials)
        assert [configuration.name for configuration in final.configurations] == ["best"]
        assert (final.train_images, final.with_validation, len(final.seeds)) == (600, True, 1)
        fewer = planning.starting_record(replace(both, train_images=500), opened, trials)
        assert fewer.train_images == 500
        made = planning.make_plan(RetrainOptions(), opened.plan, final, Hardware(1, 0, "a processor", 1))
        assert made.with_validation
        best = trials[final.configurations[0].trial]
        seconds = 30 * 600 * best.seconds / best.images
        assert planning.estimate(final, made, trials) == pytest.approx(seconds)


@pytest.mark.usefixtures("small_data")
def test_a_retraining_with_validation_goes_on_until_a_final_one_begins_anew(tested: Path) -> None:
    with open_run(tested) as opened:
        trials = read_trials(tested)

        def start(**options: Any) -> Record:
            return planning.starting_record(RetrainOptions(**options), opened, trials)

        with pytest.raises(OptionError, match="--with-validation: it needs --final"):
            start(with_validation=True)
        first = start(final=True, with_validation=True, epochs=1, train_images=300)
        planning.make_room(first)
        storage.write(first)
        for options in ({}, {"with_validation": True}, {"seeds": 2}, {"epochs": 1}):
            on = start(**options)
            assert (on.with_validation, on.train_images, len(on.configurations)) == (True, 300, 1)
            assert planning._same(first, on)
        without = start(final=True, epochs=1, train_images=300)
        assert not without.with_validation and not planning._same(first, without)
