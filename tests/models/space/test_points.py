"""Params: the default ones, those that `--set` fixes, and what a user reads of both."""

import pytest
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

import models
from models.space import points
from models.space.study import Study


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("depth=9", "--set depth=9: depth must be 1 to 4"),
        ("depth=2.5", "depth must be 1 to 4"),
        ("depth", "--set depth: expected NAME=VALUE"),
        ("dpeth=2", "no hyperparameter 'dpeth'. Did you mean depth? Valid names: depth, blocks, width"),
        ("learning_rate=1", "learning_rate must be 0.0001 to 0.1, log"),
        ("learning_rate=fast", "learning_rate must be 0.0001 to 0.1, log"),
        ("learning_rate=NaN", "learning_rate must be 0.0001 to 0.1, log"),
        ("width=12", "width must be 8 to 64, step 8"),
        ("normalization=lots", "normalization must be none | batch | layer | group"),
        ("flip=maybe", "flip must be True | False"),
        ("batch_size=1e400", "batch_size must be 32 | 64 | 128"),
    ],
)
def test_a_value_that_is_not_in_the_space_is_refused(setting: str, message: str) -> None:
    space = models.load("cifar_residual").distributions(gpu=True)
    with pytest.raises(points.PointError) as error:
        points.fix_params(space, space, [setting])
    assert message in str(error.value)


def test_a_fixed_value_is_the_only_one_and_the_default() -> None:
    study = models.load("cifar_residual")
    full_space = study.distributions(gpu=True)
    settings = ["width=64", "learning_rate=0.01", "flip=false", "normalization=group", "batch_size=32"]
    space = points.fix_params(study.distributions(gpu=False), full_space, settings)
    assert [name for name, distribution in space.items() if distribution.single()] == [
        "width", "normalization", "learning_rate", "batch_size", "flip"
    ]  # fmt: skip
    params = points.default_params(study, space)
    assert (params["width"], params["flip"], params["batch_size"]) == (64, False, 32)
    assert params["learning_rate"] == 0.01


def test_a_default_of_the_study_replaces_one_of_a_signature() -> None:
    def build(input_shape: object, classes: int, *, depth: int = 2, width: int = 8) -> None: ...

    space: dict[str, BaseDistribution] = {
        "depth": IntDistribution(1, 4), "width": IntDistribution(8, 64), "shift": IntDistribution(0, 4)
    }  # fmt: skip
    study = Study("cifar10", {"model": space}, build, 1, default={"width": 16})
    assert points.default_params(study, space) == {"depth": 2, "width": 16, "shift": 2}


@pytest.mark.parametrize(
    ("distribution", "text"),
    [
        (CategoricalDistribution([True, "adam", 0.25]), "True | adam | 0.25"),
        (IntDistribution(1, 4), "1 to 4"),
        (IntDistribution(8, 64, step=8), "8 to 64, step 8"),
        (IntDistribution(3, 3), "3"),
        (FloatDistribution(1e-4, 0.1, log=True), "0.0001 to 0.1, log"),
    ],
)
def test_a_distribution_as_text(distribution: BaseDistribution, text: str) -> None:
    assert points.format_distribution(distribution) == text


def test_params_as_text() -> None:
    params = {"depth": 2, "learning_rate": 0.00123456, "flip": True, "normalization": "batch"}
    assert points.format_params(params) == "depth=2 learning_rate=0.00123 flip=True normalization=batch"
