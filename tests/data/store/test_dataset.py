"""Datasets: found by name, opened read-only, and clear about what is missing or damaged."""

import io
import json
from pathlib import Path

import numpy as np
import pytest

import data
from data import DataError, cifar10
from data.store.dataset import describe


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def test_datasets_are_found_by_their_file_name() -> None:
    assert "cifar10" in data.names()
    assert not [name for name in data.names() if name.startswith("_")]


def test_an_unknown_dataset_names_the_valid_ones() -> None:
    for call in (data.load, data.prepare, data.sizes, data.shape):
        with pytest.raises(DataError, match=r"no dataset '\.\./cifar10'; choose from: cats_dogs, cifar10$"):
            call("../cifar10")


def test_a_dataset_that_is_not_prepared_says_how_to_prepare_it(cache: Path) -> None:
    with pytest.raises(
        DataError, match=r"cifar10 is not prepared\. Prepare it with: python -m data cifar10$"
    ):
        data.load("cifar10")
    assert not cache.exists()


def test_prepared_data_is_opened_memory_mapped_and_read_only(source: Path) -> None:
    data.prepare("cifar10", source)
    source.unlink()
    dataset = data.prepare("cifar10")
    for part in (dataset.training, dataset.validation):
        assert isinstance(part.images, np.memmap)
        assert (part.images.dtype, part.labels.dtype) == (np.uint8, np.int64)
        with pytest.raises(ValueError, match="read-only"):
            part.images[0] = 0
    assert dataset.input_shape == (32, 32, 3) == dataset.training.images.shape[1:]
    assert len(dataset.classes) == 10


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("training_images.npy", b""),
        ("training_images.npy", b"\x93NUMPY"),
        ("training_labels.npy", npy(np.zeros(79, np.int64))),
        ("training_images.npy", npy(np.zeros((80, 8, 8, 3), np.uint8))),
        ("validation_labels.npy", None),
        ("description.json", b"{"),
        ("description.json", b'{"fingerprint": "f"}'),
    ],
)
def test_damaged_data_is_named_and_prepared_again(
    source: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, file: str, content: bytes | None
) -> None:
    data.prepare("cifar10", source)
    (cache / "cifar10" / file).unlink()
    if content is not None:
        (cache / "cifar10" / file).write_bytes(content)
    with pytest.raises(
        DataError, match=r"cifar10 is damaged \(.*\)\. Prepare it again with: python -m data cifar10$"
    ):
        data.load("cifar10")
    monkeypatch.setattr("data.cifar10._fetch", lambda downloads: source)
    assert len(data.prepare("cifar10").training) == 80


def test_sizes_are_those_prepared_or_those_published(cache: Path, source: Path) -> None:
    assert data.sizes("cifar10") == cifar10.SIZES
    data.prepare("cifar10", source)
    assert (
        data.sizes("cifar10") == {"training": 80, "validation": 20, "test": 20} == describe("cifar10").sizes
    )
    assert data.shape("cifar10") == ((32, 32, 3), 10)


def test_data_of_the_version_before_formats_is_opened(prepared: Path) -> None:
    dataset = data.load("cifar10")
    fields = {"fingerprint": dataset.fingerprint, "sizes": {"training": 80, "validation": 20, "test": 20}}
    (prepared / "description.json").write_text(json.dumps(fields, indent=1) + "\n")
    again = data.prepare("cifar10")
    assert again.fingerprint == dataset.fingerprint
    assert np.array_equal(again.training.images, dataset.training.images)
