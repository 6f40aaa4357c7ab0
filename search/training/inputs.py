"""What a trial's model sees: images, or the features that a frozen base makes of them."""

import functools
import inspect
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
from numpy.typing import NDArray

import data
from data import Split
from models.parts import backbones, vgg16
from models.parts.augmentation import augment
from models.parts.features import features
from models.parts.pretrained import Pretrained, fingerprint, read
from search.runs import study_copy
from search.runs.plan import Plan
from search.runs.run import RunError
from search.training.batches import Augment

Pair = tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True)
class TrialData:
    """What one trial sees.

    Attributes:
        training: images or features (n, …), labels (n,).
        validation: the same, as the model takes them; None where they are trained on.
        shape: of one image or of its features, as the model takes them.
        augment: of its training images, if it augments.
        frozen: the base that augmented images pass through in every epoch, if there is one.
    """

    training: Pair
    validation: Pair | None
    shape: tuple[int, ...]
    augment: Augment | None
    frozen: keras.Model | None


class Inputs:
    """The images that the trials of one run see, and the frozen base if its study has one.

    Args:
        plan: of the run.
        folder: that holds the copy of a user's study.

    Raises:
        DataError: the data are not available on this node.
        WeightsError, RunError: the weights are not available, or not those that the run was started with.
    """

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.study = study_copy.load(plan, folder)
        # On this node it may be missing.
        self._dataset = data.prepare(plan.dataset or self.study.dataset, origin=plan.origin)
        if plan.data not in (None, self._dataset.fingerprint):
            raise RunError(
                f"{self._dataset.name} on {os.uname().nodename} has fingerprint "
                f"{self._dataset.fingerprint[:12]}…, the run was started on {str(plan.data)[:12]}…: its "
                "trials could not be compared"
            )
        self.classes = len(self._dataset.classes)
        self.image_shape = self._dataset.input_shape
        self._part, trained_on = "training", self._dataset.training
        if plan.with_validation:
            self._part = "training and validation"
            trained_on = trained_on.joined(self._dataset.validation)
        self.training = trained_on.take(plan.train_images, plan.seed)
        self.validation, self.rest = self._dataset.validation.halves(plan.validation_images, plan.seed)
        self.weights = pretrained(plan)
        self._base: tuple[dict[str, Any], keras.Model] | None = None

    def of(self, params: Mapping[str, Any]) -> TrialData:
        """Return what a trial of these hyperparameters sees."""
        strengths = self.study.section("augmentation", params)
        augments = functools.partial(augment, **strengths) if any(strengths.values()) else None
        if augments and self.study.base:
            training, frozen = (self.training.images, self.training.labels), self.frozen(params)
        else:
            training, frozen = self._through(self._part, self.training, params), None
        shape = training[0].shape[1:] if frozen is None else frozen.output_shape[1:]
        return TrialData(training, self._held_out(params), shape, augments, frozen)

    def unused(self, params: Mapping[str, Any]) -> Pair:
        """Return the validation images that the search does not use, as a trial's model takes them."""
        return self._through("rest", self.rest, params)

    def _held_out(self, params: Mapping[str, Any]) -> Pair | None:
        if self.plan.with_validation:
            return None
        return self._through("validation", self.validation, params)

    def _through(self, part: str, split: Split, params: Mapping[str, Any]) -> Pair:
        """Return a part of the data, as images, or as features where there is a frozen base."""
        if not self.study.base or not self.weights:
            return split.images, split.labels
        plan = self.plan
        # The code is part of the key: a base that someone works on is not given features of an older one.
        modules = (inspect.getmodule(self.study.base), vgg16, backbones)
        code = [inspect.getsource(module) for module in modules if module]
        key = {
            "data": self._dataset.fingerprint,
            "part": [part, len(split), plan.validation_images, plan.seed],
            "weights": fingerprint(self.weights, params),
            "base": [code, self.study.section("base", params)],
            "backend": [plan.backend, "gpu" if plan.gpu else "cpu"],
        }
        return features(split.images, lambda: self.frozen(params), key), split.labels

    def frozen(self, params: Mapping[str, Any]) -> keras.Model:
        """Return the frozen base of a trial's hyperparameters; the study must have one."""
        assert self.study.base
        section = self.study.section("base", params)
        if self._base is None or self._base[0] != section:
            self._base = section, self.study.base(self._dataset.input_shape, self.weights, **section)
        return self._base[1]


def pretrained(plan: Plan) -> Pretrained | None:
    """Return the pretrained weights of a run, checked to be those that it was started with.

    Raises:
        WeightsError, RunError: they are not available, or have changed.
    """
    if plan.weights is None:
        return None
    path = plan.weights.path
    loaded = read(Path(path) if path else None, list(plan.weights.backbones))
    if loaded.fingerprint != plan.weights.fingerprint:
        raise RunError(
            f"{path or 'Keras’s weights'}: fingerprint {loaded.fingerprint[:12]}…, the run was started with "
            f"{plan.weights.fingerprint[:12]}…: its trials could not be compared"
        )
    return loaded
