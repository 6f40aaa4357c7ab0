"""Kept models that are damaged or do not fit their description: one line, and nothing that takes for ever."""

import io
import json
import random
import resource
import time
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from analysis.retraining.kept_model import load
from search.runs.run import RunError
from tests.search.runs.test_damaged_run import changed_bytes, changed_value

CLASSES = ["cat", "dog", "frog"]
DESCRIPTION = {"classes": CLASSES, "input": [8, 8, 3], "seed": 1}


def model(inputs: int = 1, outputs: int = 3) -> keras.Model:
    images = [keras.Input((8, 8, 3)) for _ in range(inputs)]
    together = keras.layers.add(images) if inputs > 1 else images[0]
    features = keras.layers.Conv2D(4, 3, activation="relu")(together)
    pooled = keras.layers.GlobalAveragePooling2D()(features)
    return keras.Model(images, keras.layers.Dense(outputs)(pooled))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a run with a kept model."""
    report = tmp_path / "cifar_basic" / "r" / "report"
    report.mkdir(parents=True)
    model().save(report / "model.keras")
    (report / "model.json").write_text(json.dumps(DESCRIPTION))
    return report.parent


def refused(folder: Path) -> str:
    """Return the error of a model that is refused; "" where it can be used."""
    try:
        loaded, _ = load(folder)
    except RunError as error:
        return str(error)
    assert np.asarray(loaded.predict_on_batch(np.zeros((2, 8, 8, 3), np.float32))).shape == (2, 3)
    return ""


def test_a_whole_one_is_used(folder: Path) -> None:
    assert refused(folder) == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"classes": ["cat"]},
        {"classes": []},
        {"classes": "cat"},
        {"classes": [1, 2, 3]},
        {"classes": [*CLASSES, "horse"]},
        {"input": [60000, 60000, 3]},
        {"input": [8, 8]},
        {"input": [8, 8, 1]},
        {"input": [0, 8, 3]},
        {"input": None},
    ],
    ids=str,
)
def test_a_description_that_does_not_fit(folder: Path, changes: dict[str, Any]) -> None:
    (folder / "report/model.json").write_text(json.dumps({**DESCRIPTION, **changes}))
    assert "model.keras is damaged: " in refused(folder)


@pytest.mark.parametrize("text", ["", "[]", "3", "{}", "[" * 100_000, '{"classes": 1'])
def test_a_description_that_is_none(folder: Path, text: str) -> None:
    (folder / "report/model.json").write_text(text)
    assert "model.keras is damaged: " in refused(folder)


@pytest.mark.parametrize(("inputs", "outputs"), [(2, 3), (1, 17), (1, 1)])
def test_a_model_that_does_not_fit(folder: Path, inputs: int, outputs: int) -> None:
    model(inputs, outputs).save(folder / "report/model.keras")
    assert "it has inputs and outputs" in refused(folder)


def test_a_bomb_is_not_unpacked(folder: Path) -> None:
    with zipfile.ZipFile(folder / "report/model.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", bytes(10**7))
    assert "it holds 10,000,000 bytes in" in refused(folder)


def damage(folder: Path, whole: bytes, chance: random.Random) -> None:
    """Damage the description, the file, or the configuration of the layers in it."""
    kind = chance.choice(["description", "bytes", "layers", "layers"])
    if kind == "description":
        (folder / "report/model.json").write_text(json.dumps(changed_value(DESCRIPTION, chance)))
    elif kind == "bytes":
        (folder / "report/model.keras").write_bytes(changed_bytes(whole, chance))
    else:
        written = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(whole)) as archive, zipfile.ZipFile(written, "w") as changed:
            for name in archive.namelist():
                content = archive.read(name)
                if name == "config.json":
                    content = json.dumps(changed_value(json.loads(content), chance)).encode()
                changed.writestr(name, content)
        (folder / "report/model.keras").write_bytes(written.getvalue())


def fuzz(folder: Path, count: int, first: int = 0) -> int:
    """Load damaged models; return how many were refused."""
    whole, errors = (folder / "report/model.keras").read_bytes(), 0
    for seed in range(first, first + count):
        (folder / "report/model.keras").write_bytes(whole)
        (folder / "report/model.json").write_text(json.dumps(DESCRIPTION))
        damage(folder, whole, random.Random(seed))
        began = time.process_time()  # not of the clock: other programs run, too
        try:
            error = refused(folder)
        except Exception as unexpected:
            raise AssertionError(f"seed {seed}") from unexpected
        assert "\n" not in error, seed
        assert time.process_time() - began < 10, seed
        errors += bool(error)
        if seed % 20 == 0:
            keras.backend.clear_session()
    return errors


def test_damaged_models_are_refused_in_one_line(folder: Path) -> None:
    assert fuzz(folder, 15) > 5


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_thousand_damaged_models_are_refused_in_one_line(folder: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert fuzz(folder, 1000, first=1000) > 500
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**20  # KB
