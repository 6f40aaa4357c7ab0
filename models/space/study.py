"""A study: a dataset, a search space, and the function that builds a model from a point of that space."""

import ast
import difflib
import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Space = dict[str, dict[str, "BaseDistribution"]]

FOLDER = Path(__file__).parents[1]  # in which each study is a file

# Each section of a space is passed to one function, whose keyword-only arguments are its schema: "base" and
# "model" to the study's own base and build, "fit" to search.training.fit.fit, "augmentation" to
# models.parts.augmentation.augment.
SECTIONS = ("base", "model", "fit", "augmentation")


class UnknownStudy(ValueError):
    """No study has this name; the message gives the nearest match and the valid names."""


@dataclass(frozen=True)
class Study:
    """What `STUDY` of a study's file holds.

    Attributes:
        dataset: name of a dataset of `data`.
        space: section ("base", "model", "fit", "augmentation") → hyperparameter → Optuna distribution.
        build: `(input_shape, classes, *, hyperparameters…) → keras.Model`, images, or what the base makes of
            them, to logits.
        base: `(input_shape, weights, *, hyperparameters…) → keras.Model`, images to features, for a study
            that starts from pretrained weights (`models.parts.weights.Weights`). It is not trained.
        parent: name of the study whose best model this one goes on from: its weights, and its values of the
            hyperparameters of base and model.
        max_epochs: epochs of a trial that is never stopped, at full fidelity (on a GPU).
        cpu_images, cpu_epochs: the most that a trial is given where there is no GPU, if less than other
            studies are given (search/command/budget.py).
        on_cpu: distributions that replace those of `space` where there is no GPU: what two cores train.
        images_per_second: training images a second and core of a whole search on a CPU, as measured in the
            search of the study's docstring: expected images (of all expected epochs) by its wall time. The
            estimate before a search is made with it.
        default: the first point tried, where it differs from the defaults in the signatures.
    """

    dataset: str
    space: Space
    build: Callable[..., Any]
    max_epochs: int
    base: Callable[..., Any] | None = None
    parent: str = ""
    cpu_images: int | None = None
    cpu_epochs: int | None = None
    on_cpu: Mapping[str, "BaseDistribution"] = field(default_factory=dict)
    images_per_second: float | None = None
    default: Mapping[str, Any] = field(default_factory=dict)

    def distributions(self, *, gpu: bool) -> dict[str, "BaseDistribution"]:
        """Return every hyperparameter of the space with its distribution, as narrowed for the hardware."""
        flat = {name: each for section in self.space.values() for name, each in section.items()}
        return flat if gpu else {**flat, **self.on_cpu}

    def section(self, name: str, point: Mapping[str, Any]) -> dict[str, Any]:
        """Return the part of a point that the section's function takes."""
        return {key: point[key] for key in self.space.get(name, {})}

    def compiled(self, point: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
        """Return the part of a point that is compiled into its training step."""
        compiled = {*self.space.get("base", {}), *self.space.get("model", {}), "optimizer", "batch_size"}
        return tuple((name, value) for name, value in sorted(point.items()) if name in compiled)


def signature_defaults(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the keyword-only arguments of a function that have a default."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is not p.empty}


def names() -> list[str]:
    """Return the names of the studies: the files of this folder that do not begin with an underscore."""
    return sorted(p.stem for p in FOLDER.glob("*.py") if not p.name.startswith("_"))


def load(name: str) -> Study:
    """Return the study of that name.

    Raises:
        UnknownStudy: there is no such file.
    """
    if name not in names():
        near = difflib.get_close_matches(name, names(), n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise UnknownStudy(f"there is no study {name!r}.{hint} Studies: {', '.join(names())}")
    study: Study = importlib.import_module(f"models.{name}").STUDY
    return study


def summary(name: str) -> str:
    """Return the first line of a study's docstring, without importing the study."""
    source = (FOLDER / f"{name}.py").read_text()
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def table() -> str:
    """Return the studies, one a line, with what each asks."""
    width = max(map(len, names()))
    return "\n".join(f"{name:{width}}  {summary(name)}" for name in names())
