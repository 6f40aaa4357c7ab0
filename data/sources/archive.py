"""Read named files out of an untrusted tar or zip archive, or out of a folder, into memory.

Nothing is unpacked to disk: only members with an expected name are read, so no member can be written outside
a folder, follow a link or fill the disk. A size limit for each file, and one for the whole archive, keep it
from filling the memory.
"""

import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from data.sources import tar
from data.sources.files import Unusable, check_kind, open_source
from data.store.split import DataError

ARCHIVE_LIMIT = 400_000_000  # bytes of an archive after decompression

Limits = Mapping[str, int | None]


def read_members(source: Path, limits: Limits, archives: Sequence[str] = ()) -> dict[str, bytes]:
    """Return the files of `limits` that a tar archive (gzipped or not), a zip archive or a folder contains.

    The files may lie in any folder of an archive, and two levels deep in a folder. Of several files of the
    same name, the first is read.

    Args:
        source: the archive or folder.
        limits: full name in the published archive, as "package/a" → the most bytes it may have, or None if it
            is not to be read, only to be found. At the top of the source, the last part is enough; the last
            parts differ.
        archives: names of archives that are read if a folder has none of the files, but one of these.

    Returns:
        Full name → content, b"" for those that are not to be read.

    Raises:
        DataError: a file over its limit, a link in place of a file, or a broken archive.
    """
    check_kind(source)
    if source.is_dir():
        members = dict(_from_folder(source, limits))
        inner = next((path for name in archives if (path := source / name).is_file()), None)
        return members if members or inner is None else read_members(inner, limits)
    try:
        with source.open("rb") as file:
            zipped = file.read(4) in (b"PK\3\4", b"PK\5\6")
        return _from_zip(source, limits) if zipped else _from_tar(source, limits)
    except (tar.Broken, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{source} is not a complete tar archive: {error}") from error
    except OSError as error:
        raise DataError(f"{source} cannot be read: {error.strerror or error}") from error


def _from_folder(folder: Path, limits: Limits) -> Iterator[tuple[str, bytes]]:
    for name, limit in limits.items():
        places = (folder / PurePosixPath(name).name, folder / name, *sorted(folder.glob(f"*/{name}")))
        if path := next((path for path in places if path.is_file()), None):
            try:
                with path.open("rb") as file:
                    yield name, _limited(file, limit, path)
            except OSError as error:
                raise DataError(f"{path} cannot be read: {error.strerror}") from error


def _from_tar(archive: Path, limits: Limits) -> dict[str, bytes]:
    members, expected = dict[str, bytes](), _by_last_part(limits)
    with archive.open("rb") as file:
        for member in tar.walk(file, archive, ARCHIVE_LIMIT):
            name = _expected(member.name, expected)
            if name is None or name in members:
                continue
            if not member.regular:
                raise DataError(f"{archive}: {name} is not a regular file")
            members[name] = _limited(member, limits[name], archive / name)
    return members


def _from_zip(archive: Path, limits: Limits) -> dict[str, bytes]:
    members, expected = dict[str, bytes](), _by_last_part(limits)
    with open_source(archive) as files:
        for file in files:
            name = _expected(file.name, expected)
            if name is None or name in members or file.name.endswith("/"):
                continue
            if file.problem:
                raise DataError(f"{archive}: {name}: {file.problem}")
            try:
                content = b"" if limits[name] is None else file.read()
            except Unusable as reason:
                raise DataError(f"{archive}: {name}: {reason}") from None
            members[name] = _checked(content, limits[name], archive / name)
    return members


def _expected(name: str, by_last_part: Mapping[str, str]) -> str | None:
    """Return the expected name that a member's path stands for: "./x/package/a" is "package/a"."""
    path = str(PurePosixPath(name))
    last = path.rpartition("/")[2]
    expected = by_last_part.get(last)
    return expected if expected and (path == last or f"/{path}".endswith(f"/{expected}")) else None


def _by_last_part(limits: Limits) -> dict[str, str]:
    return {name.rpartition("/")[2]: name for name in limits}


def _limited(file: IO[bytes] | tar.Member, limit: int | None, origin: Path) -> bytes:
    if limit is None:
        return b""
    return _checked(file.read(limit + 1), limit, origin)


def _checked(content: bytes, limit: int | None, origin: Path) -> bytes:
    if limit is not None and len(content) > limit:
        raise DataError(f"{origin} is larger than {limit:,} bytes")
    return content
