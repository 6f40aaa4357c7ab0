"""Weights of backbones: found by their names, harmless, and downloaded once."""

import hashlib
from pathlib import Path

import h5py
import pytest
from optuna.distributions import CategoricalDistribution

from data.sources.download import OutOfReach
from models.parts import weights
from models.parts.backbone_weights import BACKBONES, narrow_space, read
from models.parts.weights import WeightsError

NAMES = list(BACKBONES)


def make(file: Path, value: int = 0) -> Path:
    with h5py.File(file, "w") as opened:
        opened["layers/conv/vars/0"] = [value]
    return file


def test_files_are_found_by_the_names_that_keras_gives_them(tmp_path: Path) -> None:
    files = {
        "mobilenet_v2": "mobilenet_v2_1.0_224_no_top.weights.h5",
        "efficientnetv2_b0": "efficientnetv2-b0_notop.h5",
        "resnet50v2": "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
    }
    for number, name in enumerate(files.values()):
        make(tmp_path / name, number)
    for other in ("README.md", "efficientnetv2-b1_notop.h5", "vgg16.npz"):
        (tmp_path / other).write_text("")
    loaded = read(tmp_path, NAMES)
    assert {name: file.name for name, file in loaded.files.items()} == files
    digest = hashlib.sha256((tmp_path / files["resnet50v2"]).read_bytes()).hexdigest()
    assert loaded.fingerprints["resnet50v2"] == digest
    assert loaded.record() == {
        "path": str(tmp_path),
        "fingerprint": loaded.fingerprint,
        "backbones": loaded.fingerprints,
    }
    one = read(tmp_path / files["mobilenet_v2"], NAMES)
    assert list(one.files) == ["mobilenet_v2"] and one.fingerprint != loaded.fingerprint
    assert list(read(tmp_path, ["resnet50v2"]).files) == ["resnet50v2"]


def test_the_space_is_narrowed_to_what_is_there() -> None:
    space = {"backbone": CategoricalDistribution(NAMES), "pixels": CategoricalDistribution([96])}
    narrowed = narrow_space(space, ["vgg16", "mobilenet_v2"])
    assert narrowed == {**space, "backbone": CategoricalDistribution(["mobilenet_v2", "vgg16"])}


def linked(file: Path) -> Path:
    with h5py.File(file, "w") as opened:
        opened["layers/conv"] = h5py.ExternalLink("/dev/zero", "/")
    return file


def stored_elsewhere(file: Path) -> Path:
    with h5py.File(file, "w") as opened:
        opened.create_dataset("layers/conv", (4,), "u1", external=[("/etc/passwd", 0, 4)])
    return file


def circle(file: Path) -> Path:
    with h5py.File(make(file), "a") as opened:
        opened["layers/conv/again"] = opened["layers"]
    return file


def no_hdf5(file: Path) -> Path:
    file.write_bytes(b"none" * 99)
    return file


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (linked, "a link to another file"),
        (stored_elsewhere, "values in another file"),
        (circle, "more than 100,000 groups"),
        (no_hdf5, "cannot be read as weights of Keras"),
    ],
)
def test_a_hostile_or_damaged_file_is_refused(damage: object, reason: str, tmp_path: Path) -> None:
    assert callable(damage)
    damage(tmp_path / "vgg16_notop.h5")
    with pytest.raises(WeightsError, match=reason) as error:
        read(tmp_path, NAMES)
    assert str(error.value).startswith(f"--weights {tmp_path / 'vgg16_notop.h5'}: ")


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="nowhere: does not exist"):
        read(tmp_path / "nowhere", NAMES)
    with pytest.raises(
        WeightsError, match=r"no \.h5 file whose name begins with that of a backbone: mobilenet_v2"
    ):
        read(tmp_path, NAMES)
    for name in ("vgg16_a.h5", "VGG16-b.h5"):
        make(tmp_path / name)
    with pytest.raises(WeightsError, match=r"VGG16-b\.h5 and vgg16_a\.h5 are both of vgg16"):
        read(tmp_path, NAMES)


def test_downloads_are_kept_and_those_out_of_reach_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    asked: list[str] = []

    def download(url: str, target: Path, digest: str | None) -> None:
        asked.append(url)
        if "mobilenet" not in url:
            raise OutOfReach(f"{url} is out of reach (no network)")
        make(target)

    monkeypatch.setattr(weights, "download", download)
    for _ in range(2):
        loaded = read(None, NAMES)
        assert list(loaded.files) == ["mobilenet_v2"] and loaded.path == ""
    assert sum("mobilenet" in url for url in asked) == 1, "it is there the second time"
    assert not list(tmp_path.glob("models/*.part"))
    with pytest.raises(WeightsError, match=r"weights of vgg16 are not available.*with --weights PATH"):
        read(None, ["vgg16"])


def test_keras_publishes_them_under_these_names() -> None:
    from keras.src.applications import convnext, efficientnet_v2, resnet

    assert BACKBONES["efficientnetv2_b0"].digest == efficientnet_v2.WEIGHTS_HASHES["b0"][1]
    assert BACKBONES["convnext_tiny"].digest == convnext.WEIGHTS_HASHES["convnext_tiny"][1]
    assert BACKBONES["resnet50v2"].digest == resnet.WEIGHTS_HASHES["resnet50v2"][1]
    assert BACKBONES["vgg16"].digest == "6d6bbae143d832006294945121d1f1fc"
