"""What is written beside prepared data: read back with its types checked, of every format so far."""

import json
from pathlib import Path

import pytest

from data import DataError
from data.store.description import (
    FORMAT,
    Description,
    LaterFormat,
    Origin,
    Pictures,
    Sizes,
    read_description,
    write_description,
)

SIZES = Sizes(training=80, validation=20, test=0)
BEFORE_FORMATS = {"fingerprint": "f" * 64, "sizes": dict(SIZES)}


def write(folder: Path, content: object) -> None:
    (folder / "description.json").write_text(json.dumps(content))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write_description(tmp_path, "f" * 64, SIZES)
    assert read_description(tmp_path) == Description("f" * 64, SIZES)
    assert json.loads((tmp_path / "description.json").read_text())["format"] == 1, "earlier versions read it"


def test_pictures_of_a_users_own_are_of_the_newest_format(tmp_path: Path) -> None:
    pictures = Pictures(("a", "b"), (48, 48, 3), Origin("/a", "f" * 64, 48, "pad"), ("a remark",))
    write_description(tmp_path, "f" * 64, SIZES, pictures)
    assert read_description(tmp_path) == Description("f" * 64, SIZES, pictures, FORMAT)


def test_a_file_without_a_format_number_is_read(tmp_path: Path) -> None:
    write(tmp_path, BEFORE_FORMATS)
    assert read_description(tmp_path) == Description("f" * 64, SIZES, format=1)


def test_none_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_description(tmp_path)


@pytest.mark.parametrize("content", [{**BEFORE_FORMATS, "format": FORMAT + 1}, {"format": 99, "other": []}])
def test_a_later_format_is_not_called_damaged(tmp_path: Path, content: object) -> None:
    write(tmp_path, content)
    with pytest.raises(LaterFormat, match="made by a later version of this program .format") as raised:
        read_description(tmp_path)
    assert str(tmp_path) in str(raised.value) and "damaged" not in str(raised.value)


@pytest.mark.parametrize(
    "content",
    [
        [],
        None,
        "text",
        {},
        {**BEFORE_FORMATS, "fingerprint": 1},
        {**BEFORE_FORMATS, "sizes": {"training": 80, "validation": 20}},
        {**BEFORE_FORMATS, "sizes": {**SIZES, "test": "20"}},
        {**BEFORE_FORMATS, "sizes": {**SIZES, "test": -1}},
        {**BEFORE_FORMATS, "sizes": {**SIZES, "test": 1.5}},
        {**BEFORE_FORMATS, "sizes": {**SIZES, "test": True}},
        {**BEFORE_FORMATS, "format": "1"},
        {**BEFORE_FORMATS, "format": None},
    ],
    ids=str,
)
def test_anything_else_is_damaged_and_says_how_to_prepare_again(tmp_path: Path, content: object) -> None:
    write(tmp_path, content)
    damaged(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "description.json").write_bytes(content)
    damaged(tmp_path)


def damaged(folder: Path) -> None:
    with pytest.raises(DataError) as raised:
        read_description(folder)
    message = str(raised.value)
    assert message.startswith(f"{folder} is damaged (") and "\n" not in message
    assert message.endswith(f"Prepare it again with: python -m data {folder.name}")
