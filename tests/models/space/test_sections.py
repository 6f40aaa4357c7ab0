"""Shared sections fit the functions that they belong to, and hold what every study must search."""

import inspect

import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution

from models.parts.augmentation import augment
from models.parts.vgg16 import top
from models.space.points import FIT_DEFAULTS
from models.space.sections import CIFAR_AUGMENTATION, FIT, PHOTO_AUGMENTATION, TOP
from models.space.study import signature_defaults

AUGMENTATIONS = [CIFAR_AUGMENTATION, PHOTO_AUGMENTATION]


def contains(distribution: BaseDistribution, value: object) -> bool:
    return distribution._contains(distribution.to_internal_repr(value))


def test_the_section_fit_holds_the_arguments_of_fit_and_their_defaults() -> None:
    assert set(FIT) == set(FIT_DEFAULTS)
    assert all(contains(FIT[name], value) for name, value in FIT_DEFAULTS.items())


def test_the_section_of_the_top_holds_its_arguments() -> None:
    assert set(TOP) == set(inspect.signature(top).parameters) - {"x", "classes"}
    normalization = TOP["normalization"]
    assert isinstance(normalization, CategoricalDistribution)
    assert set(normalization.choices) == {"none", "batch", "layer", "group"}


@pytest.mark.parametrize("section", AUGMENTATIONS)
def test_an_augmentation_section_holds_arguments_of_augment(section: dict[str, BaseDistribution]) -> None:
    assert set(section) <= set(signature_defaults(augment))


@pytest.mark.parametrize("section", AUGMENTATIONS)
def test_no_augmentation_is_a_point_of_every_space(section: dict[str, BaseDistribution]) -> None:
    assert all(contains(distribution, 0) for distribution in section.values())
