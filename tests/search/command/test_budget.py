"""How much a search trains: what a CPU can do in a quarter of an hour, or everything on a GPU."""

import dataclasses

import pytest

import models
from models import Study
from search.algorithm.schedulers import SCHEDULERS
from search.command import budget
from search.runs.provenance import Hardware
from tests.search.runs.conftest import small_plan

STUDY = Study(dataset="cifar10", space={"model": {}}, build=lambda: None, max_epochs=30)
SMALL = dataclasses.replace(STUDY, cpu_images=500, cpu_epochs=4)
TWO_CORES = Hardware(cores=2, gpus=0, name="a processor", node_cores=2)


def test_on_a_gpu_a_trial_sees_everything() -> None:
    assert budget.train_images(40_000, SMALL, gpu=True) == 40_000
    assert budget.epochs(SMALL, gpu=True) == 30
    assert budget.validation_images(10_000, gpu=True) == 8_000


@pytest.mark.parametrize(("study", "images", "epochs"), [(STUDY, 2048, 12), (SMALL, 500, 4)])
def test_on_a_cpu_a_trial_sees_a_part(study: Study, images: int, epochs: int) -> None:
    assert budget.train_images(40_000, study, gpu=False) == images
    assert budget.epochs(study, gpu=False) == epochs
    assert budget.validation_images(10_000, gpu=False) == 1000


def test_there_is_never_more_than_there_is() -> None:
    assert budget.train_images(100, STUDY, gpu=False) == 100
    assert budget.epochs(dataclasses.replace(SMALL, max_epochs=2), gpu=False) == 2


@pytest.mark.parametrize("images", [5, 100, 1000, 1249, 10_000])
@pytest.mark.parametrize("gpu", [True, False])
def test_a_fifth_of_the_validation_images_is_never_used(images: int, gpu: bool) -> None:
    assert budget.validation_images(images, gpu=gpu) <= 0.8 * images


@pytest.mark.parametrize("name", SCHEDULERS)
def test_the_epochs_are_those_that_the_scheduler_expects(name: str) -> None:
    plan = small_plan(scheduler=name, trials=50, epochs=18)
    epochs = budget.total_epochs(plan)
    assert epochs == plan.judge([]).expected_epochs()
    assert (epochs == 50 * 18) == (name == "none")


def test_halving_trains_about_a_quarter() -> None:
    assert budget.total_epochs(small_plan(trials=50, epochs=18)) == 240


def test_the_time_is_that_of_all_images_on_all_cores() -> None:
    plan = small_plan(scheduler="none", trials=4, epochs=10, train_images=1000, concurrent=2)
    assert budget.seconds(plan, TWO_CORES, 100.0) == budget.START_SECONDS + 4 * 10 * 1000 / (2 * 100)


@pytest.mark.parametrize(("concurrent", "trials", "cores"), [(1, 4, 8), (8, 4, 1), (8, 1, 8)])
def test_no_more_cores_are_counted_than_are_busy(concurrent: int, trials: int, cores: int) -> None:
    plan = small_plan(scheduler="none", trials=trials, epochs=1, train_images=100, concurrent=concurrent)
    hardware = Hardware(cores=cores, gpus=0, name="a processor", node_cores=cores)
    assert budget.seconds(plan, hardware, 10.0) == budget.START_SECONDS + trials * 10


def test_where_nothing_was_measured_there_is_no_estimate() -> None:
    assert budget.seconds(small_plan(), TWO_CORES, None) is None
    assert budget.seconds(small_plan(gpu=True), TWO_CORES, 100.0) is None


def test_fifty_trials_of_cifar_take_about_a_quarter_of_an_hour_on_two_cores() -> None:
    study = models.load("cifar_residual")
    plan = small_plan(
        trials=50,
        epochs=budget.epochs(study, gpu=False),
        train_images=budget.train_images(40_000, study, gpu=False),
    )
    seconds = budget.seconds(plan, TWO_CORES, study.images_per_second)
    assert seconds
    assert 8 * 60 < seconds < 20 * 60
