"""Which prepared copies there are of a folder or archive, and whether it has changed since.

A change is seen in the list of its files, their sizes and their times: nothing is read. The list is kept in
the cache, in a file for each path: folders/DIGEST.json.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from data.store.atomic import atomic_write
from data.store.dataset import cache


@dataclass(frozen=True)
class Copy:
    """A prepared copy of a folder.

    Attributes:
        name: of the prepared copy.
        listing: of the folder when it was prepared (`listing`).
        pixels: height and width of the prepared pictures.
        fit: how they were fitted into the square.
    """

    name: str
    listing: str
    pixels: int
    fit: str


def listing(source: Path) -> str:
    """Return the SHA-256 of a folder's file names, sizes and times, or of an archive's size and time.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    for line in _lines(source):
        digest.update(line)
    return digest.hexdigest()


def _lines(source: Path) -> Iterator[bytes]:
    yield _line(source)
    for directory, folders, names in os.walk(source):
        folders.sort()
        yield from (_line(Path(directory, name)) for name in sorted(names))


def _line(path: Path) -> bytes:
    # A folder's own size and time say nothing of the pictures in it.
    status = path.lstat()
    facts = "" if path.is_dir() else f"{status.st_size} {status.st_mtime_ns}"
    return os.fsencode(path) + f"\0{facts}\n".encode()


def copies(source: Path) -> list[Copy]:
    """Return the prepared copies of a folder or archive, the one that was used last at the end."""
    try:
        return msgspec.json.decode(_file(source).read_bytes(), type=list[Copy])
    except (OSError, msgspec.DecodeError):  # it is only there to save time
        return []


def remember(source: Path, copy: Copy) -> None:
    """Keep a copy as the one that was used last. Raises OSError."""
    others = [other for other in copies(source) if (other.pixels, other.fit) != (copy.pixels, copy.fit)]
    file = _file(source)
    file.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(file) as stream:
        stream.write(msgspec.json.encode([*others, copy]))


def changed(path: str, name: str) -> bool:
    """Return whether a folder is still there, but is no longer what a copy of this name was made of."""
    source = Path(path)
    known = copies(source)
    try:
        now = listing(source)
    except OSError:
        return False
    return bool(known) and not any(copy.name == name and copy.listing == now for copy in known)


def lock_file(source: Path) -> Path:
    """Return the lock under which a folder is prepared."""
    return _file(source).with_suffix(".lock")


def _file(source: Path) -> Path:
    return cache() / "folders" / f"{hashlib.sha256(os.fsencode(source)).hexdigest()[:32]}.json"
