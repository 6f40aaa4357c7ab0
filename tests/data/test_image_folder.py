"""A folder is a dataset: found, prepared once, split, noticed when it changes."""

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import data
from data import Dataset, image_folder
from data.store import folder_index
from data.store.dataset import describe
from data.store.preparation import prepare as prepare_named
from data.store.test_split import open_test
from tests.data.pets import blocks, images, saved, write_tree, write_zip

PER_CLASS = 10
CLASSES = ("rose", "tulip")


def flowers(per_class: int = PER_CLASS, top: str = "", first: int = 0) -> dict[str, bytes]:
    """Pictures of coloured blocks in one folder for each class."""
    return {
        f"{top}{name}/{number}.png": saved(blocks(label, number), "PNG")
        for label, name in enumerate(CLASSES)
        for number in range(first, first + per_class)
    }


@pytest.fixture
def prepare(tmp_path: Path) -> Callable[..., Dataset]:
    """Write files into a folder, and prepare it."""

    def prepare(files: dict[str, bytes], **options: object) -> Dataset:
        return image_folder.prepare(write_tree(tmp_path / "flowers", files), **options)  # type: ignore[arg-type]

    return prepare


def splits(dataset: Dataset) -> list[data.Split]:
    return [dataset.training, dataset.validation, open_test(dataset.name)]


def report(dataset: Dataset, cache: Path) -> dict[str, tuple[str, str]]:
    rows = csv.reader((cache / dataset.name / "report.csv").read_text().splitlines()[1:])
    return {file: (reason, outcome) for file, reason, outcome in rows}


def test_one_folder_a_class_becomes_three_stratified_splits(prepare: Callable[..., Dataset]) -> None:
    dataset = prepare(flowers())
    assert dataset.classes == CLASSES
    assert dataset.input_shape == (48, 48, 3), "the shorter side is 50 pixels"
    assert re.fullmatch("flowers-[0-9a-f]{12}", dataset.name)
    assert [np.bincount(split.labels).tolist() for split in splits(dataset)] == [[6, 6], [2, 2], [2, 2]]
    assert len(images(*splits(dataset))) == 2 * PER_CLASS, "every picture is in one split"
    assert dataset.origin is not None
    assert (dataset.origin.pixels, dataset.origin.fit) == (48, "stretch")


def test_a_zip_and_renamed_files_give_the_same_splits(
    prepare: Callable[..., Dataset], tmp_path: Path
) -> None:
    dataset = prepare(flowers())
    archive = write_zip(tmp_path / "flowers.zip", flowers(top="photos/of mine/"))
    renamed = {name.replace(".png", " copy.jpg"): content for name, content in flowers().items()}
    for source in (archive, write_tree(tmp_path / "renamed", renamed)):
        other = image_folder.prepare(source)
        assert other.fingerprint == dataset.fingerprint
        assert [images(split) for split in splits(other)] == [images(split) for split in splits(dataset)]


def test_given_splits_are_kept_and_a_missing_one_is_taken_from_training(tmp_path: Path) -> None:
    files = {
        **flowers(6, "Train/"),
        **flowers(3, "val/", first=100),
        **flowers(2, "test/", first=200),
    }
    dataset = image_folder.prepare(write_tree(tmp_path / "three", files))
    assert [len(split) for split in splits(dataset)] == [12, 6, 4]
    files = {name: content for name, content in files.items() if not name.startswith("val/")}
    dataset = image_folder.prepare(write_tree(tmp_path / "two", files))
    assert [len(split) for split in splits(dataset)] == [10, 2, 4]


def test_the_same_picture_is_in_no_two_splits(tmp_path: Path, cache: Path) -> None:
    twice = saved(blocks(7), "PNG")
    nearly = saved(blocks(8).resize((90, 75)), "JPEG")
    files = flowers(6, "train/") | flowers(3, "test/", first=100)
    files |= {"train/rose/twice.png": twice, "test/rose/once.png": twice}
    files |= {"train/tulip/near.jpg": nearly, "test/tulip/near.png": saved(blocks(8), "PNG")}
    dataset = image_folder.prepare(write_tree(tmp_path / "flowers", files))
    assert report(dataset, cache)["train/rose/twice.png"] == (
        "duplicate",
        "left out: the same picture as test/rose/once.png",
    )
    assert report(dataset, cache)["train/tulip/near.jpg"][1].startswith("left out: nearly the same as")
    assert len(open_test(dataset.name)) == 8


