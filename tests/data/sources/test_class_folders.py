"""Classes and splits are read from the names of folders."""

from data.sources.class_folders import find_candidates
from data.sources.files import File


def found(*names: str) -> tuple[dict[str, tuple[str, str | None]], dict[str, str]]:
    result = find_candidates([File(name, "", lambda: b"") for name in names])
    candidates = {item.file.name: (item.label, item.split) for item in result.candidates}
    return candidates, {odd.file: odd.reason for odd in result.odd}


def test_the_first_folder_is_the_class() -> None:
    candidates, odd = found("a/1.jpg", "a/deep/er/2.jpg", "b/3.jpg", "readme.txt")
    assert candidates == {"a/1.jpg": ("a", None), "a/deep/er/2.jpg": ("a", None), "b/3.jpg": ("b", None)}
    assert odd == {"readme.txt": "not in the folder of a class"}


def test_a_folder_that_holds_everything_is_looked_through() -> None:
    candidates, _ = found("top/", "top/of/a/1.jpg", "top/of/b/2.jpg", "license")
    assert set(candidates.values()) == {("a", None), ("b", None)}


def test_folders_may_name_the_splits() -> None:
    candidates, odd = found("x/Train/a/1.jpg", "x/valid/a/2.jpg", "x/test/b/c/3.jpg", "x/test/4.jpg")
    assert list(candidates.values()) == [("a", "training"), ("a", "validation"), ("b", "test")]
    assert odd == {"x/test/4.jpg": "not in the folder of a class"}


def test_split_names_need_a_training_split_and_no_other_folder() -> None:
    assert set(found("test/a/1.jpg", "val/b/2.jpg")[0].values()) == {("test", None), ("val", None)}
    assert ("train", None) in found("train/a/1.jpg", "test/b/2.jpg", "cats/3.jpg")[0].values()


def test_hidden_files_and_what_systems_leave_behind_are_no_candidates() -> None:
    candidates, odd = found("a/1.jpg", "b/2.jpg", ".git/3.jpg", "a/.4.jpg", "__MACOSX/a/1.jpg", "a/Thumbs.db")
    assert len(candidates) == 2
    assert set(odd.values()) == {"hidden"}


def test_control_characters_in_a_name_of_a_class_are_escaped() -> None:
    assert found("a\x1b[1m/1.jpg", "b/2.jpg")[0]["a\x1b[1m/1.jpg"][0] == r"a\x1b[1m"
