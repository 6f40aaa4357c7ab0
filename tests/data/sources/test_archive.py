"""Untrusted archives: only expected files are read, nothing is written, nothing fills the memory."""

import gzip
import io
import random
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from data import DataError
from data.sources.archive import read_members

LIMITS = {"package/a": 10, "package/b": 10}


def test_it_reads_the_expected_files_and_nothing_else(tar: Callable[..., Path]) -> None:
    archive = tar({"package/a": b"1", "elsewhere/b": b"2", "package/c": b"3"})
    assert read_members(archive, LIMITS) == {"package/a": b"1"}


def test_a_tar_that_is_not_gzipped_reads_the_same(tar: Callable[..., Path], tmp_path: Path) -> None:
    plain = tmp_path / "plain.tar"
    plain.write_bytes(gzip.decompress(tar({"package/a": b"1"}).read_bytes()))
    assert read_members(plain, LIMITS) == {"package/a": b"1"}


def test_a_folder_reads_the_same(folder: Callable[..., Path]) -> None:
    assert read_members(folder({"package/a": b"1", "package/c": b"3"}), LIMITS) == {"package/a": b"1"}


def test_nothing_is_written_anywhere(tar: Callable[..., Path], tmp_path: Path) -> None:
    archive = tar({"../escaped": b"x", str(tmp_path / "absolute"): b"x", "package/a": b"1"})
    assert read_members(archive, LIMITS) == {"package/a": b"1"}
    assert sorted(tmp_path.iterdir()) == [archive]
    assert not (tmp_path.parent / "escaped").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_a_link_in_place_of_a_file_is_refused(tmp_path: Path, kind: bytes) -> None:
    secret, archive = tmp_path / "secret", tmp_path / "links.tar"
    secret.write_text("secret")
    with tarfile.open(archive, "w") as file:
        member = tarfile.TarInfo("package/a")
        member.type, member.linkname = kind, str(secret)
        file.addfile(member)
    with pytest.raises(DataError, match=r"links\.tar: package/a is not a regular file"):
        read_members(archive, LIMITS)


def test_a_file_over_its_limit_is_refused(tar: Callable[..., Path], folder: Callable[..., Path]) -> None:
    for source in (tar({"package/a": b"x" * 11}), folder({"package/a": b"x" * 11})):
        with pytest.raises(DataError, match="a is larger than 10 bytes"):
            read_members(source, LIMITS)


def test_an_archive_that_unpacks_to_too_much_is_refused(
    tar: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.sources.archive.ARCHIVE_LIMIT", 100_000)
    with pytest.raises(DataError, match="unpacks to more than 100,000 bytes"):
        read_members(tar({"passed-over": bytes(1_000_000)}), LIMITS)


def test_a_header_that_claims_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.sources.archive.ARCHIVE_LIMIT", 100_000)
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 1 << 32  # tarfile reads such a header at once
    archive = tmp_path / "header.tar.gz"
    archive.write_bytes(gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(1_000_000)))
    with pytest.raises(DataError, match="unpacks to more than 100,000 bytes"):
        read_members(archive, LIMITS)


def test_broken_archives_are_clear_errors(tar: Callable[..., Path], tmp_path: Path) -> None:
    noise = random.Random(0).randbytes(200_000)
    complete = tar({"other": noise, "package/a": b"1"}).read_bytes()
    flipped = bytearray(complete)
    flipped[10:400] = bytes(390)
    for content in (b"", b"\x1f\x8b", b"no archive" * 100, complete[: len(complete) // 2], bytes(flipped)):
        broken = tmp_path / "broken.tgz"
        broken.write_bytes(content)
        with pytest.raises(DataError, match=r"broken\.tgz is not a complete tar archive: "):
            read_members(broken, LIMITS)


def test_the_first_of_two_members_of_the_same_name_is_read(tmp_path: Path) -> None:
    archive = tmp_path / "twice.tar"
    with tarfile.open(archive, "w") as file:
        for content in (b"1", b"2"):
            member = tarfile.TarInfo("package/a")
            member.size = 1
            file.addfile(member, io.BytesIO(content))
    assert read_members(archive, LIMITS) == {"package/a": b"1"}
