"""Retraining studies on pretrained weights: from the same beginnings, to a model that needs no other file."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from analysis.__main__ import main
from analysis.retraining import storage
from analysis.retraining.kept_model import load
from models.parts.vgg16 import frozen_base
from models.parts.weights import read
from search.training.batches import scaled
from search.training.fit import fit
from tests.search.command.conftest import photographs  # noqa: F401
from tests.search.command.test_pretrained import CHILD, FROZEN, search, weights_file  # noqa: F401
from tests.search.conftest import Call, call  # noqa: F401

pytestmark = pytest.mark.slow

PARENT, FINE_TUNED = "cats_dogs_vgg16/p", "cats_dogs_vgg16_finetuned/c"


def test_the_kept_model_holds_the_base_and_fine_tuning_begins_with_its_parent(
    search: Call,  # noqa: F811
    photographs: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    beginnings = []

    def watched(*arguments: Any, **options: Any) -> Any:
        beginnings.append(options["state"])
        return fit(*arguments, **options)

    monkeypatch.setattr("analysis.report.write", lambda folder: folder)
    monkeypatch.setattr("search.training.trainer.fit", watched)
    images = np.load(photographs / "cats_dogs/test_images.npy")
    for name, arguments in ((PARENT, [*FROZEN, "--trials", "1"]), (FINE_TUNED, CHILD)):
        assert search(name.partition("/")[0], *arguments) == 0
        assert main([name, "--seeds", "1", "--epochs", "1", "--local"]) == 0
        found = storage.read(Path("runs", name).resolve())
        assert found and [configuration.name for configuration in found.configurations] == ["best"], (
            "it is the default itself"
        )
        (training,) = found.configurations[0].trainings
        model, record = load(found.folder)
        assert record["input"] == [150, 150, 3] and training.logits is not None
        np.testing.assert_allclose(model.predict(scaled(images), verbose=0), training.logits, atol=1e-4)
        assert found.configurations[0].parameters == model.count_params() > 1_000_000
    with np.load(Path("runs", FINE_TUNED, "checkpoints/parent.npz")) as parent:
        bias = next(value for value in parent.values() if value.shape == (2,) and value.any())
    has_it = [any(np.array_equal(bias, each) for each in beginning) for beginning in beginnings]
    assert has_it == [False, False, True, True], "whatever the seed"


def test_frozen_and_fine_tuned_studies_are_trained_on_the_validation_images_too(
    search: Call,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("analysis.report.write", lambda folder: folder)
    for name, arguments in ((PARENT, [*FROZEN, "--trials", "1"]), (FINE_TUNED, CHILD)):
        assert search(name.partition("/")[0], *arguments) == 0
        assert main([name, "--final", "--with-validation", "--epochs", "1", "--local"]) == 0
        found = storage.read(Path("runs", name).resolve())
        assert found and found.with_validation and found.train_images == 104
        (training,) = found.configurations[0].trainings
        assert training.epochs[1]["images"] == 96, "three batches of 32"
        assert training.logits is not None and "val_accuracy" not in training.epochs[1]


def test_the_preprocessing_of_keras_own_weights_is_saved_with_a_model(tmp_path: Path) -> None:
    theirs = keras.applications.VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))
    theirs.save_weights(tmp_path / "vgg16.weights.h5")
    model = frozen_base((32, 32, 3), read(tmp_path / "vgg16.weights.h5"), pixels=32, blocks=1)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    images = np.random.default_rng(0).random((2, 32, 32, 3), np.float32)
    np.testing.assert_allclose(again.predict(images, verbose=0), model.predict(images, verbose=0), atol=1e-5)
