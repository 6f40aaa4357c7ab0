"""List the files of an untrusted tar archive, plain or gzipped, and read them by name into memory.

Nothing is unpacked to disk under a name of the archive. A gzipped archive is first decompressed into one
nameless temporary file, as its members are read in any order; a limit keeps it from filling the disk.
"""

import contextlib
import gzip
import stat
import tarfile
import tempfile
import threading
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from data.sources.files import FILE_LIMIT, MAX_FILES, File, Unusable, open_source, path_problem, size_problem
from data.store.split import DataError

RATIO = 20  # pictures are compressed already: an archive unpacks to few times its size
SMALLEST_LIMIT = 100_000_000  # bytes that any archive may unpack to
CHUNK = 1 << 20
_BROKEN = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile)


@contextlib.contextmanager
def open_pictures(source: Path, limit: int) -> Iterator[list[File]]:
    """List the files of a folder, zip or tar; inside of the block, any thread may read them.

    Args:
        source: the folder or archive.
        limit: the most files that a folder may have.

    Raises:
        DataError: it is none of these, or has more files than the limit.
    """
    if source.is_dir() or not _is_tar(source):
        with open_source(source, limit) as files:
            yield files
        return
    try:
        with source.open("rb") as raw, tempfile.TemporaryFile() as scratch:
            stream = _decompressed(raw, scratch, source) if raw.read(2) == b"\x1f\x8b" else raw
            stream.seek(0)
            with tarfile.open(fileobj=stream, mode="r:") as archive:
                yield _listed(archive, stream, source)
    except _BROKEN as error:
        raise DataError(f"{source} is not a complete tar archive: {error}") from error


def _is_tar(source: Path) -> bool:
    """Return whether a file's name is that of a tar archive."""
    return source.name.lower().endswith((".tar", ".tar.gz", ".tgz"))


def _decompressed(raw: IO[bytes], scratch: IO[bytes], source: Path) -> IO[bytes]:
    raw.seek(0)
    remaining = max(SMALLEST_LIMIT, RATIO * source.stat().st_size)
    limit = remaining
    with gzip.GzipFile(fileobj=raw) as plain:
        while chunk := plain.read(CHUNK):
            remaining -= len(chunk)
            if remaining < 0:
                raise DataError(f"{source} unpacks to more than {limit:,} bytes")
            scratch.write(chunk)
    return scratch


def _listed(archive: tarfile.TarFile, stream: IO[bytes], source: Path) -> list[File]:
    members = []
    for member in archive:
        members.append(member)
        if len(members) > MAX_FILES:
            raise DataError(f"{source} lists more files than the limit of {MAX_FILES:,}")
    occurrences = Counter(member.name for member in members)
    lock = threading.Lock()

    def file(member: tarfile.TarInfo) -> File:
        problem = "duplicate name" if occurrences[member.name] > 1 else _problem(member)
        name = f"{member.name}/" if member.isdir() else member.name
        return File(name.removeprefix("./"), problem, lambda: _read(stream, member, lock))

    return [file(member) for member in members if member.name not in (".", "")]


def _problem(member: tarfile.TarInfo) -> str:
    if problem := path_problem(member.name):
        return problem
    if member.issym() or member.islnk():
        return "link"
    if member.isdir():
        return ""
    if not member.isreg() or member.issparse() or stat.S_IFMT(member.mode) not in (0, stat.S_IFREG):
        return "not a regular file"
    return size_problem(member.size)


def _read(stream: IO[bytes], member: tarfile.TarInfo, lock: threading.Lock) -> bytes:
    try:
        with lock:
            stream.seek(member.offset_data)
            return stream.read(min(member.size, FILE_LIMIT))
    except (OSError, ValueError) as error:
        raise Unusable("damaged in the archive") from error