def test_near_duplicates_stay_together(prepare: Callable[..., Dataset], cache: Path) -> None:
    copies = {
        f"rose/copy-{number}.jpg": saved(blocks(0, 3).resize((size, size)), "JPEG")
        for number, size in enumerate((50, 60, 70))
    }
    dataset = prepare(flowers() | copies)
    kept = [file for file, row in report(dataset, cache).items() if row[0] == "near duplicate"]
    assert len(kept) == 3
    original = [split for split in splits(dataset) if _has_like(split, blocks(0, 3))]
    assert len(original) == 1


def _has_like(split: data.Split, picture: object) -> bool:
    pixels = np.asarray(picture.resize((48, 48)), float)  # type: ignore[attr-defined]
    return bool((np.abs(split.images - pixels).mean(axis=(1, 2, 3)) < 12).any())


def test_it_is_prepared_once_and_a_change_is_noticed(
    prepare: Callable[..., Dataset], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = prepare(flowers())
    with monkeypatch.context() as patch:
        patch.setattr(image_folder, "decode_pictures", lambda *_: pytest.fail("it is prepared again"))
        assert prepare({}).fingerprint == first.fingerprint
        assert data.find(str(tmp_path / "flowers")) == data.find(first.name) == first.name
    second = prepare({"rose/new.png": saved(blocks(5, 5), "PNG")})
    assert second.name != first.name
    assert first.origin is not None
    assert folder_index.changed(first.origin.path, first.name)
    assert not folder_index.changed(first.origin.path, second.name)
    assert data.load(first.name).fingerprint == first.fingerprint, "the old copy is as it was"


def test_size_and_fit_are_other_copies(prepare: Callable[..., Dataset]) -> None:
    dataset = prepare(flowers())
    padded = prepare({}, pixels=64, fit="pad")
    assert padded.input_shape == (64, 64, 3)
    assert padded.training.images[0][0].max() == 0, "black borders above a picture of 60 by 50"
    assert prepare({}).name == padded.name, "the copy that was used last"
    assert prepare({}, pixels=48, fit="stretch").name == dataset.name
    with pytest.raises(data.DataError, match="--pixels 8: it is a whole number from 16 to 512"):
        prepare({}, pixels=8)


def test_a_lost_copy_is_prepared_again_unless_the_folder_has_changed(
    prepare: Callable[..., Dataset], cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = prepare(flowers())
    shutil.rmtree(cache / dataset.name)
    assert prepare_named(dataset.name, origin=dataset.origin).fingerprint == dataset.fingerprint
    assert "preparing it again from" in capsys.readouterr().err
    shutil.rmtree(cache / dataset.name)
    (tmp_path / "flowers/rose/1.png").unlink()
    with pytest.raises(data.DataError, match="flowers has changed: its pictures are not those of flowers-"):
        prepare_named(dataset.name, origin=dataset.origin)
    shutil.rmtree(tmp_path / "flowers")
    with pytest.raises(data.DataError, match="from which it was prepared, does not exist here"):
        prepare_named(dataset.name, origin=dataset.origin)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({f"rose/{n}.png": saved(blocks(n), "PNG") for n in range(5)}, "has 1 class with enough pictures"),
        ({"a.txt": b"x", "b/c.txt": b"x"}, "Classes without a picture: b.*1 not a picture"),
        ({}, "has 0 class"),
        (
            {f"{name}/1.png": saved(blocks(1, ord(name)), "PNG") for name in "abc"},
            "fewer than 3 distinct pictures: a, b, c",
        ),
    ],
)
def test_too_little_is_one_clear_line(
    prepare: Callable[..., Dataset], tmp_path: Path, files: dict[str, bytes], message: str
) -> None:
    (tmp_path / "flowers").mkdir()
    with pytest.raises(data.DataError, match=message):
        prepare(files)


def test_imbalance_is_said(prepare: Callable[..., Dataset]) -> None:
    files = flowers(4) | {f"rose/more-{n}.png": saved(blocks(3, n), "PNG") for n in range(36)}
    pictures = describe(prepare(files).name).pictures
    assert pictures is not None
    assert any(line.startswith("imbalance    the largest class has 10 times") for line in pictures.remarks)


def test_what_is_no_dataset_names_the_nearest(cache: Path) -> None:
    with pytest.raises(
        data.DataError, match="choose from: .*, or a folder of pictures. Did you mean cifar10?"
    ):
        data.find("cifar-10")
