"""Every study: its space fits its builder, and it builds at the corners of its space."""

import importlib
import inspect
import itertools
from typing import Any

import keras
import numpy as np
import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution

import data
import models
from models.__main__ import main
from models.parts.augmentation import augment
from models.space import points
from models.space.study import SECTIONS, Study, signature_defaults

NAMES = models.names()


def corners(space: dict[str, BaseDistribution]) -> list[dict[str, Any]]:
    """Return points that have each choice and each end of each range, and all corners of the ranges."""
    ends: dict[str, list[Any]] = {}
    for name, each in space.items():
        if isinstance(each, CategoricalDistribution):
            ends[name] = list(each.choices)
        else:
            ends[name] = [each.low, each.high]  # type: ignore[attr-defined]
    n = max(map(len, ends.values()))
    cycled = [{name: values[i % len(values)] for name, values in ends.items()} for i in range(n)]
    ranges = {name: values for name, values in ends.items() if len(values) == 2}
    rest = {name: values[-1] for name, values in ends.items()}
    mixed = [{**rest, **dict(zip(ranges, each, strict=True))} for each in itertools.product(*ranges.values())]
    return [*cycled, *mixed]


def test_the_seven_studies_are_there() -> None:
    cifar = {"cifar_basic", "cifar_inception", "cifar_residual"}
    cats_dogs = {"cats_dogs_cnn", *(f"cats_dogs_vgg16{each}" for each in ("", "_augmented", "_finetuned"))}
    assert cifar | cats_dogs <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_study_says_what_it_asks_and_how_to_run_it(name: str) -> None:
    assert "?" in models.summary(name)
    study = importlib.import_module(f"models.{name}")
    assert f"python -m search {name} --trials 50" in (study.__doc__ or "")


@pytest.mark.parametrize("name", NAMES)
def test_the_space_fits_the_signatures(name: str) -> None:
    study = models.load(name)
    assert set(study.space) <= set(SECTIONS)
    takes = set(inspect.signature(study.build).parameters) - {"input_shape", "classes"}
    assert set(study.space["model"]) == takes == set(signature_defaults(study.build))
    if study.base:
        assert set(study.space["base"]) == set(signature_defaults(study.base))
    assert set(study.space["fit"]) <= set(points.FIT_DEFAULTS)
    assert set(study.space.get("augmentation", {})) <= set(signature_defaults(augment))
    assert study.dataset in data.names()


@pytest.mark.parametrize("name", NAMES)
def test_trials_share_a_training_step_where_only_rates_and_augmentation_differ(name: str) -> None:
    study = models.load(name)
    point = points.default_params(study, study.distributions(gpu=True))
    apart = {each for each in point if study.compiled({**point, each: "other"}) != study.compiled(point)}
    rates = {"learning_rate", "schedule", "weight_decay", "dropout", "label_smoothing"}
    assert apart == set(point) - rates - set(study.space.get("augmentation", {}))


@pytest.mark.parametrize("name", NAMES)
def test_every_study_searches_what_all_search(name: str) -> None:
    searched = models.load(name).distributions(gpu=True)
    assert {"learning_rate", "depth", "normalization"} <= set(searched)
    normalization = searched["normalization"]
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
    for point in corners({**study.space.get("base", {}), **study.space["model"]}):
        shape, classes = seen(study, point)
        model = study.build(shape, classes, **study.section("model", point))
        assert model.output_shape == (None, classes), point
        assert model.input_shape == (None, *shape)
        assert isinstance(model.layers[-1], keras.layers.Dense)
        assert model.layers[-1].activation is keras.activations.linear, "softmax is taken in the loss"
        keras.backend.clear_session()


@pytest.mark.parametrize("name", NAMES)
def test_it_maps_images_to_logits(name: str) -> None:
    study = models.load(name)
    point = points.default_params(study, _cpu(study))
    shape, classes = seen(study, point)
    model = study.build(shape, classes, **study.section("model", point))
    logits = model.predict(np.random.default_rng(0).random((3, *shape), np.float32), verbose=0)
    assert logits.shape == (3, classes)
    assert np.isfinite(logits).all()


def seen(study: Study, point: dict[str, Any]) -> tuple[tuple[int, ...], int]:
    """Return the shape of what a study's model takes, images or features, and how many classes there are."""
    shape, classes = data.shape(study.dataset)
    return (base_shape(study, shape, point) if study.base else shape), classes


def base_shape(study: Study, shape: tuple[int, ...], point: dict[str, Any]) -> tuple[int, ...]:
    blocks = point["cut"] - point.get("unfrozen", 0)
    size = point["pixels"] // 2**blocks
    if point == points.default_params(study, _cpu(study)):  # once, since a base takes a second to build
        assert study.base
        built = study.base(shape, None, **study.section("base", point)).output_shape[1:]
        assert built == (size, size, 512 if blocks > 3 else 256)
    return size, size, (64, 128, 256, 512, 512)[blocks - 1]


def _cpu(study: Study) -> dict[str, BaseDistribution]:
    return study.distributions(gpu=False)


def test_an_unknown_study_is_answered_with_the_nearest() -> None:
    with pytest.raises(models.UnknownStudy, match="no study 'cifar_resdiual'. Did you mean cifar_residual"):
        models.load("cifar_resdiual")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("depth=9", "--set depth=9: depth must be 1 to 4"),
        ("depth=2.5", "depth must be 1 to 4"),
        ("depth", "--set depth: expected NAME=VALUE"),
        ("dpeth=2", "no hyperparameter 'dpeth'. Did you mean depth"),
        ("learning_rate=1", "learning_rate must be 0.0001 to 0.1, log"),
        ("learning_rate=fast", "learning_rate must be 0.0001 to 0.1, log"),
        ("learning_rate=NaN", "learning_rate must be 0.0001 to 0.1, log"),
        ("width=12", "width must be 8 to 64, step 8"),
        ("normalization=lots", "normalization must be none | batch | layer | group"),
        ("flip=maybe", "flip must be True | False"),
        ("batch_size=1e400", "batch_size must be 32 | 64 | 128"),
    ],
)
def test_a_value_that_is_not_in_the_space_is_refused(said: str, message: str) -> None:
    space = models.load("cifar_residual").distributions(gpu=True)
    with pytest.raises(points.PointError) as raised:
        points.fix_params(space, space, [said])
    assert message in str(raised.value)


def test_a_fixed_value_is_the_only_one_and_the_default() -> None:
    study = models.load("cifar_residual")
    whole = study.distributions(gpu=True)
    said = ["width=64", "learning_rate=0.01", "flip=false", "normalization=group", "batch_size=32"]
    space = points.fix_params(study.distributions(gpu=False), whole, said)
    assert [name for name, each in space.items() if each.single()] == [
        "width", "normalization", "learning_rate", "batch_size", "flip"
    ]  # fmt: skip
    default = points.default_params(study, space)
    assert (default["width"], default["flip"], default["batch_size"]) == (64, False, 32)
    assert default["learning_rate"] == 0.01


def test_a_study_that_augments_nothing_has_no_augmentations_to_show(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["cats_dogs_vgg16", "--show"])
    assert stop.value.code == 2
    assert "--show: cats_dogs_vgg16 uses no augmentation" in capsys.readouterr().err
