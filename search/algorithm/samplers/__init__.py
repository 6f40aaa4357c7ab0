"""The samplers by name. A sampler suggests the parameters of the next trial.

A new one is one file of this folder with a function `suggest(space, trials, seed, epochs)`, and one entry
here. It is a pure function of its arguments: one seeded sampler that lives through a search would go another
way after a resume.
"""

import importlib
import importlib.util
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from search.algorithm.trial import Trial

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

# name, of the file too → what it is, for --help
SAMPLERS: Mapping[str, str] = {
    "forecast": "expected improvement at full length, by a model of the curves",
    "tpe": "multivariate tree-structured Parzen estimator",
    "random": "random search",
    "gp": "Gaussian process, expected improvement; needs PyTorch",
    "cmaes": "covariance matrix adaptation evolution strategy",
    "qmc": "scrambled Sobol' sequence, evenly spread",
    "grid": "all values, five of each range, in random order",
}

DEFAULT = "forecast"

# name → package that it needs and a plain installation does not have
REQUIRES: Mapping[str, str] = {"gp": "torch"}

# Samplers that find a front of two objectives, by a function `suggest_front`, or that no objective guides.
OF_TWO_OBJECTIVES = ("tpe", "random", "qmc", "grid")


class SamplerError(ValueError):
    """A sampler cannot be used here; the message says why."""


def check(name: str, space: Mapping[str, "BaseDistribution"], trials: int) -> None:
    """Raise a SamplerError where a sampler cannot suggest so many trials of this space here.

    Args:
        name: a key of `SAMPLERS`.
        space: the hyperparameters to suggest.
        trials: how many there will be.
    """
    package = REQUIRES.get(name)
    if package and importlib.util.find_spec(package) is None:
        raise SamplerError(f"--sampler {name} needs the package {package}: pip install 'cnn-search[{name}]'")
    if name == "grid":
        from search.algorithm.samplers.grid import size

        if trials > size(space):
            raise SamplerError(f"--sampler grid: the grid has {size(space):,} points, --trials is {trials:,}")


def suggest(
    name: str,
    space: Mapping[str, "BaseDistribution"],
    trials: list[Trial],
    seed: int,
    epochs: int,
    *,
    cost: str = "",
) -> dict[str, Any]:
    """Return the parameters of the next trial.

    Args:
        name: a key of `SAMPLERS`.
        space: the hyperparameters to suggest.
        trials: those so far.
        seed: of the run.
        epochs: of a trial that is never stopped.
        cost: the second objective (`search.algorithm.objectives`); "" for none.
    """
    if not space:
        return {}
    module = importlib.import_module(f"{__name__}.{name}")
    params: dict[str, Any] = (
        module.suggest_front(space, trials, seed, cost)
        if cost and hasattr(module, "suggest_front")
        else module.suggest(space, trials, seed, epochs)
    )
    return params
