"""A tar archive is walked in time, whatever its headers are, and as Python's tarfile sees it."""

import gzip
import io
import random
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from data import DataError
from data.sources.archive import read_members
from data.sources.tar import walk

LIMIT = 100_000_000


def members(content: bytes) -> list[tuple[str, bytes]]:
    walked = walk(io.BytesIO(content), Path("a.tar"), LIMIT)
    return [(member.name, member.read(member.size)) for member in walked if member.regular]


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_it_sees_what_tarfile_sees(form: int, mode: str) -> None:
    file, rng = io.BytesIO(), random.Random(0)
    names = ["a", "./b", "folder/" * 20 + "c", "cifar-10-batches-py/data_batch_1"]
    files = {name: rng.randbytes(rng.choice([0, 1, 511, 512, 513, 40_000])) for name in names}
    with tarfile.open(fileobj=file, mode=mode, format=form) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    # Longer names are in headers that are passed over; there, only the first 100 characters are seen.
    longest = 255 if form == tarfile.USTAR_FORMAT else 100
    assert members(file.getvalue()) == [(name[:longest], content) for name, content in files.items()]


def extended(kind: bytes, content: bytes, repeated: int = 1) -> bytes:
    """Headers of that type, each with that content, before a file."""
    header = tarfile.TarInfo("x")
    header.type, header.size = kind, len(content)
    block = header.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512)
    last = tarfile.TarInfo("package/a")
    last.size = 1
    return block * repeated + last.tobuf(tarfile.GNU_FORMAT) + b"1" + bytes(511 + 1024)


HOSTILE = {
    "60,000 digits": extended(tarfile.XHDTYPE, b"1" * 60_000),
    "60,000 digits for all": extended(tarfile.XGLTYPE, b"1" * 60_000),
    "a million of spaces": extended(tarfile.XHDTYPE, b"1 " * 500_000),
    "no length": extended(tarfile.XHDTYPE, b"0 path=x\n"),
    "a length of 5,000 digits": extended(tarfile.XHDTYPE, b"9" * 5_000 + b" path=x\n"),
    "long names of long names": extended(tarfile.GNUTYPE_LONGNAME, b"name\0", repeated=5_000),
    "attributes of attributes": extended(tarfile.XHDTYPE, b"13 comment=x\n", repeated=5_000),
    "sparse files": extended(tarfile.GNUTYPE_SPARSE, b"", repeated=100),
    "a name that is not UTF-8": extended(tarfile.GNUTYPE_LONGNAME, b"\xff\xfe\0"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_header_is_passed_over(name: str, tmp_path: Path) -> None:
    archive = tmp_path / "hostile.tar"
    archive.write_bytes(HOSTILE[name])
    start = time.process_time()
    assert read_members(archive, {"package/a": 10}) == {"package/a": b"1"}
    assert time.process_time() - start < 2


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    archive = tmp_path / "many.tar.gz"
    archive.write_bytes(gzip.compress(tarfile.TarInfo("x").tobuf() * 20_000, compresslevel=1))
    start = time.process_time()
    with pytest.raises(DataError, match=r"many\.tar\.gz lists more files than the limit of 10,000"):
        read_members(archive, {"package/a": 10})
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda content: content[:400], "it ends within a header"),
        (lambda content: content[:512], "package/a is not complete"),
        (lambda content: b"y" + content[1:], "a header has a wrong checksum"),
        (lambda content: b"", "it is empty"),
    ],
)
def test_a_broken_archive_has_a_reason(change: Callable[[bytes], bytes], reason: str, tmp_path: Path) -> None:
    archive = tmp_path / "broken.tar"
    archive.write_bytes(change(extended(tarfile.XHDTYPE, b"13 comment=x\n")[1024:]))
    with pytest.raises(DataError, match=f"broken.tar is not a complete tar archive: {reason}"):
        read_members(archive, {"package/a": 10})
