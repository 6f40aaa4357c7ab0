"""Read named files out of an untrusted archive, or out of its unpacked folder, into memory.

Nothing is unpacked to disk: only members with an exact expected name are read, so no member can be written
outside a folder, follow a link or fill the disk. A size limit for each file, and one for the whole archive,
keep it from filling the memory.
"""

import gzip
import io
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from data.store.split import DataError
from data.terminal.output import one_line

ARCHIVE_LIMIT = 400_000_000  # bytes of an archive after decompression


def read_members(source: Path, limits: dict[str, int]) -> dict[str, bytes]:
    """Return the files of `limits` that a tar archive, gzipped or not, or a folder contains.

    Args:
        source: the archive, or its unpacked folder.
        limits: full name in the archive → the most bytes it may have. In a folder, the last part of the name
            is enough.

    Returns:
        Full name → content.

    Raises:
        DataError: a file over its limit, a link in place of a file, or a broken archive.
    """
    if source.is_dir():
        return _from_folder(source, limits)
    try:
        return _from_tar(source, limits)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{source} is not a complete tar archive: {error}") from error


def _from_folder(folder: Path, limits: dict[str, int]) -> dict[str, bytes]:
    members = {}
    for name, limit in limits.items():
        path = folder / PurePosixPath(name).name
        if path.is_file():
            with path.open("rb") as file:
                members[name] = _limited(file, limit, path)
    return members


def _from_tar(archive: Path, limits: dict[str, int]) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    with archive.open("rb") as raw:
        plain = gzip.GzipFile(fileobj=raw) if raw.read(2) == b"\x1f\x8b" else raw
        raw.seek(0)
        with tarfile.open(fileobj=_Metered(plain, archive), mode="r|") as tar:
            for member in tar:
                if member.name not in limits or member.name in members:
                    continue
                file = tar.extractfile(member) if member.isreg() else None
                if file is None:
                    raise DataError(f"{archive}: {one_line(member.name)} is not a regular file")
                members[member.name] = _limited(file, limits[member.name], archive / member.name)
    return members


def _limited(file: IO[bytes], limit: int, origin: Path) -> bytes:
    content = file.read(limit + 1)
    if len(content) > limit:
        raise DataError(f"{origin} is larger than {limit:,} bytes")
    return content


class _Metered(io.RawIOBase):
    """A stream for tarfile that raises a DataError when an archive decompresses to more than its limit."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, origin: Path) -> None:
        super().__init__()
        self.stream, self.origin, self.remaining = stream, origin, ARCHIVE_LIMIT

    def read(self, size: int = -1) -> bytes:
        content = self.stream.read(size)
        self.remaining -= len(content)
        if self.remaining < 0:
            raise DataError(f"{self.origin} unpacks to more than {ARCHIVE_LIMIT:,} bytes")
        return content
