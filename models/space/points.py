"""Params of a point of a search space: the default ones, those fixed with `--set`, and both as text."""

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

from data.terminal.arguments import shortened
from models.parts.augmentation import augment
from models.space.study import Study, signature_defaults


class PointError(ValueError):
    """A hyperparameter or its value is not in the space; the message lists the valid ones."""


# The defaults of `fit`. They are repeated here because reading its signature would import Keras, and a usage
# error must be reported at once. A test compares both.
FIT_DEFAULTS: Mapping[str, Any] = {
    "optimizer": "adam",
    "learning_rate": 2e-3,
    "schedule": "cosine",
    "batch_size": 64,
    "weight_decay": 1e-3,
    "dropout": 0.2,
    "label_smoothing": 0.0,
}


def default_params(study: Study, space: Mapping[str, BaseDistribution]) -> dict[str, Any]:
    """Return the params of the first trial: fixed values, and defaults of the other hyperparameters.

    A default in `study.default` replaces the one in the signature of `build`, `base`, `fit` or `augment`.
    """
    base = signature_defaults(study.base) if study.base else {}
    signatures = base | signature_defaults(study.build) | signature_defaults(augment)
    defaults = {**FIT_DEFAULTS, **signatures, **study.default}
    return {
        name: _single_value(distribution) if distribution.single() else _default(distribution, defaults[name])
        for name, distribution in space.items()
    }


def _default(distribution: BaseDistribution, value: Any) -> Any:
    """Return the default, or the first choice where that one is not to be had: weights that are missing."""
    if isinstance(distribution, CategoricalDistribution) and value not in distribution.choices:
        return distribution.choices[0]
    return value


def fix_params(
    space: Mapping[str, BaseDistribution], full_space: Mapping[str, BaseDistribution], settings: list[str]
) -> dict[str, BaseDistribution]:
    """Return a space in which the hyperparameters of `--set NAME=VALUE …` have a single value.

    Args:
        space: as narrowed for the hardware.
        full_space: as the study defines it; a value need not lie in the narrowed space.
        settings: each is "NAME=VALUE".

    Raises:
        PointError: a hyperparameter is not in the full space, or its value is not.
    """
    fixed = dict(space)
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise PointError(f"--set {shortened(setting)}: expected NAME=VALUE")
        if name not in full_space:
            matches = difflib.get_close_matches(name, full_space, n=1, cutoff=0.4)
            hint = f" Did you mean {matches[0]}?" if matches else ""
            choices = ", ".join(full_space)
            raise PointError(
                f"--set {shortened(setting)}: no hyperparameter {shortened(name)!r}.{hint} Valid names: "
                f"{choices}"
            )
        fixed[name] = _fixed(full_space[name], name, value)
    return fixed


def format_distribution(distribution: BaseDistribution) -> str:
    """Return a distribution as text: "adam | sgd", "1 to 4", "0.0001 to 0.1, log" or "8 to 64, step 8"."""
    if isinstance(distribution, CategoricalDistribution):
        return " | ".join(_format_value(choice) for choice in distribution.choices)
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    if distribution.single():
        return f"{distribution.low:g}"
    step = f", step {distribution.step:g}" if distribution.step and distribution.step != 1 else ""
    return f"{distribution.low:g} to {distribution.high:g}{', log' if distribution.log else ''}{step}"


def format_params(params: Mapping[str, Any]) -> str:
    """Return params in one line, as "depth=2 learning_rate=0.002 …"."""
    return " ".join(f"{name}={_format_value(value)}" for name, value in params.items())


def _format_value(value: Any) -> str:
    """Return the value of a hyperparameter as text, a float with three significant digits."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _single_value(distribution: BaseDistribution) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[0]
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    return distribution.low


def _fixed(distribution: BaseDistribution, name: str, text: str) -> BaseDistribution:
    """Return a distribution of the same kind with a single value, read from text."""
    error = PointError(f"--set {name}={shortened(text)}: {name} must be {format_distribution(distribution)}")
    if isinstance(distribution, CategoricalDistribution):
        choices = [choice for choice in distribution.choices if text.lower() == str(choice).lower()]
        if not choices:
            raise error
        return CategoricalDistribution(choices[:1])
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise error from None
    # Python converts whole numbers of more digits to no float, and a hyperparameter has none of them.
    large = isinstance(value, int) and abs(value) > 10**18
    if isinstance(value, bool) or not isinstance(value, int | float) or large or not math.isfinite(value):
        raise error
    if isinstance(distribution, IntDistribution):
        if value != int(value) or not distribution._contains(value):
            raise error
        return IntDistribution(int(value), int(value))
    assert isinstance(distribution, FloatDistribution)
    if not distribution.low <= value <= distribution.high:
        raise error
    return FloatDistribution(value, value)
