"""List the files of an untrusted zip archive or folder, and read them by name into memory.

Nothing is unpacked to disk, and no link is followed out of a folder. A file that could do harm, or cannot be
read, is listed with its problem. The number of files and the size of each are limited, so that neither a list
of a million names nor a few bytes that unpack to gigabytes fill the memory.
"""

import contextlib
import io
import os
import stat
import struct
import threading
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from data.store.split import DataError

MAX_FILES = 100_000  # the published archive has 25,000 pictures, Kaggle's 37,500
FILE_LIMIT = 60_000_000  # bytes of one file after decompression; a phone's photograph has up to 50 million
DIRECTORY_LIMIT = 12_000_000  # bytes of a zip's list of files: 120 for each of MAX_FILES


class Unusable(Exception):
    """A file that is left out; the message is the reason, in a few words."""


@dataclass(frozen=True)
class File:
    """A file of a source.

    Attributes:
        name: its path in the source; that of a folder ends in "/".
        problem: why it must not be read; empty if it may.
        read: returns its content, or raises Unusable.
    """

    name: str
    problem: str
    read: Callable[[], bytes]


@contextlib.contextmanager
def open_source(source: Path, limit: int | None = None) -> Iterator[list[File]]:
    """List the files of a zip archive or folder; inside of the block, any thread may read them.

    Args:
        source: the archive or folder.
        limit: the most files that a folder may have; None, and an archive: MAX_FILES.

    Raises:
        DataError: it is neither, or has more files.
    """
    check_kind(source)
    if source.is_dir():
        yield _list_folder(source, limit or MAX_FILES)
        return
    with _Guarded(_opened(source)) as raw, _archive(raw, source) as archive:
        if len(archive.infolist()) > MAX_FILES:
            raise _too_many(source)
        yield _list_zip(archive)


def check_kind(source: Path) -> None:
    """Raise a DataError for what is neither a file nor a folder: reading a pipe might never end."""
    try:
        kind = source.stat().st_mode
    except (OSError, ValueError) as error:
        raise DataError(f"{source} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        raise DataError(f"{source} is neither a file nor a folder")


def _too_many(source: Path, limit: int | None = None) -> DataError:
    return DataError(f"{source} lists more files than the limit of {limit or MAX_FILES:,}")


def _opened(source: Path) -> io.FileIO:
    try:
        return io.FileIO(source)
    except OSError as error:
        raise DataError(f"{source} cannot be read: {error.strerror}") from error


class _Guarded(io.BufferedReader):
    """A file for zipfile, which reads a list of files of any claimed length: here it has a limit."""

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > DIRECTORY_LIMIT:
            raise _too_many(self.raw.name)  # type: ignore[attr-defined]
        return super().read(size)


def _archive(raw: _Guarded, source: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(raw)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as error:
        raise DataError(f"{source} is not a complete zip archive: {error}") from error


def _list_zip(archive: zipfile.ZipFile) -> list[File]:
    members = archive.infolist()
    occurrences = Counter(member.filename for member in members)
    lock = threading.Lock()  # zipfile's own counting of open members is not safe between threads

    def file(member: zipfile.ZipInfo) -> File:
        # Programs differ in which of two members of the same name they read.
        problem = "duplicate name" if occurrences[member.filename] > 1 else _zip_problem(member)
        return File(member.filename, problem, lambda: _unzip(archive, member, lock))

    return [file(member) for member in members]


def path_problem(name: str) -> str:
    """Return "unsafe path" for a name in an archive that could lead out of a folder, "" for others."""
    unsafe = not name or name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")
    return "unsafe path" if unsafe else ""


def _zip_problem(member: zipfile.ZipInfo) -> str:
    name, kind = member.filename, stat.S_IFMT(member.external_attr >> 16)
    if problem := path_problem(name):
        return problem
    if kind == stat.S_IFLNK:
        return "link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "not a regular file"
    if member.flag_bits & 1:
        return "encrypted"
    # zipfile unpacks bzip2 and LZMA without a limit on the size of the result.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "unsupported compression"
    return "" if member.is_dir() else size_problem(member.file_size)


def size_problem(size: int) -> str:
    """Return what is wrong with a file of a size in bytes; "" if nothing is."""
    if size == 0:
        return "empty"
    return f"over {FILE_LIMIT:,} bytes" if size > FILE_LIMIT else ""


def _unzip(archive: zipfile.ZipFile, member: zipfile.ZipInfo, lock: threading.Lock) -> bytes:
    try:
        with lock, archive.open(member) as file:
            return file.read(FILE_LIMIT + 1)  # without a limit, all of it would be unpacked first
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,
        struct.error,
    ) as error:
        raise Unusable("damaged in the archive") from error


def _list_folder(folder: Path, limit: int) -> list[File]:
    root = folder.resolve()
    files: list[File] = []
    for directory, folders, names in os.walk(folder, onerror=_unreadable):
        for name in folders + names:
            files.append(_folder_entry(Path(directory, name), folder, root))
        if len(files) > limit:
            raise _too_many(folder, limit)
    return files


def _unreadable(error: OSError) -> None:
    raise DataError(f"{error.filename} cannot be read: {error.strerror}") from error


def _folder_entry(path: Path, folder: Path, root: Path) -> File:
    name = path.relative_to(folder).as_posix()
    try:
        outside = path.is_symlink() and not path.resolve(strict=True).is_relative_to(root)
        status = path.stat()
    except (OSError, RuntimeError):  # a link to a missing file, or to itself
        return File(name, "link", lambda: b"")
    if outside:
        problem = "link"
    elif stat.S_ISDIR(status.st_mode):
        name, problem = f"{name}/", ""
    else:
        problem = size_problem(status.st_size) if stat.S_ISREG(status.st_mode) else "not a regular file"
    return File(name, problem, lambda: _read(path))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(FILE_LIMIT)
    except OSError as error:
        raise Unusable("cannot be read") from error
