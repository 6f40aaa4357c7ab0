"""Download one large file: resumed after an interruption, its digest checked if known, progress on stderr."""

import hashlib
import http.client
import re
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from data.store.split import DataError
from data.terminal.output import console

CHUNK = 1 << 18  # bytes
MD5_LENGTH = 32  # hexadecimal digits
INTERVAL = 10.0  # seconds between two lines of a log


class OutOfReach(DataError):
    """The server does not answer, or stopped answering; the part that arrived is kept for the next time."""


def download(url: str, target: Path, digest: str | None, timeout: float = 10.0) -> None:
    """Download `url` into `target`, and resume if a part of it exists.

    Args:
        url: of the file.
        target: where it is written.
        digest: its MD5 or SHA-256, in hexadecimal; a file that has it is complete. None if none is published:
            then the file is complete when it has as many bytes as the server says.
        timeout: seconds without an answer.

    Raises:
        OutOfReach: the server does not answer.
        DataError: the digest is another one; the file was removed.
    """
    if digest and target.exists() and _digest(target, digest) == digest:
        return
    _transfer(url, target, timeout)
    if digest and (actual := _digest(target, digest)) != digest:
        target.unlink()
        kind = "MD5" if len(digest) == MD5_LENGTH else "SHA-256"
        raise DataError(f"{url} returned a file with {kind} {actual}, not {digest}; the file was removed")


def _transfer(url: str, target: Path, timeout: float) -> None:
    """Reconnect after an interruption, as long as each attempt brings more bytes."""
    while True:
        before = _size(target)
        try:
            return _resume(url, target, timeout)
        except (OSError, http.client.HTTPException) as error:
            if _size(target) <= before:
                raise OutOfReach(f"{url} is out of reach ({_reason(error)})") from error


def _resume(url: str, target: Path, timeout: float) -> None:
    """Append the missing part; return at the end of the file, raise OSError if the connection ends before."""
    start = _size(target)
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    try:
        response = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # the server has no bytes after ours: complete
            return
        raise
    with response:
        if response.status != 206:  # the server does not support ranges: start again
            start = 0
        length = response.headers.get("Content-Length", "")
        total = start + (int(length) if re.fullmatch("[0-9]{1,15}", length) else 0)  # a server is not trusted
        _append(response, target, start, total)
    if _size(target) < total:
        raise ConnectionError(f"connection lost after {_size(target):,} of {total:,} bytes")


def _append(response: http.client.HTTPResponse, target: Path, start: int, total: int) -> None:
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    screen, told = console(), time.monotonic()
    bar = Progress(*columns, console=screen, disable=not screen.is_terminal)
    with bar, target.open("ab") as file:
        file.truncate(start)
        row = bar.add_task(target.name, completed=start, total=total or None)
        while chunk := response.read(CHUNK):
            file.write(chunk)
            bar.advance(row, len(chunk))
            if bar.disable and time.monotonic() - told >= INTERVAL:
                told = time.monotonic()
                _tell(target.name, file.tell(), total)
        if bar.disable:
            _tell(target.name, file.tell(), total)


def _tell(name: str, size: int, total: int) -> None:
    """Write a line into a log, which is no terminal."""
    whole = f" of {total / 1e6:.1f}" if total else ""
    print(f"{name}: {size / 1e6:.1f}{whole} MB", file=sys.stderr)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _digest(path: Path, like: str) -> str:
    """Return the digest of a file, of the same kind as another one."""
    kind = hashlib.md5 if len(like) == MD5_LENGTH else hashlib.sha256
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: kind(usedforsecurity=False)).hexdigest()


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", error)) or type(error).__name__
