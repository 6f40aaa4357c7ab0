"""A tar archive is listed and read, and can do no harm."""

import io
import tarfile
from pathlib import Path

import pytest

from data import DataError
from data.sources import tar_files
from data.sources.tar_files import open_pictures


def write(path: Path, *members: tuple[str, bytes | tarfile.TarInfo]) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix in (".gz", ".tgz") else "w") as tar:
        for name, content in members:
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
                continue
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def link(name: str, target: str) -> tuple[str, tarfile.TarInfo]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return name, member


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.tgz"])
def test_files_are_listed_and_read_in_any_order(tmp_path: Path, name: str) -> None:
    source = write(tmp_path / name, ("./x/1", b"one"), ("x/2", b"two"))
    with open_pictures(source, 10) as files:
        assert [(file.name, file.problem, file.read()) for file in reversed(files)] == [
            ("x/2", "", b"two"),
            ("x/1", "", b"one"),
        ]


def test_what_could_do_harm_is_named(tmp_path: Path) -> None:
    members = [("../1", b"x"), ("/2", b"x"), link("3", "/etc/passwd"), ("4", b""), ("5", b"x"), ("5", b"y")]
    with open_pictures(write(tmp_path / "a.tar", *members), 10) as files:
        problems = [file.problem for file in files]
    assert problems == ["unsafe path", "unsafe path", "link", "empty", "duplicate name", "duplicate name"]


def test_a_bomb_and_a_broken_archive_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tar_files, "SMALLEST_LIMIT", 100_000)
    bomb = write(tmp_path / "bomb.tgz", ("x/1", bytes(1_000_000)))
    with pytest.raises(DataError, match="unpacks to more than 100,000 bytes"), open_pictures(bomb, 10):
        pass
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(bomb.read_bytes()[:200])
    for content in (b"", b"no tar" * 200, bomb.read_bytes()[:200]):
        broken.write_bytes(content)
        with pytest.raises(DataError, match="is not a complete tar archive"), open_pictures(broken, 10):
            pass
