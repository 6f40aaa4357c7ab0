"""What is told before a search starts."""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import models
from models import Study
from search.algorithm.schedulers import SCHEDULERS
from search.command import preview
from search.runs.plan import Parent, PretrainedWeights
from search.runs.provenance import Hardware
from tests.conftest import alone
from tests.search.runs.conftest import small_plan

CPU = Hardware(cores=2, gpus=0, name="a processor", node_cores=2)
GPUS = Hardware(cores=16, gpus=4, name="a box", node_cores=16)
CAFFE = PretrainedWeights(path="vgg16.h5", fingerprint="a" * 64, blocks=4, preprocessing="caffe")
ON_GPU = {"gpu": True, "gpus_per_trial": 0.5, "concurrent": 8, "trials": 50}


@pytest.fixture(autouse=True)
def data(small_cache: Path) -> Iterator[None]:
    """Let there be 400 training images."""
    with alone(small_cache):
        yield


@pytest.fixture
def study() -> Study:
    """Return the study that is planned."""
    return models.load("cifar_basic")


def test_the_first_line_has_extent_place_and_time(study: Study) -> None:
    measured = dataclasses.replace(study, images_per_second=10.0)
    plan = small_plan(scheduler="none", trials=6, epochs=10, train_images=360)
    assert preview.opening(plan, measured, CPU) == (
        "cifar_basic: 6 trials of up to 10 epochs on 360 of 400 images, on 2 CPU cores, about 18 min "
        f"(with a GPU: all 400 images, {study.max_epochs} epochs)."
    )


def test_where_nothing_was_measured_no_time_is_told(study: Study) -> None:
    unknown = dataclasses.replace(study, images_per_second=None)
    assert " min" not in preview.opening(small_plan(), unknown, CPU)
    assert "no time: not measured on such hardware" in preview.dry_run(small_plan(), unknown, CPU)


def test_a_short_search_takes_a_minute_and_not_none(study: Study) -> None:
    fast = dataclasses.replace(study, images_per_second=1e9)
    assert "about 1 min" in preview.opening(small_plan(), fast, CPU)
    assert "about 1 min" in preview.dry_run(small_plan(), fast, CPU)


def test_on_a_gpu_there_is_no_hint_at_gpus(study: Study) -> None:
    plan = small_plan(**ON_GPU)
    assert preview.opening(plan, study, GPUS) == (
        "cifar_basic: 50 trials of up to 9 epochs on 100 of 400 images, on 4 GPUs."
    )


def test_weights_and_parent_are_told(study: Study) -> None:
    parent = Parent("cifar_basic/first", "c", "b" * 64, 7, 0.51239, {}, small_plan(), "f" * 64)
    lines = preview.opening(small_plan(weights=CAFFE, parent=parent), study, CPU).splitlines()
    assert lines[1].startswith("Weights: vgg16.h5, VGG16 blocks 1 to 4; they want ")
    assert lines[2] == "Parent: cifar_basic/first, trial 7, val_accuracy 0.5124."
    downloaded = dataclasses.replace(CAFFE, path="")
    assert "Weights: Keras's ImageNet weights" in preview.opening(small_plan(weights=downloaded), study, CPU)


def test_a_dry_run_shows_every_hyperparameter_and_the_default(study: Study) -> None:
    lines = preview.dry_run(small_plan(), study, CPU).splitlines()
    assert lines[1:4] == [
        "  learning_rate  0.0001 to 0.1, log  (default 0.01)",
        "  depth          1 to 4  (default 2)",
        "  batch_size     32",
    ]


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_dry_run_says_how_trials_are_compared(study: Study, name: str) -> None:
    plan = small_plan(scheduler=name)
    description = plan.describe_scheduler()
    text = preview.dry_run(plan, study, CPU)
    assert (
        f"Scheduler: {name}; trials are compared at epochs {', '.join(map(str, description.rungs))}; " in text
    )
    assert description.rule in text
    assert f"Estimate: {plan.judge([]).expected_epochs()} epochs" in text


@pytest.mark.parametrize(
    ("changes", "resources"),
    [
        ({}, "2 trials at a time, 1 thread each, of 2 cores and 0 GPUs (a processor)"),
        ({"threads": 3}, "2 trials at a time, 3 threads each,"),
        (ON_GPU, "8 trials at a time, 0.5 GPU each,"),
        ({"concurrent": 99}, "6 trials at a time"),
    ],
)
def test_a_dry_run_says_what_each_trial_gets(study: Study, changes: dict[str, float], resources: str) -> None:
    assert f"Resources: {resources}" in preview.dry_run(small_plan(**changes), study, CPU)


def test_a_dry_run_has_images_sampler_seed_and_backend(study: Study) -> None:
    text = preview.dry_run(small_plan(train_images=12345, seed=3, backend="jax"), study, CPU)
    assert "Images: 12,345 for training, 50 for validation" in text
    assert re.search(r"^Sampler: random, seed 3; backend jax$", text, re.M)
