"""A study: a dataset, a search space, and the function that builds a model from a point of that space."""

import ast
import difflib
import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.terminal.arguments import shortened

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Space = dict[str, dict[str, "BaseDistribution"]]

FOLDER = Path(__file__).parents[1]  # each study is a file of this folder

# Each section of a space is passed to one function, whose keyword-only arguments are the section's schema:
# "base" and "model" to the study's `base` and `build`, "fit" to search.training.fit.fit, "augmentation" to
# models.parts.augmentation.augment.
SECTIONS = ("base", "model", "fit", "augmentation")


class UnknownStudy(ValueError):
    """No study has this name; the message lists the nearest match and the valid names."""


@dataclass(frozen=True)
class Study:
    """What is searched, and with what limits; the file of a study holds it as `STUDY`.

    Attributes:
        dataset: name of a dataset in `data`, or a folder of pictures; `--dataset` replaces it.
        space: section ("base", "model", "fit", "augmentation") → hyperparameter → Optuna distribution.
        build: `(input_shape, classes, *, hyperparameters…) → keras.Model`; the model maps images, or the
            features of the base, to logits.
        base: `(input_shape, weights, *, hyperparameters…) → keras.Model`; the model maps images to features
            and is not trained. For studies that use pretrained weights (models/parts/pretrained.py).
        backbones: names of the backbones of `keras.applications` that a search chooses from, by a
            hyperparameter "backbone" of the base (models/parts/backbone_weights.py); none for VGG16's blocks.
        parent: name of the study whose best trial this one continues from: it takes over the trained weights
            and the params of the sections "base" and "model".
        max_epochs: epochs of a trial that is never stopped, at full fidelity (on a GPU).
        cpu_images, cpu_epochs: limits on the training images and the epochs of a trial without a GPU, where
            they are lower than the limits of other studies (search/command/budget.py).
        on_cpu: distributions that replace those of `space` without a GPU: sizes that two cores can train.
        images_per_second: throughput of a whole search on a CPU, in training images per second and core,
            used to estimate the time of a search. Measured in a search of 50 trials: expected images
            (summed over all expected epochs) divided by the processor time of its workers.
        min_pixels: height and width that an image must have at least.
        default: params of the first trial, where they differ from the defaults in the signatures.
    """

    dataset: str
    space: Space
    build: Callable[..., Any]
    max_epochs: int
    base: Callable[..., Any] | None = None
    backbones: tuple[str, ...] = ()
    parent: str = ""
    cpu_images: int | None = None
    cpu_epochs: int | None = None
    on_cpu: Mapping[str, "BaseDistribution"] = field(default_factory=dict)
    images_per_second: float | None = None
    min_pixels: int = 1
    default: Mapping[str, Any] = field(default_factory=dict)

    def distributions(self, *, gpu: bool) -> dict[str, "BaseDistribution"]:
        """Return the distribution of every hyperparameter, with those of `on_cpu` if there is no GPU."""
        flat = {name: item for section in self.space.values() for name, item in section.items()}
        return flat if gpu else {**flat, **self.on_cpu}

    def section(self, name: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the params of one section: the keyword arguments of that section's function."""
        return {key: params[key] for key in self.space.get(name, {})}

    def compiled(self, params: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
        """Return the params that are compiled into the training step, as (name, value) sorted by name.

        Trials that agree in them can share one compiled step.
        """
        names = {*self.space.get("base", {}), *self.space.get("model", {}), "optimizer", "batch_size"}
        return tuple((name, value) for name, value in sorted(params.items()) if name in names)


def signature_defaults(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the defaults of a function's keyword-only arguments, by name."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is not p.empty}


def names() -> list[str]:
    """Return the names of the studies: the files in models/, without __init__.py and __main__.py."""
    return sorted(p.stem for p in FOLDER.glob("*.py") if not p.name.startswith("_"))


def load(name: str) -> Study:
    """Return the study with this name, or the one in a file: "./my_study.py".

    Raises:
        UnknownStudy: no study has this name, or the file holds none.
    """
    if name.endswith(".py"):
        from models.space.study_file import load_file

        return load_file(Path(name))
    if name not in names():
        matches = difflib.get_close_matches(name, names(), n=1, cutoff=0.4)
        hint = f" Did you mean {matches[0]}?" if matches else ""
        raise UnknownStudy(
            f"there is no study {shortened(name)!r}.{hint} Studies: {', '.join(names())}, or a file: "
            "./my_study.py"
        )
    study: Study = importlib.import_module(f"models.{name}").STUDY
    return study


def summary(name: str) -> str:
    """Return a study's question, the first line of its docstring, without importing the study."""
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def table() -> str:
    """Return a text with one line for each study: its name and its question."""
    width = max(map(len, names()))
    return "\n".join(f"{name:{width}}  {summary(name)}" for name in names())
