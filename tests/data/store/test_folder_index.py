"""A folder that has changed is noticed without reading its files."""

import os
from pathlib import Path

import pytest

from data.store import folder_index
from data.store.folder_index import Copy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pictures/a").mkdir(parents=True)
    (tmp_path / "pictures/a/1.jpg").write_bytes(b"one")
    return tmp_path / "pictures"


def test_a_listing_changes_with_names_sizes_and_times(folder: Path) -> None:
    listings = [folder_index.listing(folder), folder_index.listing(folder)]
    assert listings[0] == listings[1]
    os.utime(folder / "a/1.jpg", (1, 1))
    listings.append(folder_index.listing(folder))
    (folder / "a/1.jpg").rename(folder / "a/2.jpg")
    listings.append(folder_index.listing(folder))
    assert len(set(listings)) == 3


def test_the_copy_that_was_used_last_is_at_the_end(folder: Path) -> None:
    for name, pixels in (("x-1", 32), ("x-2", 64), ("x-1", 32)):
        folder_index.remember(folder, Copy(name, "l", pixels, "pad"))
    assert [copy.name for copy in folder_index.copies(folder)] == ["x-2", "x-1"]


def test_a_damaged_index_is_an_empty_one(folder: Path) -> None:
    folder_index.remember(folder, Copy("x-1", "l", 32, "pad"))
    folder_index.lock_file(folder).with_suffix(".json").write_text("{")
    assert folder_index.copies(folder) == []
    assert not folder_index.changed(str(folder), "x-1")
