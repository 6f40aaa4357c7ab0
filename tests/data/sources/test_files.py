"""Untrusted zips and folders: listed with their problems, read within limits, never unpacked."""

import contextlib
import os
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from data import DataError
from data.sources.files import FILE_LIMIT, File, Unusable, open_source
from tests.data.pets import write_tree, write_zip

NAME = "PetImages/Cat/1.jpg"


def problems(source: Path) -> dict[str, str]:
    with open_source(source) as files:
        return {file.name: file.problem for file in files}


def contents(source: Path) -> dict[str, bytes | str]:
    def read(file: File) -> bytes | str:
        try:
            return file.read()
        except Unusable as unusable:
            return str(unusable)

    with open_source(source) as files:
        return {file.name: file.problem or read(file) for file in files if not file.name.endswith("/")}


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_and_a_folder_read_the_same(tmp_path: Path, compression: int) -> None:
    files = {NAME: b"1" * 5000, "PetImages/Dog/2.jpg": b"2", "readme.txt": b"3"}
    assert contents(write_zip(tmp_path / "a.zip", files, compression)) == files
    assert contents(write_tree(tmp_path / "a", files)) == files


@pytest.mark.parametrize(
    "name",
    [
        "../1.jpg",
        "PetImages/Cat/../../../1.jpg",
        "/etc/1.jpg",
        "C:/1.jpg",
        "..\\1.jpg",
        "PetImages\\Cat\\1.jpg",
    ],
)
def test_a_path_out_of_the_archive_is_not_read_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    archive = write_zip(tmp_path / "a.zip", {name: b"x", NAME: b"1"})
    before = sorted(tmp_path.parent.rglob("*"))
    assert contents(archive) == {name: "unsafe path", NAME: b"1"}
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_file_without_a_name_is_not_read(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", {"nameless": b"x", NAME: b"1"})
    archive.write_bytes(archive.read_bytes().replace(b"nameless", b"\0ameless"))  # a zero byte ends a name
    assert contents(archive) == {"": "unsafe path", NAME: b"1"}


def test_a_link_in_a_zip_is_not_read(tmp_path: Path) -> None:
    member = zipfile.ZipInfo(NAME)
    member.create_system, member.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(member, "/etc/passwd")
    assert contents(tmp_path / "a.zip") == {NAME: "link"}


def test_links_in_a_folder_are_read_only_where_they_stay_in_it(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    folder = write_tree(tmp_path / "a", {NAME: b"1"})
    cats = folder / "PetImages" / "Cat"
    (cats / "2.jpg").symlink_to(tmp_path / "secret")
    (cats / "3.jpg").symlink_to("1.jpg")
    (cats / "4.jpg").symlink_to("missing")
    (cats / "5.jpg").symlink_to("5.jpg")
    (folder / "PetImages" / "Dog").symlink_to(tmp_path)
    assert contents(folder) == {
        NAME: b"1",
        "PetImages/Cat/2.jpg": "link",
        "PetImages/Cat/3.jpg": b"1",
        "PetImages/Cat/4.jpg": "link",
        "PetImages/Cat/5.jpg": "link",
        "PetImages/Dog": "link",
    }


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    folder = write_tree(tmp_path / "a", {"2.jpg": b"2"})
    os.mkfifo(folder / "1.jpg")
    assert contents(folder) == {"1.jpg": "not a regular file", "2.jpg": b"2"}


def test_empty_and_too_large_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.sources.files.FILE_LIMIT", 10)
    files = {"0": b"", "10": b"x" * 10, "11": b"x" * 11}
    expected = {"0": "empty", "10": b"x" * 10, "11": "over 10 bytes"}
    assert contents(write_zip(tmp_path / "a.zip", files)) == expected
    assert contents(write_tree(tmp_path / "a", files)) == expected


def edited(path: Path, change: Callable[[bytearray, int, int], None]) -> Path:
    """Change a zip of one member, by the positions of its local header and of its entry in the list."""
    content = bytearray(path.read_bytes())
    change(content, content.index(b"PK\x03\x04"), content.index(b"PK\x01\x02"))
    path.write_bytes(content)
    return path


def test_a_file_larger_than_it_claims_does_not_fill_the_memory(tmp_path: Path) -> None:
    def understate(content: bytearray, local: int, listed: int) -> None:
        content[local + 22 : local + 26] = content[listed + 24 : listed + 28] = struct.pack("<I", 1000)

    archive = edited(write_zip(tmp_path / "a.zip", {NAME: bytes(300_000_000)}), understate)
    tracemalloc.start()
    try:
        assert contents(archive) == {NAME: "damaged in the archive"}
        assert tracemalloc.get_traced_memory()[1] < 2.5 * FILE_LIMIT
    finally:
        tracemalloc.stop()


def test_an_encrypted_file_is_not_read(tmp_path: Path) -> None:
    def encrypt(content: bytearray, local: int, listed: int) -> None:
        content[local + 6] |= 1
        content[listed + 8] |= 1

    assert contents(edited(write_zip(tmp_path / "a.zip", {NAME: b"1"}), encrypt)) == {NAME: "encrypted"}


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressions_without_a_limit_are_not_read(tmp_path: Path, compression: int) -> None:
    archive = write_zip(tmp_path / "a.zip", {NAME: bytes(1_000_000)}, compression)
    assert contents(archive) == {NAME: "unsupported compression"}


def test_two_files_of_the_same_name_are_not_read(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", {NAME: b"1", "PetImages/Cat/2.jpg": b"2"})
    archive.write_bytes(archive.read_bytes().replace(b"Cat/2.jpg", b"Cat/1.jpg"))
    with open_source(archive) as files:
        assert [(file.name, file.problem) for file in files] == [(NAME, "duplicate name")] * 2


def test_damage_in_a_zip_affects_one_file(tmp_path: Path) -> None:
    noise = random.Random(0).randbytes(1000)
    archive = write_zip(tmp_path / "a.zip", {NAME: noise, "2.jpg": b"2"}, zipfile.ZIP_STORED)
    archive.write_bytes(archive.read_bytes().replace(noise, noise[:500] + bytes(500)))
    assert contents(archive) == {NAME: "damaged in the archive", "2.jpg": b"2"}


def list_of(path: Path, entries: int, claimed: int) -> Path:
    """A zip that is only a list of files, and claims that number of them."""
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, *[0] * 7, 5, *[0] * 6) + b"1.jpg"
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, claimed, claimed, entries * len(entry), 0, 0)
    path.write_bytes(entry * entries + end)
    return path


@pytest.mark.parametrize("claimed", [0, 1, 65_535])
def test_a_million_entries_are_refused_before_they_are_read(tmp_path: Path, claimed: int) -> None:
    archive = list_of(tmp_path / "a.zip", 1_000_000, claimed)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"a\.zip lists more files than the limit of 100,000"):
            problems(archive)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_few_entries_too_many_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.sources.files.MAX_FILES", 3)
    assert len(problems(write_zip(tmp_path / "3.zip", dict.fromkeys("abc", b"x")))) == 3
    many = dict.fromkeys("abcd", b"x")
    for source in (write_zip(tmp_path / "4.zip", many), write_tree(tmp_path / "4", many)):
        with pytest.raises(DataError, match="4(.zip)? lists more files than the limit of 3"):
            problems(source)


