"""The kept model for use elsewhere: Keras alone opens it, and it maps pixels to probabilities."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import models
from analysis.retraining.standalone import for_use, logits, without_own_layers
from models.parts.vgg16 import frozen_base, top
from models.space.points import default_params

# What somebody else does with the file, where this project is not installed.
ELSEWHERE = """
import sys
sys.modules |= dict.fromkeys(("data", "models", "search", "analysis"))
import keras, numpy as np
with np.load("images.npz") as file:
    model, images, expected = keras.saving.load_model("model.keras"), file["images"], file["expected"]
for kind in ("uint8", "float32"):
    answer = np.asarray(model.predict(images.astype(kind), verbose=0))
    assert answer.shape == expected.shape and np.allclose(answer.sum(axis=1), 1, atol=1e-5)
    assert np.abs(answer - expected).max() < 1e-4, np.abs(answer - expected).max()
print(keras.backend.backend())
"""


def study_model(name: str) -> keras.Model:
    study = models.load(name)
    params = default_params(study, study.distributions(gpu=False))
    return study.build((32, 32, 3), 10, **study.section("model", params))


def vgg16_model() -> keras.Model:
    base = frozen_base((40, 40, 3), None, pixels=32, blocks=1)
    features = keras.Input(base.output_shape[1:])
    output = top(features, 2, pooling="average", depth=1, width=8, normalization="batch")
    return keras.Model(base.inputs, without_own_layers(keras.Model(features, output))(base.outputs[0]))


MAKE = {
    "cifar_residual": lambda: study_model("cifar_residual"),
    "cifar_inception": lambda: study_model("cifar_inception"),
    "vgg16": vgg16_model,
}


def saved(name: str, folder: Path) -> keras.Model:
    """Write model.keras, images and the answers that are expected; return the model of the study."""
    keras.utils.set_random_seed(1)
    model = MAKE[name]()
    images = np.random.default_rng(0).integers(0, 256, (3, *model.input_shape[1:])).astype(np.uint8)
    answers = model.predict_on_batch(images.astype(np.float32) / 255)
    np.savez(folder / "images.npz", images=images, expected=np.asarray(keras.ops.softmax(answers)))
    for_use(without_own_layers(model)).save(folder / "model.keras")
    return model


def elsewhere(folder: Path, backend: str) -> None:
    result = subprocess.run(
        [sys.executable, "-I", "-c", f"import os\nos.environ['KERAS_BACKEND'] = {backend!r}\n{ELSEWHERE}"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0 and result.stdout.split() == [backend], result.stderr


def test_keras_alone_opens_the_model(tmp_path: Path) -> None:
    saved("cifar_residual", tmp_path)
    elsewhere(tmp_path, keras.backend.backend())


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
@pytest.mark.parametrize("name", MAKE)
def test_keras_alone_opens_every_kind_of_model_on_both_backends(
    name: str, backend: str, tmp_path: Path
) -> None:
    pytest.importorskip(backend)
    saved(name, tmp_path)
    elsewhere(tmp_path, backend)


def test_the_analysis_finds_the_logits_in_it(tmp_path: Path) -> None:
    model = saved("cifar_residual", tmp_path)
    found = logits(keras.saving.load_model(tmp_path / "model.keras"))
    images = np.random.default_rng(1).random((2, 32, 32, 3), np.float32)
    np.testing.assert_allclose(found.predict_on_batch(images), model.predict_on_batch(images), atol=1e-5)
    assert logits(model) is model, "of an earlier version"
    assert {type(layer).__name__ for layer in found.layers} >= {"Conv2D", "Identity"}
