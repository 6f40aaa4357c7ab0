"""Downloads from a local server: resumed, checked, and given up in time."""

import hashlib
import http.server
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from data import DataError
from data.sources.download import OutOfReach, download

CONTENT = random.Random(0).randbytes(1_000_000)
MD5 = hashlib.md5(CONTENT).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Serves CONTENT; ends the i-th answer after `breaks[i]` bytes; records the requested ranges."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.breaks: list[int] = []
        self.requests: list[str | None] = []
        self.ranges = True
        self.silence = 0.0
        self.length = ""  # in place of the true one

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that left: its thread may outlive the test, and write into the next one."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/cifar.tar.gz"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        requested = self.headers.get("Range")
        self.server.requests.append(requested)
        time.sleep(self.server.silence)
        start = 0
        if requested and self.server.ranges:
            start = int(requested.removeprefix("bytes=").removesuffix("-"))
        if start >= len(CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", self.server.length or str(len(CONTENT) - start))
        self.end_headers()
        end = start + self.server.breaks.pop(0) if self.server.breaks else len(CONTENT)
        self.wfile.write(CONTENT[start:end])

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "cifar.tar.gz"


def test_it_downloads_with_progress_on_stderr(
    server: Server, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    download(server.url, target, MD5)
    assert target.read_bytes() == CONTENT
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"cifar.tar.gz: {len(CONTENT) / 1e6:.1f} of {len(CONTENT) / 1e6:.1f} MB\n"


def test_a_log_is_told_how_far_it_is(
    server: Server, target: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.sources.download.INTERVAL", 0.0)
    download(server.url, target, MD5)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) > 2
    assert all(line.endswith(f" of {len(CONTENT) / 1e6:.1f} MB") for line in lines)


def test_a_lost_connection_is_resumed(server: Server, target: Path) -> None:
    server.breaks = [300_000, 200_000]
    download(server.url, target, MD5)
    assert target.read_bytes() == CONTENT
    assert server.requests == [None, "bytes=300000-", "bytes=500000-"]


def test_a_part_from_an_earlier_process_is_resumed(server: Server, target: Path) -> None:
    target.write_bytes(CONTENT[:700_000])
    download(server.url, target, MD5)
    assert target.read_bytes() == CONTENT
    assert server.requests == ["bytes=700000-"]


def test_a_server_without_ranges_sends_it_again(server: Server, target: Path) -> None:
    server.ranges = False
    target.write_bytes(b"x" * 700_000)
    download(server.url, target, MD5)
    assert target.read_bytes() == CONTENT


def test_a_complete_file_is_not_requested_again(server: Server, target: Path) -> None:
    target.write_bytes(CONTENT)
    download(server.url, target, MD5)
    assert server.requests == []


def test_without_an_md5_the_size_that_the_server_says_decides(server: Server, target: Path) -> None:
    server.breaks = [300_000]
    download(server.url, target, None)
    assert target.read_bytes() == CONTENT
    download(server.url, target, None)
    assert target.read_bytes() == CONTENT
    assert server.requests == [None, "bytes=300000-", "bytes=1000000-"]


@pytest.mark.parametrize("left", [b"", b"x" * 10, b"x" * len(CONTENT), CONTENT + b"x"])
def test_a_file_with_another_md5_is_removed(server: Server, target: Path, left: bytes) -> None:
    target.write_bytes(left)
    md5 = "0" * 32 if not left else MD5
    with pytest.raises(
        DataError, match=rf"127\.0\.0\.1.* returned a file with MD5 .*, not {md5}; the file was removed"
    ):
        download(server.url, target, md5)
    assert not target.exists()


def test_a_connection_that_brings_no_more_bytes_is_given_up(server: Server, target: Path) -> None:
    server.breaks = [400_000, 0]
    with pytest.raises(OutOfReach, match="connection lost after 400,000 of 1,000,000 bytes"):
        download(server.url, target, MD5)
    assert target.read_bytes() == CONTENT[:400_000]


def test_a_silent_server_is_given_up_in_time(server: Server, target: Path) -> None:
    server.silence = 1.0
    start = time.monotonic()
    with pytest.raises(OutOfReach, match="out of reach .*timed out"):
        download(server.url, target, MD5, timeout=0.2)
    assert time.monotonic() - start < 0.9


@pytest.mark.parametrize("length", ["many", "-5", "1e9", "9" * 5_000])
def test_a_length_that_is_no_number_is_ignored(server: Server, target: Path, length: str) -> None:
    server.length = length
    download(server.url, target, MD5)
    assert target.read_bytes() == CONTENT


def test_a_closed_port_is_out_of_reach(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as closed:
        url = closed.url
    with pytest.raises(OutOfReach, match=f"^{url} is out of reach .*refused"):
        download(url, target, MD5)
