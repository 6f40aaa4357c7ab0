"""Nothing of an HDF5 file of weights is read from another file, hangs, or fills the memory."""

import os
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from models.parts.weights import WeightsError, kernel_shapes, read

Change = Callable[[h5py.File, Path], object]
KERNEL, BIAS = "block1_conv1/kernel", "block1_conv1/bias"


def weights(path: Path, change: Change) -> Path:
    """A file in the layout of Keras's published one, with one change. The values lie nowhere: all are 0."""
    with h5py.File(path, "w") as file:
        for name, shape in kernel_shapes().items():
            layer = file.create_group(name)
            layer.attrs["weight_names"] = [b"kernel", b"bias"]
            layer.create_dataset("kernel", shape, np.float32)
            layer.create_dataset("bias", shape[-1:], np.float32)
        change(file, path.parent)
    return path


def replaced(file: h5py.File, name: str, value: object) -> None:
    del file[name]
    file[name] = value


def external_storage(file: h5py.File, folder: Path) -> None:
    del file[BIAS]
    (folder / "secret").write_bytes(bytes(256))
    storage = [(str(folder / "secret"), 0, 256)]
    file.create_dataset(BIAS, (64,), np.float32, external=storage)


def virtual(file: h5py.File, folder: Path) -> None:
    layout = h5py.VirtualLayout((64,), np.float32)
    layout[:] = h5py.VirtualSource(str(folder / "pipe"), "x", (64,))
    del file[BIAS]
    file.create_virtual_dataset(BIAS, layout)


def large_chunks(file: h5py.File, folder: Path) -> None:
    del file[BIAS]
    file.create_dataset(BIAS, (64,), np.float32, chunks=(500_000_000,), maxshape=(None,), compression="gzip")


def many_names(file: h5py.File, folder: Path) -> None:
    file["block1_conv1"].attrs["weight_names"] = [b"kernel"] * 500


CHANGES: dict[str, tuple[Change, str]] = {
    "a link to a pipe": (
        lambda file, folder: replaced(file, BIAS, h5py.ExternalLink(str(folder / "pipe"), "/x")),
        "'bias' is a link to another file",
    ),
    "a layer that is a link to a pipe": (
        lambda file, folder: replaced(file, "block1_conv1", h5py.ExternalLink(str(folder / "pipe"), "/")),
        "'block1_conv1' is a link to another file",
    ),
    "all that is a link to a pipe": (
        lambda file, folder: file.update({"model_weights": h5py.ExternalLink(str(folder / "pipe"), "/")}),
        "'model_weights' is a link to another file",
    ),
    "numbered layers that are a link to a pipe": (
        lambda file, folder: file.update({"layers": h5py.ExternalLink(str(folder / "pipe"), "/")}),
        "'layers' is a link to another file",
    ),
    "a link within the file to one to a pipe": (
        lambda file, folder: (
            replaced(file, BIAS, h5py.SoftLink("/other")),
            replaced(file, "block5_conv3", h5py.SoftLink("/block5_conv2")),
            file.update({"other": h5py.ExternalLink(str(folder / "pipe"), "/")}),
        ),
        "'other' is a link to another file",
    ),
    "links in a circle": (
        lambda file, folder: (replaced(file, BIAS, h5py.SoftLink("/a")), file.update(circle)),
        "has too many links",
    ),
    "values in another file": (external_storage, "'/block1_conv1/bias' has its values in another file"),
    "a virtual dataset": (virtual, "'/block1_conv1/bias' has its values in another file"),
    "chunks of 2 GB": (large_chunks, "'/block1_conv1/bias' has chunks of more than 100,000,000 bytes"),
    "hundreds of names": (many_names, "'/block1_conv1' has an attribute weight_names of more than 2 names"),
    "a group in place of a bias": (
        lambda file, folder: (file.pop(BIAS), file.create_group(BIAS)),
        "block1_conv1 has no kernel or no bias",
    ),
    "a type in place of a bias": (
        lambda file, folder: replaced(file, BIAS, np.dtype("f4")),
        "block1_conv1 has no kernel or no bias",
    ),
    "a missing layer": (lambda file, folder: file.pop("block3_conv2"), "block3_conv2 is missing"),
}
circle = {"a": h5py.SoftLink("/b"), "b": h5py.SoftLink("/a")}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", CHANGES)
def test_a_hostile_file_of_weights_is_refused(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    change, message = CHANGES[name]
    with pytest.raises(WeightsError, match=message) as caught:
        read(weights(tmp_path / "w.h5", change))
    assert "\n" not in str(caught.value)


def test_links_within_the_file_are_followed(tmp_path: Path) -> None:
    def linked(file: h5py.File, folder: Path) -> None:
        file.move(BIAS, "elsewhere/bias")
        file[BIAS] = h5py.SoftLink("/elsewhere/bias")

    assert read(weights(tmp_path / "w.h5", linked)).blocks == 5
