"""The study files: each space fits its builder, which builds a model at every corner of the space."""

import importlib
import inspect
import itertools
import re
from typing import Any

import keras
import numpy as np
import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution

import data
import models
from models.parts.augmentation import augment
from models.space import points
from models.space.study import SECTIONS, Study, signature_defaults

NAMES = models.names()


def corners(space: dict[str, BaseDistribution]) -> list[dict[str, Any]]:
    """Return points that have each choice and each end of each range, and all corners of the ranges."""
    ends: dict[str, list[Any]] = {}
    for name, distribution in space.items():
        if isinstance(distribution, CategoricalDistribution):
            ends[name] = list(distribution.choices)
        else:
            ends[name] = [distribution.low, distribution.high]  # type: ignore[attr-defined]
    n = max(map(len, ends.values()))
    cycled = [{name: values[i % len(values)] for name, values in ends.items()} for i in range(n)]
    ranges = {name: values for name, values in ends.items() if len(values) == 2}
    last = {name: values[-1] for name, values in ends.items()}
    mixed = [
        {**last, **dict(zip(ranges, corner, strict=True))} for corner in itertools.product(*ranges.values())
    ]
    return [*cycled, *mixed]


def test_the_seven_studies_exist() -> None:
    cifar = {"cifar_basic", "cifar_inception", "cifar_residual"}
    cats_dogs = {f"cats_dogs_{name}" for name in ("cnn", "vgg16", "vgg16_augmented", "vgg16_finetuned")}
    assert cifar | cats_dogs <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_docstring_holds_question_part_command_and_dated_result(name: str) -> None:
    part = r" \(assignment [12] [a-i](, [a-i])*\)" if re.match("cifar|cats_dogs", name) else ""
    assert re.search(rf"\?{part}$", models.summary(name))
    docstring = importlib.import_module(f"models.{name}").__doc__ or ""
    assert f"\n\n    python -m search {name} --trials 50" in docstring
    result = docstring[docstring.index("\nResult") :]
    for part in (r"2026-\d\d-\d\d", r"CPU cores", r"n = 1|two searches", r"\d+\.\d min", r"3 seeds"):
        assert re.search(part, result), part


@pytest.mark.parametrize("name", NAMES)
def test_the_space_fits_the_signatures(name: str) -> None:
    study = models.load(name)
    assert set(study.space) <= set(SECTIONS)
    arguments = set(inspect.signature(study.build).parameters) - {"input_shape", "classes"}
    assert set(study.space["model"]) == arguments == set(signature_defaults(study.build))
    if study.base:
        assert set(study.space["base"]) == set(signature_defaults(study.base))
    assert set(study.space["fit"]) <= set(points.FIT_DEFAULTS)
    assert set(study.space.get("augmentation", {})) <= set(signature_defaults(augment))
    assert study.dataset in data.names()


@pytest.mark.parametrize("name", NAMES)
def test_trials_share_a_training_step_where_only_rates_and_augmentation_differ(name: str) -> None:
    study = models.load(name)
    params = points.default_params(study, study.distributions(gpu=True))
    compiled = {name for name in params if study.compiled({**params, name: "x"}) != study.compiled(params)}
    rates = {"learning_rate", "schedule", "weight_decay", "dropout", "label_smoothing"}
    assert compiled == set(params) - rates - set(study.space.get("augmentation", {}))


@pytest.mark.parametrize("name", NAMES)
def test_every_study_searches_rate_depth_and_normalization(name: str) -> None:
    space = models.load(name).distributions(gpu=True)
    assert {"learning_rate", "depth", "normalization"} <= set(space)
    normalization = space["normalization"]
    assert isinstance(normalization, CategoricalDistribution)
    assert set(normalization.choices) == {"none", "batch", "layer", "group"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("gpu", [False, True])
def test_the_default_is_a_point_of_the_space(name: str, gpu: bool) -> None:
    space = models.load(name).distributions(gpu=gpu)
    for key, value in points.default_params(models.load(name), space).items():
        assert space[key]._contains(space[key].to_internal_repr(value)), key


@pytest.mark.parametrize("name", NAMES)
def test_it_builds_at_the_corners_of_its_space(name: str) -> None:
    study = models.load(name)
    for params in corners({**study.space.get("base", {}), **study.space["model"]}):
        shape, classes = input_shape_and_classes(study, params)
        model = study.build(shape, classes, **study.section("model", params))
        assert model.output_shape == (None, classes), params
        assert model.input_shape == (None, *shape)
        assert isinstance(model.layers[-1], keras.layers.Dense)
        assert model.layers[-1].activation is keras.activations.linear, "the loss applies the softmax"
        keras.backend.clear_session()


@pytest.mark.parametrize("name", NAMES)
def test_it_maps_images_to_logits(name: str) -> None:
    study = models.load(name)
    params = points.default_params(study, _cpu(study))
    shape, classes = input_shape_and_classes(study, params)
    model = study.build(shape, classes, **study.section("model", params))
    logits = model.predict(np.random.default_rng(0).random((3, *shape), np.float32), verbose=0)
    assert logits.shape == (3, classes)
    assert np.isfinite(logits).all()


def input_shape_and_classes(study: Study, params: dict[str, Any]) -> tuple[tuple[int, ...], int]:
    """Return the input shape of a study's model, of images or features, and the number of classes."""
    shape, classes = data.shape(study.dataset)
    return (base_shape(study, shape, params) if study.base else shape), classes


def base_shape(study: Study, shape: tuple[int, ...], params: dict[str, Any]) -> tuple[int, ...]:
    """Return the shape of the features of a study's base."""
    if study.backbones:
        assert study.base
        made: tuple[int, ...] = study.base(shape, None, **study.section("base", params)).output_shape[1:]
        return made
    blocks = params["cut"] - params.get("unfrozen", 0)
    size = params["pixels"] // 2**blocks
    if params == points.default_params(study, _cpu(study)):  # only once: a base takes a second to build
        assert study.base
        features = study.base(shape, None, **study.section("base", params)).output_shape[1:]
        assert features == (size, size, 512 if blocks > 3 else 256)
    return size, size, (64, 128, 256, 512, 512)[blocks - 1]


def _cpu(study: Study) -> dict[str, BaseDistribution]:
    return study.distributions(gpu=False)
