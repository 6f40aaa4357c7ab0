"""Candidates are found by their names in either layout; every other file gets a reason."""

import pytest

from data.sources.files import File
from data.sources.layout import find_candidates


def file(name: str, problem: str = "") -> File:
    return File(name, problem, lambda: b"")


def found(*names: str) -> list[tuple[str, int, int | str]]:
    candidates, _ = find_candidates(map(file, names))
    return [(candidate.file.name, candidate.label, candidate.number) for candidate in candidates]


@pytest.mark.parametrize("folder", ["", "PetImages/", "kaggle/PetImages/"])
def test_the_layout_of_microsoft(folder: str) -> None:
    names = f"{folder}Cat/0.jpg", f"{folder}Dog/12.jpg"
    assert found(*names) == [(names[0], 0, 0), (names[1], 1, 12)]


@pytest.mark.parametrize("folder", ["", "train/", "dogs-vs-cats/train/"])
def test_the_layout_of_kaggle(folder: str) -> None:
    names = f"{folder}cat.0.jpg", f"{folder}dog.12.JPEG"
    assert found(*names) == [(names[0], 0, 0), (names[1], 1, 12)]


@pytest.mark.parametrize(
    ("cat", "dog"),
    [
        ("train/cats/cat.7.jpg", "train/dogs/dog.12.jpg"),
        ("cats_and_dogs_filtered/validation/cats/cat.7.jpg", "cats_and_dogs_filtered/train/dogs/dog.12.jpg"),
        ("dataset/training_set/cats/cat.7.jpg", "dataset/test_set/dogs/dog.12.jpg"),
        ("cat/7.jpg", "dog/12.jpg"),
        ("some/where/deep/Cats/7.png", "some/where/deep/Dogs/12.png"),
        ("CATS/cat_7.jpg", "DOGS/dog-12.jpg"),
        ("pictures/cat.7.jpg", "pictures/dog.12.jpg"),
    ],
)
def test_the_layouts_that_people_have(cat: str, dog: str) -> None:
    assert found(cat, dog, "readme.txt", "Catalogue/1.jpg") == [(cat, 0, 7), (dog, 1, 12)]


def test_names_without_numbers_are_taken_where_no_layout_has_numbers() -> None:
    names = "pets/cats/Tom.jpg", "pets/dogs/Rex (1).jpg", "pets/dogs/.hidden.jpg", "pets/dogs/Thumbs.db"
    assert found(*names) == [(names[0], 0, "Tom.jpg"), (names[1], 1, "Rex (1).jpg")]


def test_only_one_layout_is_used() -> None:
    assert found("PetImages/Cat/1.jpg", "train/dog.2.jpg") == [("PetImages/Cat/1.jpg", 0, 1)]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("PetImages/Cat/Tom.jpg", "name without a number"),
        ("PetImages/Cat/01.jpg", "name without a number"),
        ("PetImages/Cat/1", "name without a number"),
        ("PetImages/Cat/1234567890.jpg", "name without a number"),
        ("PetImages/Cat/.1.jpg", "hidden"),
        ("PetImages/Cat/Thumbs.db", "Windows thumbnails"),
        ("PetImages/Cat/2.jpg/", "folder"),
        ("PetImages/Bird/2.jpg", "neither a cat nor a dog"),
        ("readme.txt", "neither a cat nor a dog"),
    ],
)
def test_other_files_have_a_reason(name: str, reason: str) -> None:
    _, odd_files = find_candidates([file("PetImages/Cat/1.jpg"), file(name)])
    assert [(odd.file, odd.reason, odd.outcome) for odd in odd_files] == [(name, reason, "left out")]


def test_a_file_with_a_problem_is_not_a_candidate() -> None:
    candidates, odd_files = find_candidates([file("PetImages/Cat/1.jpg", "link")])
    assert not candidates
    assert [odd.reason for odd in odd_files] == ["link"]


def test_folders_above_the_pictures_are_not_odd() -> None:
    assert find_candidates(map(file, ["PetImages/", "PetImages/Cat/", "PetImages/Cat/1.jpg"]))[1] == []


def test_no_files_are_no_candidates() -> None:
    assert find_candidates([]) == ([], [])
