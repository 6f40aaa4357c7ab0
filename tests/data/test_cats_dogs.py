"""Cats and dogs: the same subset from each source, in balanced and disjoint splits."""

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import data
from data import DataError, cats_dogs
from data.sources import decoding
from data.sources.picture import decode
from data.store.preparation import Prepared
from data.store.split import fingerprint
from data.store.test_split import open_test
from tests.data.pets import PER_CLASS, blocks, images, pictures, saved, write_tree, write_zip

REAL = Path("../shared/assets/PetImages.zip")  # from the project's root, where there is one
# Seen with Pillow 11.0, 12.0 and 13.0, libjpeg-turbo 3.0 to 3.2.
REAL_FINGERPRINT = "31bc09ad12f48d1deec059f89d49393b82e51d91ade64ec98c9dcdd4fd81302c"

Read = Callable[..., Prepared]


def kaggle(files: dict[str, bytes]) -> dict[str, bytes]:
    """The same files in the other layout."""
    parts = [(name.split("/"), content) for name, content in files.items()]
    return {f"train/{path[-2].lower()}.{path[-1]}": content for path, content in parts}


def shuffled(files: dict[str, bytes]) -> dict[str, bytes]:
    return dict(random.Random(0).sample(list(files.items()), len(files)))


def under(folder: str, files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{name}": content for name, content in files.items()}


def test_every_source_and_every_order_gives_the_same_subset(read: Read, tmp_path: Path) -> None:
    files = pictures(per_class=20)
    tree = write_tree(tmp_path / "tree", shuffled(files) | {"readme[1].txt": b"read me"})
    other = write_tree(tmp_path / "other", shuffled(kaggle(files)))
    sources = [
        files,
        shuffled(files),
        under("kagglecatsanddogs_5340", files),
        tree,
        tree / "PetImages",
        kaggle(files),
        other,
        other / "train",
        under("dogs-vs-cats", kaggle(files)) | {"dogs-vs-cats/test1/1.jpg": files["PetImages/Cat/1.jpg"]},
    ]
    assert len({read(source).fingerprint for source in sources}) == 1


def test_the_splits_are_balanced_and_two_to_one_to_one(read: Read) -> None:
    files = pictures(per_class=20)
    prepared = read(files)
    splits = prepared.training, prepared.validation, prepared.test
    assert [np.bincount(split.labels).tolist() for split in splits] == [[6, 6], [3, 3], [3, 3]]
    assert len(images(*splits)) == 2 * PER_CLASS
    decoded = {decode(content, 150, 150).pixels.tobytes(): name for name, content in files.items()}
    for split in splits:
        assert split.images.shape[1:] == (150, 150, 3) and split.images.dtype == np.uint8
        for image, label in zip(split.images, split.labels, strict=True):
            assert ("Cat", "Dog")[label] in decoded[image.tobytes()]


def test_the_stated_sizes_are_those_of_the_complete_set() -> None:
    assert sum(cats_dogs.SIZES.values()) == cats_dogs.IMAGES[-1] == 4_000
    assert cats_dogs.SIZES == {"training": 2_000, "validation": 1_000, "test": 1_000}


def test_the_choice_depends_on_no_machine_and_no_version(read: Read) -> None:
    """Pictures of the final size as PNG, so that no JPEG decoder and no resampling matters."""
    seeds = {f"{name}.{n}": (label, n) for label, name in enumerate(("cat", "dog")) for n in range(40)}
    files = {name: saved(blocks(*seed, width=150, height=150), "PNG") for name, seed in seeds.items()}
    prepared = read({f"train/{name}.jpg": content for name, content in files.items()})
    names = {decode(content, 150, 150).pixels.tobytes(): name for name, content in files.items()}
    chosen = [" ".join(names[image.tobytes()] for image in split.images) for split in prepared[:3]]
    assert chosen == [
        "cat.9 dog.38 cat.37 dog.4 cat.5 dog.0 cat.38 dog.11 cat.36 dog.12 cat.34 dog.30",
        "cat.19 dog.28 cat.15 dog.39 cat.2 dog.2",
        "cat.13 dog.9 cat.12 dog.15 cat.28 dog.27",
    ]
    assert prepared.fingerprint == "45adfab2e3437cc708a0cf3b5ed306cfaa2b6c17d32680bfc4b615a1dd91c674"


def test_a_smaller_set_has_its_splits_within_those_of_a_larger_one(read: Read) -> None:
    small, large = read(pictures(per_class=20), images=8), read(pictures(per_class=20), images=24)
    assert [len(split) for split in small[:3]] == [4, 2, 2]
    for within, around in zip(small[:3], large[:3], strict=True):
        assert images(within) < images(around)


def test_a_smaller_set_decodes_no_more_than_it_needs(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "BATCH", 10)
    decoded = []
    monkeypatch.setattr(
        decoding, "decode", lambda *arguments: decoded.append(arguments) or decode(*arguments)
    )
    read(pictures(per_class=40), images=8)
    assert len(decoded) in (10, 20)
    decoded.clear()
    read(pictures(per_class=40))
    assert len(decoded) == 80


def refused(read: Read, files: dict[str, bytes] | Path, message: str, images: int | None = None) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read(files, images)
    assert "\n" not in str(caught.value)


def test_too_few_pictures_are_counted_and_the_smaller_set_is_named(read: Read) -> None:
    files = pictures()
    del files["PetImages/Cat/3.jpg"]
    message = r"pets\.zip has 11 usable cats and 12 usable dogs, but 12 of each are needed"
    refused(read, files, rf"{message}. For a smaller set, add --images 16$")
    assert len(read(files, 16).training) == 8
    cats = {name: content for name, content in files.items() if "Cat" in name}
    refused(read, cats, "has 11 usable cats and 0 usable dogs, but 12 of each are needed$")
    refused(read, dict.fromkeys(files, b"x"), "has 0 usable cats and 0 usable dogs")


def test_a_source_of_another_layout_names_the_valid_layouts(read: Read, tmp_path: Path) -> None:
    files = {"holiday/1.jpg": saved(blocks(1)), "cat.jpg": saved(blocks(2))}
    message = f"contains neither {cats_dogs.LAYOUTS}$"
    refused(read, files, message)
    refused(read, write_tree(tmp_path / "tree", files), message)
    refused(read, {"train.zip": b"x", "test1.zip": b"x"}, "contains a train.zip: extract that file")


def people(files: dict[str, bytes], of_class: str, number: str) -> dict[str, bytes]:
    """The same files in another layout, from the name of a class ("cat") and a number."""
    parts = [(name.split("/"), content) for name, content in files.items()]
    return {
        of_class.format(path[-2].lower()) + "/" + number.format(path[-2].lower(), path[-1]): content
        for path, content in parts
    }


def test_the_layouts_that_people_have_give_the_same_subset(read: Read, tmp_path: Path) -> None:
    files = pictures(per_class=20)
    layouts = [("train/{}s", "{}.{}"), ("d/training_set/{}s", "{}.{}"), ("{}", "{1}"), ("a/b/c/{}s", "{1}")]
    assert {read(people(files, *layout)).fingerprint for layout in layouts} == {read(files).fingerprint}
    assert len(read(people(files, "{}s", "a photograph of a {} {}")).training) == 12


def encrypted(path: Path) -> Path:
    """Mark each file of a zip as encrypted."""
    content = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + flags] |= 1
            place = content.find(mark, place + 1)
    path.write_bytes(content)
    return path


