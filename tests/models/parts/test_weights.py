"""Pretrained weights are read exactly; a file that does not hold VGG16 is refused in one line."""

import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from data import DataError
from models import load
from models.parts import weights
from models.parts.weights import WeightsError, narrow_space, read
from tests.conftest import ROOT
from tests.models.random_weights import random_arrays


def test_the_first_blocks_of_an_npz_are_read(two_blocks: Path) -> None:
    pretrained = read(two_blocks)
    assert pretrained.blocks == 2 and pretrained.preprocessing == "torch"
    assert pretrained.path == str(two_blocks)
    assert (pretrained.arrays["block2_conv2"][0] == random_arrays(2)["block2_conv2__kernel"]).all()


def test_a_space_is_narrowed_to_the_cuts_that_exist() -> None:
    space = load("cats_dogs_vgg16").distributions(gpu=True)
    assert narrow_space(space, 4, "w.npz")["cut"].high == 4
    assert narrow_space(space, 5, "w.npz") == space
    with pytest.raises(WeightsError, match="the file has blocks 1 to 2, the study needs at least 1 to 3"):
        narrow_space(space, 2, "w.npz")


def test_layers_are_found_by_their_names_in_the_layout_of_keras_published_file(tmp_path: Path) -> None:
    """The file can be loaded with Keras, and is read without Keras, which would reserve a GPU's memory."""
    file, arrays = tmp_path / "vgg16.h5", random_arrays(5)
    with h5py.File(file, "w") as stream:
        names = [layer.name for layer in keras.applications.VGG16(weights=None, include_top=False).layers]
        stream.attrs["layer_names"] = [name.encode() for name in names]
        for name in names:
            parts = [(f"{name}_W_1:0", "kernel"), (f"{name}_b_1:0", "bias")] if "conv" in name else []
            layer = stream.create_group(name)
            layer.attrs["weight_names"] = [part.encode() for part, _ in parts]
            for part, kind in parts:
                layer[part] = arrays[f"{name}__{kind}"]
    reference = keras.applications.VGG16(weights=None, include_top=False)
    reference.load_weights(file)
    for name, layer in read(file).arrays.items():
        for array, expected in zip(layer, reference.get_layer(name).get_weights(), strict=True):
            assert (array == expected).all()
    program = "import sys; from models.parts.weights import Path, read; read(Path(sys.argv[1])); "
    program += "print('keras' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", program, str(file)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout == "False\n"


def test_the_fingerprint_is_of_the_values_and_not_of_the_file(two_blocks: Path, tmp_path: Path) -> None:
    compressed, other = tmp_path / "compressed.npz", tmp_path / "other.npz"
    arrays = random_arrays(2)
    np.savez_compressed(compressed, **arrays)
    arrays["block1_conv1__bias"][0] += 1
    np.savez(other, **arrays)
    assert read(compressed).fingerprint == read(two_blocks).fingerprint != read(other).fingerprint


def without(name: str) -> dict[str, np.ndarray]:
    return {key: value for key, value in random_arrays(2).items() if not key.startswith(name)}


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (without("block1_conv2"), "block 1 is missing or incomplete, layers block1_conv1, block1_conv2"),
        (
            {**random_arrays(1), "block1_conv1__kernel": np.zeros((3, 3, 1, 64))},
            "VGG16 has kernel .3, 3, 3, 64.",
        ),
        ({**random_arrays(1), "block1_conv1__bias": np.full(64, np.nan)}, "not finite"),
        ({**random_arrays(1), "block1_conv1__bias": np.zeros(10**6)}, "too large"),
        ({**random_arrays(1), "block1_conv1__bias": np.array([{}])}, "cannot be read as VGG16 weights"),
        ({**random_arrays(1), "block1_conv1__bias": np.full(64, "a")}, "not floating-point numbers"),
        ({"block1_conv1__kernel": random_arrays(1)["block1_conv1__kernel"]}, "block1_conv1__bias is not a"),
    ],
)
def test_what_is_not_vgg16_is_refused(arrays: dict[str, np.ndarray], message: str, tmp_path: Path) -> None:
    file = tmp_path / "w.npz"
    np.savez(file, **arrays)
    with pytest.raises(WeightsError, match=message):
        read(file)


@pytest.mark.parametrize("name", ["w.npz", "w.h5", "w.txt"])
def test_a_missing_or_foreign_file_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="does not exist"):
        read(tmp_path / name)
    (tmp_path / name).write_bytes(b"what is this?")
    with pytest.raises(WeightsError) as error:
        read(tmp_path / name)
    assert name in str(error.value) and "\n" not in str(error.value)


def refuse(path: Path) -> str:
    with pytest.raises(WeightsError) as error:
        read(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)
    return str(error.value)


def test_a_damaged_npz_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "w.npz"
    np.savez_compressed(file, **random_arrays(1))
    content = file.read_bytes()
    file.write_bytes(content[:200] + bytes(reversed(content[200:300])) + content[300:])
    refuse(file)
    with file.open("wb") as stream:
        np.save(stream, np.zeros(3))
    refuse(file)
    with zipfile.ZipFile(file, "w") as archive:  # without .npy, NumPy returns the bytes themselves
        archive.writestr("block1_conv1__kernel", b"x")
        archive.writestr("block1_conv1__bias", b"x")
    refuse(file)


def test_an_array_without_a_suffix_is_not_read_when_it_is_too_large(tmp_path: Path) -> None:
    file = tmp_path / "w.npz"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("block1_conv1__kernel", bytes(10**6))
    assert "too large" in refuse(file)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "is a folder, not a file" in refuse(tmp_path)


def test_weights_that_cannot_be_downloaded_are_an_error_that_names_the_flag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise DataError("no network")

    monkeypatch.setattr(weights, "download", fail)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(WeightsError) as error:
        read(None)
    expected = (
        "Keras's ImageNet weights of VGG16 are not available (no network). Name a file with --weights "
        "PATH, or for backbones a folder of .h5 files"
    )
    assert str(error.value) == expected
