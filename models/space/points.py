"""Points of a search space: the default one, and hyperparameters fixed with `--set`."""

import difflib
import json
import math
from collections.abc import Mapping
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from models.parts.augmentation import augment
from models.space.study import Study, signature_defaults


class PointError(ValueError):
    """A hyperparameter or its value is not in the space; the message names the valid ones."""


# What `fit` takes where nothing is said. Not read off its signature: that would import Keras, and a usage
# error is to be told at once. A test holds one against the other.
FIT_DEFAULTS: Mapping[str, Any] = {
    "optimizer": "adam",
    "learning_rate": 2e-3,
    "schedule": "cosine",
    "batch_size": 64,
    "weight_decay": 1e-3,
    "dropout": 0.2,
    "label_smoothing": 0.0,
}


def default(study: Study, space: Mapping[str, BaseDistribution]) -> dict[str, Any]:
    """Return the first point tried: the defaults in the signatures, and the values that are fixed."""
    base = signature_defaults(study.base) if study.base else {}
    said = base | signature_defaults(study.build) | signature_defaults(augment)
    point = {**FIT_DEFAULTS, **said, **study.default}
    return {name: _only(each) if each.single() else point[name] for name, each in space.items()}


def fix(
    space: Mapping[str, BaseDistribution], whole: Mapping[str, BaseDistribution], said: list[str]
) -> dict[str, BaseDistribution]:
    """Return a space in which the hyperparameters of `--set K=V …` have a single value.

    Args:
        space: as narrowed for the hardware.
        whole: as the study has it; a value may lie outside of the narrowed one.
        said: "K=V" each.

    Raises:
        PointError: there is no such hyperparameter, or it cannot have that value.
    """
    fixed = dict(space)
    for each in said:
        name, equals, text = each.partition("=")
        if not equals:
            raise PointError(f"--set {each}: it is --set NAME=VALUE")
        if name not in whole:
            near = difflib.get_close_matches(name, whole, n=1, cutoff=0.4)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise PointError(f"--set {each}: no hyperparameter {name!r}.{hint} There are {', '.join(whole)}")
        fixed[name] = _single(whole[name], name, text)
    return fixed


def show(distribution: BaseDistribution) -> str:
    """Return a distribution as a person reads it."""
    if isinstance(distribution, CategoricalDistribution):
        return " | ".join(_text(each) for each in distribution.choices)
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    if distribution.single():
        return f"{distribution.low:g}"
    step = f", step {distribution.step:g}" if distribution.step and distribution.step != 1 else ""
    return f"{distribution.low:g} to {distribution.high:g}{', log' if distribution.log else ''}{step}"


def shown(point: Mapping[str, Any]) -> str:
    """Return a point in one line."""
    return " ".join(f"{name}={_text(value)}" for name, value in point.items())


def _text(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _only(distribution: BaseDistribution) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[0]
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    return distribution.low


def _single(distribution: BaseDistribution, name: str, text: str) -> BaseDistribution:
    wrong = PointError(f"--set {name}={text}: {name} is {show(distribution)}")
    if isinstance(distribution, CategoricalDistribution):
        chosen = [each for each in distribution.choices if text.lower() == str(each).lower()]
        if not chosen:
            raise wrong
        return CategoricalDistribution(chosen[:1])
    try:
        value = json.loads(text)
    except ValueError:
        raise wrong from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise wrong
    if isinstance(distribution, IntDistribution):
        if value != int(value) or not distribution._contains(value):
            raise wrong
        return IntDistribution(int(value), int(value))
    assert isinstance(distribution, FloatDistribution)
    if not distribution.low <= value <= distribution.high:
        raise wrong
    return FloatDistribution(value, value)
