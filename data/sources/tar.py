"""Walk through an untrusted tar archive, gzipped or not: one block of 512 bytes after another, nothing more.

Python's tarfile also follows long names, extended attributes and sparse files. There, a header of 60,000
digits takes 9 seconds before Python 3.11.10 (CVE-2024-6232), and a chain of long names is a RecursionError.
The names that are wanted here are short, so these headers are passed over like any other member.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from data.store.split import DataError

BLOCK = 512
CHUNK = 1 << 20  # bytes that are passed over at a time
MEMBERS = 10_000
REGULAR = b"0\0" + b"7"  # type flags of a file, two of them historical


class Broken(Exception):
    """Not a complete tar archive; the message is the reason."""


class Stream:
    """A stream that counts, and raises a DataError when an archive decompresses to more than its limit."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, origin: Path, limit: int) -> None:
        self.stream, self.origin, self.limit, self.position = stream, origin, limit, 0

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes, or fewer at the end."""
        content = self.stream.read(size)
        self.position += len(content)
        if self.position > self.limit:
            raise DataError(f"{self.origin} unpacks to more than {self.limit:,} bytes")
        return content

    def skip_to(self, position: int) -> None:
        """Pass over what lies before a position. Raises Broken if the end does."""
        while self.position < position:
            if not self.read(min(CHUNK, position - self.position)):
                raise Broken("it ends within a file")


class Member(NamedTuple):
    """A member's name, whether it is a regular file, its size in bytes, and the stream at its content."""

    name: str
    regular: bool
    size: int
    stream: Stream

    def read(self, limit: int) -> bytes:
        """Return the content, or its first `limit` bytes."""
        content = self.stream.read(min(self.size, limit))
        if len(content) < min(self.size, limit):
            raise Broken(f"{self.name} is not complete")
        return content


def walk(archive: IO[bytes], origin: Path, limit: int) -> Iterator[Member]:
    """Yield the members in order; the content of each can be read until the next one is asked for.

    Raises:
        Broken, or an exception of gzip: it is not a complete archive.
        DataError: it unpacks to more than `limit` bytes, or has more than MEMBERS members.
    """
    gzipped = archive.read(2) == b"\x1f\x8b"
    archive.seek(0)
    stream = Stream(gzip.GzipFile(fileobj=archive) if gzipped else archive, origin, limit)
    members = 0
    while header := stream.read(BLOCK):
        if header == bytes(BLOCK):
            return
        if (members := members + 1) > MEMBERS:
            raise DataError(f"{origin} lists more files than the limit of {MEMBERS:,}")
        name, flag, size = _parsed(header)
        end = stream.position + size
        yield Member(name, flag in REGULAR, size, stream)
        stream.skip_to(-(-end // BLOCK) * BLOCK)
    if stream.position == 0:
        raise Broken("it is empty")


def _parsed(header: bytes) -> tuple[str, bytes, int]:
    """Return name, type flag and size from a header of the ustar or an older format."""
    if len(header) < BLOCK:
        raise Broken("it ends within a header")
    if sum(header[:148]) + sum(header[156:]) + 8 * ord(" ") != _number(header[148:156]):
        raise Broken("a header has a wrong checksum")
    name, prefix = (part.partition(b"\0")[0] for part in (header[:100], header[345:500]))
    if header[257:263] == b"ustar\0" and prefix:  # GNU has other fields there
        name = prefix + b"/" + name
    return name.decode("utf-8", "backslashreplace"), header[156:157], _number(header[124:136])


def _number(field: bytes) -> int:
    """Return a number that is written in octal digits, or in binary if it is large."""
    if field[0] & 0x80:
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    digits = field.partition(b"\0")[0].strip(b" ") or b"0"
    if not digits.isdigit() or max(digits) > ord("7"):
        raise Broken("a header has a size or checksum that is not a number")
    return int(digits, 8)
