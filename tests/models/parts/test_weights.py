"""Pretrained weights: what a file holds is what the network computes with; anything else is refused."""

import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from models import load
from models.parts.vgg16 import frozen_base
from models.parts.weights import WeightsError, kernel_shapes, layer_names, narrow_space, read
from tests.conftest import ROOT


def random_arrays(blocks: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    arrays = {}
    for name in layer_names(blocks):
        shape = kernel_shapes()[name]
        arrays[f"{name}__kernel"] = rng.normal(0, (2 / np.prod(shape[:3])) ** 0.5, shape).astype(np.float32)
        arrays[f"{name}__bias"] = rng.normal(0, 0.01, shape[-1]).astype(np.float32)
    return arrays


@pytest.fixture(scope="module")
def two_blocks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("weights") / "two.npz"
    np.savez(file, **random_arrays(2))
    return file


def test_the_first_blocks_of_an_npz_are_read(two_blocks: Path) -> None:
    weights = read(two_blocks)
    assert weights.blocks == 2 and weights.preprocessing == "torch"
    assert weights.path == str(two_blocks)
    assert (weights.arrays["block2_conv2"][0] == random_arrays(2)["block2_conv2__kernel"]).all()


def test_a_space_is_narrowed_to_the_cuts_that_exist() -> None:
    space = load("cats_dogs_vgg16").distributions(gpu=True)
    assert narrow_space(space, 4, "w.npz")["cut"].high == 4
    assert narrow_space(space, 5, "w.npz") == space
    with pytest.raises(WeightsError, match="the file has blocks 1 to 2, the study needs at least 1 to 3"):
        narrow_space(space, 2, "w.npz")


def test_the_frozen_base_is_keras_own_network(tmp_path: Path) -> None:
    """The same features as keras.applications with the same weights and its own preprocessing."""
    theirs = keras.applications.VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))
    file = tmp_path / "vgg16.weights.h5"
    theirs.save_weights(file)
    weights = read(file)
    assert weights.blocks == 5 and weights.preprocessing == "caffe"
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype(np.float32)
    ours = frozen_base((32, 32, 3), weights, pixels=32, blocks=4)
    wanted = keras.Model(theirs.input, theirs.get_layer("block4_pool").output).predict(
        keras.applications.vgg16.preprocess_input(images.copy()), verbose=0
    )
    assert ours.predict(images / 255, verbose=0) == pytest.approx(wanted, rel=1e-3, abs=1e-3)
    assert not ours.trainable_variables


def test_layers_are_found_by_their_names_in_the_layout_of_keras_published_file(tmp_path: Path) -> None:
    """A file that Keras itself takes, read without Keras, which would take a GPU's memory."""
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
    theirs = keras.applications.VGG16(weights=None, include_top=False)
    theirs.load_weights(file)
    weights = read(file)
    for name, layer in weights.arrays.items():
        for mine, wanted in zip(layer, theirs.get_layer(name).get_weights(), strict=True):
            assert (mine == wanted).all()
    program = "import sys; from models.parts.weights import Path, read; read(Path(sys.argv[1])); "
    program += "print('keras' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_torch_weights_get_mean_and_deviation_of_imagenet(two_blocks: Path) -> None:
    base = frozen_base((16, 16, 3), read(two_blocks), pixels=16, blocks=1)
    images = np.random.default_rng(0).random((2, 16, 16, 3), np.float32)
    given = keras.Model(base.input, base.get_layer("block1_conv1").input).predict(images, verbose=0)
    assert given == pytest.approx((images - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225], abs=1e-5)


def test_images_are_brought_to_the_size_asked_for(two_blocks: Path) -> None:
    assert frozen_base((16, 16, 3), read(two_blocks), pixels=8, blocks=2).output_shape == (None, 2, 2, 128)


def test_the_fingerprint_is_of_the_values_and_not_of_the_file(two_blocks: Path, tmp_path: Path) -> None:
    again, other = tmp_path / "again.npz", tmp_path / "other.npz"
    arrays = random_arrays(2)
    np.savez_compressed(again, **arrays)
    arrays["block1_conv1__bias"][0] += 1
    np.savez(other, **arrays)
    assert read(again).fingerprint == read(two_blocks).fingerprint != read(other).fingerprint


def without(name: str) -> dict[str, np.ndarray]:
    return {key: value for key, value in random_arrays(2).items() if not key.startswith(name)}


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (without("block1_conv2"), "block 1 is missing or incomplete, layers block1_conv1, block1_conv2"),
        ({**random_arrays(1), "block1_conv1__kernel": np.zeros((3, 3, 1, 64))}, "VGG16 has kernel .3, 3, 3, 64."),
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
def test_a_file_that_is_no_weights_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="does not exist"):
        read(tmp_path / name)
    (tmp_path / name).write_bytes(b"what is this?")
    with pytest.raises(WeightsError) as raised:
        read(tmp_path / name)
    assert name in str(raised.value) and "\n" not in str(raised.value)


def test_a_damaged_npz_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "w.npz"
    np.savez_compressed(file, **random_arrays(1))
    whole = file.read_bytes()
    file.write_bytes(whole[:200] + bytes(reversed(whole[200:300])) + whole[300:])
    refused(file)
    with file.open("wb") as stream:
        np.save(stream, np.zeros(3))
    refused(file)
    with zipfile.ZipFile(file, "w") as archive:  # without .npy, NumPy gives the bytes as they are
        archive.writestr("block1_conv1__kernel", b"x")
        archive.writestr("block1_conv1__bias", b"x")
    refused(file)


def test_an_array_without_a_suffix_is_not_read_when_it_is_too_large(tmp_path: Path) -> None:
    file = tmp_path / "w.npz"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("block1_conv1__kernel", bytes(10**6))
    assert "too large" in refused(file)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "is a folder, not a file" in refused(tmp_path)


def refused(path: Path) -> str:
    with pytest.raises(WeightsError) as raised:
        read(path)
    assert str(path) in str(raised.value) and "\n" not in str(raised.value)
    return str(raised.value)