def test_a_broken_zip_is_one_clear_line(tmp_path: Path) -> None:
    complete = write_zip(tmp_path / "complete.zip", {NAME: b"1" * 100}).read_bytes()
    badly_named = complete.replace(NAME.encode(), b"\xff" * len(NAME))
    flagged = bytearray(badly_named)
    flagged[flagged.index(b"PK\x01\x02") + 9] |= 8  # claims that the name is UTF-8
    for content in (b"", b"no zip" * 100, complete[:-30], complete[:40], bytes(flagged)):
        broken = tmp_path / "broken.zip"
        broken.write_bytes(content)
        with pytest.raises(DataError, match=r"broken\.zip is not a complete zip archive: ") as caught:
            problems(broken)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("seed", range(5))
def test_random_changes_of_bytes_raise_no_other_error(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    complete = write_zip(tmp_path / "a.zip", {f"{n}.jpg": rng.randbytes(50) for n in range(5)}).read_bytes()
    for _ in range(200):
        content = bytearray(complete)
        for _ in range(4):
            content[rng.randrange(len(content))] = rng.randrange(256)
        broken = tmp_path / "broken.zip"
        broken.write_bytes(content)
        with contextlib.suppress(DataError):
            contents(broken)


def test_files_are_read_from_many_threads_at_once(tmp_path: Path) -> None:
    files = {f"{number}.jpg": bytes([number]) * 3000 for number in range(200)}
    with open_source(write_zip(tmp_path / "a.zip", files)) as listed, ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda file: file.read(), listed)) == list(files.values())