def test_the_most_frequent_trouble_is_named_with_its_count(read: Read, tmp_path: Path) -> None:
    files = pictures() | {"readme.txt": b"x", "license.txt": b"x"}
    archive = encrypted(write_zip(tmp_path / "locked.zip", files | {"PetImages/Cat/99.jpg": b""}))
    trouble = "Most of the files that are left out: "
    refused(read, archive, rf"locked\.zip has no usable cat or dog. {trouble}27 encrypted$")
    empty = dict.fromkeys(files, b"")
    refused(read, empty, f"has no usable cat or dog. {trouble}26 empty$")
    texts = dict.fromkeys(pictures(), b"<html>")
    refused(read, texts, f"0 usable dogs, but 12 of each are needed. {trouble}24 not a picture$")
    heic = dict.fromkeys(pictures(), b"\0\0\0\x18ftypheic")
    refused(read, heic, f"{trouble}24 HEIC, which is not read; convert it with `heif-convert")


def test_nothing_is_left_in_the_cache_but_the_prepared_data(few: None, tmp_path: Path, cache: Path) -> None:
    source = write_zip(tmp_path / "pets.zip", pictures() | {"PetImages/Cat/../../../evil.jpg": b"x"})
    dataset = data.prepare("cats_dogs", source)
    assert dataset.input_shape == (150, 150, 3) == dataset.training.images.shape[1:]
    assert {path.name for path in cache.iterdir()} == {"cats_dogs", "cats_dogs.lock", "downloads"}
    assert not list((cache / "downloads").iterdir())
    assert "evil.jpg,unsafe path" in (cache / "cats_dogs" / "report.csv").read_text()
    assert not list(tmp_path.rglob("evil*"))
    parts = dataset.training, dataset.validation, open_test("cats_dogs")
    arrays = [array for part in parts for array in (part.images, part.labels)]
    assert dataset.fingerprint == fingerprint(*arrays)


def test_another_number_of_images_replaces_what_is_prepared(
    few: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_zip(tmp_path / "pets.zip", pictures())
    assert len(data.prepare("cats_dogs", source).training) == 12
    assert len(data.prepare("cats_dogs", source, images=8).training) == 4
    assert len(data.prepare("cats_dogs").training) == 4
    assert len(data.prepare("cats_dogs", images=8).training) == 4
    monkeypatch.setattr(cats_dogs, "_fetch", lambda downloads: source)
    assert len(data.prepare("cats_dogs", images=16).training) == 8


@pytest.mark.parametrize("wrong", [-8, 0, 7, 12, 32])
def test_an_invalid_number_of_images_is_refused(few: None, wrong: int) -> None:
    with pytest.raises(DataError, match=rf"{wrong} images; choose a multiple of 8 from 8 to 24"):
        data.prepare("cats_dogs", images=wrong)
    with pytest.raises(DataError, match="cifar10 is always prepared complete, not with 8 images"):
        data.prepare("cifar10", images=8)


@pytest.mark.slow
def test_the_real_photographs(request: pytest.FixtureRequest) -> None:
    """5,000 published photographs, six odd files, and the subset that every machine chooses."""
    archive = request.config.rootpath / REAL
    if not archive.exists():
        pytest.skip(f"needs {REAL}")
    dataset = data.prepare("cats_dogs", archive)
    assert dataset.fingerprint == REAL_FINGERPRINT
    assert (len(dataset.training), len(dataset.validation)) == (2_000, 1_000)
    test = open_test("cats_dogs")
    assert np.bincount(test.labels).tolist() == [500, 500]
    assert len(images(dataset.training, dataset.validation, test)) == 4_000
