"""Download one large file: resumed where it broke off, its MD5 checked if known, progress on stderr."""

import hashlib
import http.client
import urllib.error
import urllib.request
from pathlib import Path

from data.store.split import DataError

CHUNK = 1 << 18  # bytes


class OutOfReach(DataError):
    """The server does not answer, or stopped answering; what has come stays for the next time."""


def download(url: str, target: Path, md5: str | None, timeout: float = 10.0) -> None:
    """Download `url` into `target`, going on from what is there; timeout in seconds of silence.

    A file is whole when its MD5 (hexadecimal) says so, or where none is published, when it has as many bytes
    as the server says. Raises OutOfReach, and DataError for a file whose MD5 differs, which is removed.
    """
    if md5 and target.exists() and _md5(target) == md5:
        return
    _transfer(url, target, timeout)
    if md5 and (found := _md5(target)) != md5:
        target.unlink()
        raise DataError(f"{url} gave a file with MD5 {found}, not {md5}; it was removed")


def _transfer(url: str, target: Path, timeout: float) -> None:
    """Take up a connection that breaks off again, as long as each attempt brings more."""
    while True:
        before = _size(target)
        try:
            return _go_on(url, target, timeout)
        except (OSError, http.client.HTTPException) as error:
            if _size(target) <= before:
                raise OutOfReach(f"{url} is out of reach ({_reason(error)})") from error


def _go_on(url: str, target: Path, timeout: float) -> None:
    """Append what is missing; return at the end of the file, raise OSError where it breaks off before."""
    start = _size(target)
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    try:
        response = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # nothing comes after what is there
            return
        raise
    with response:
        if response.status != 206:  # the server knows no ranges: from the beginning
            start = 0
        total = start + int(response.headers.get("Content-Length", 0))
        _append(response, target, start, total)
    if _size(target) < total:
        raise ConnectionError(f"broken off at {_size(target):,} of {total:,} bytes")


def _append(response: http.client.HTTPResponse, target: Path, start: int, total: int) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar, target.open("ab") as file:
        file.truncate(start)
        task = bar.add_task(target.name, completed=start, total=total or None)
        while chunk := response.read(CHUNK):
            file.write(chunk)
            bar.advance(task, len(chunk))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", error)) or type(error).__name__
