"""Small datasets in the formats of the real ones, CIFAR-10 of 120 images; a cache folder for each test."""

import io
import json
import struct
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data import cats_dogs, cifar10
from data.store.preparation import Prepared
from data.store.split import fingerprint
from tests.data.pets import PER_CLASS, write_zip

ROOT = Path(__file__).parents[2]
BATCH = 20


def python2_batch(images: np.ndarray, labels: np.ndarray) -> bytes:
    """A batch as pickled by Python 2 and its numpy: protocol 2, byte strings, pixels channel by channel."""

    def text(content: bytes) -> bytes:
        return b"T" + struct.pack("<i", len(content)) + content

    rows = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    shape = b"J" + struct.pack("<i", rows.shape[0]) + b"J" + struct.pack("<i", rows.shape[1]) + b"\x86"
    empty = (
        b"cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85" + text(b"b") + b"\x87R"
    )
    dtype = b"cnumpy\ndtype\nq\x03" + text(b"u1") + b"K\x00K\x01\x87R"
    dtype += b"(K\x03" + text(b"|") + b"NNN" + 2 * b"J\xff\xff\xff\xff" + b"K\x00tb"
    array = empty + b"(K\x01" + shape + dtype + b"\x89" + text(rows.tobytes()) + b"tb"
    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    title = text(b"batch_label") + text(b"a batch")
    return b"\x80\x02}q\x00(" + title + text(b"labels") + numbers + text(b"data") + array + b"u."


def atlas(images: np.ndarray) -> bytes:
    """A PNG with one image a row."""
    file = io.BytesIO()
    Image.fromarray(images.reshape(len(images), -1, 3)).save(file, "PNG")
    return file.getvalue()


def write_tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz", compresslevel=1) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def write_folder(path: Path, files: dict[str, bytes]) -> Path:
    path.mkdir()
    for name, content in files.items():
        (path / Path(name).name).write_bytes(content)
    return path


class Publication:
    """Images in six batches; `official` and `package` are the files of the two publications, by name."""

    def __init__(self, images: np.ndarray, labels: np.ndarray) -> None:
        size = len(labels) // 6
        self.training = images[: 5 * size], labels[: 5 * size]
        self.test = images[5 * size :], labels[5 * size :]
        names = cifar10.BATCHES
        parts = dict(zip(names, zip(np.split(images, 6), np.split(labels, 6), strict=True), strict=True))
        self.official = {f"cifar-10-batches-py/{name}": python2_batch(*part) for name, part in parts.items()}
        self.package = {f"package/{name}.png": atlas(part[0]) for name, part in parts.items()}
        for name, part in (("train", self.training[1]), ("test", self.test[1])):
            self.package[f"package/{name}_lables.json"] = json.dumps(part.tolist()).encode()

    def facts(self) -> dict:
        """Constants that replace the published ones in `data.cifar10`."""
        mean, deviation = cifar10.channel_statistics(self.training[0])
        return {
            "BATCH": BATCH,
            "VALIDATION": 20,
            "MEAN": mean.tolist(),
            "DEVIATION": deviation.tolist(),
            "FINGERPRINT": fingerprint(*self.training, *self.test),
        }


@pytest.fixture(scope="session")
def cifar() -> Publication:
    rng = np.random.default_rng(3)
    labels = np.concatenate([rng.permutation(np.repeat(np.arange(10), 2)) for _ in range(6)])
    return Publication(rng.integers(0, 256, (6 * BATCH, 32, 32, 3), dtype=np.uint8), labels)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes the user's own cache."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("CNN_SEARCH_CACHE", str(folder))
    return folder


@pytest.fixture
def small(cifar: Publication, monkeypatch: pytest.MonkeyPatch) -> Publication:
    """Let the 120 images be CIFAR-10 in this test."""
    for name, value in cifar.facts().items():
        monkeypatch.setattr(cifar10, name, value)
    return cifar


@pytest.fixture
def tar(tmp_path: Path) -> Callable[..., Path]:
    """Write an archive: tar(files, name)."""
    return lambda files, name="cifar-10-python.tar.gz": write_tar(tmp_path / name, files)


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Write a folder: folder(files, name)."""
    return lambda files, name="cifar-10-batches-py": write_folder(tmp_path / name, files)


@pytest.fixture
def python(cifar: Publication) -> Callable[[str], subprocess.Popen]:
    """Start code in another process, in which the 120 images are CIFAR-10."""

    def start(code: str) -> subprocess.Popen:
        imports = "import data\nfrom data import cifar10\nfrom data.store import preparation\n"
        facts = f"{imports}vars(cifar10).update({cifar.facts()!r})\n"
        command = [sys.executable, "-W", "error", "-c", facts + code]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return start


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 24 pictures be all of cats and dogs in this test."""
    monkeypatch.setattr(cats_dogs, "IMAGES", range(8, 2 * PER_CLASS + 1, 8))


@pytest.fixture
def read(few: None, tmp_path: Path) -> Callable[..., Prepared]:
    """Read cats and dogs from files that are written as a zip, or from a path."""

    def read(files: dict[str, bytes] | Path, images: int | None = None) -> Prepared:
        source = files if isinstance(files, Path) else write_zip(tmp_path / "pets.zip", files)
        return cats_dogs.read(source, tmp_path, images)

    return read
