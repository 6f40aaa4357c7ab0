"""Downloads against a server of our own: resumed, checked, and given up within their time."""

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
    """Serves CONTENT; breaks off after `breaks[i]` bytes of the i-th answer; notes the ranges asked for."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.breaks: list[int] = []
        self.asked: list[str | None] = []
        self.ranges = True
        self.silence = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/cifar.tar.gz"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.asked.append(asked)
        time.sleep(self.server.silence)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.server.ranges else 0
        if start >= len(CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
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
    assert "cifar.tar.gz" in printed.err


def test_a_download_that_breaks_off_goes_on_from_there(server: Server, target: Path) -> None:
    server.breaks = [300_000, 200_000]
    download(server.url, target, MD5)
    assert target.read_bytes() == CONTENT
    assert server.asked == [None, "bytes=300000-", "bytes=500000-"]


def test_one_that_an_earlier_process_left_goes_on_from_there(server: Server, target: Path) -> None:
    target.write_bytes(CONTENT[:700_000])
    download(server.url, target, MD5)
    assert target.read_bytes() == CONTENT
    assert server.asked == ["bytes=700000-"]


def test_a_server_without_ranges_sends_it_again(server: Server, target: Path) -> None:
    server.ranges = False
    target.write_bytes(b"x" * 700_000)
    download(server.url, target, MD5)
    assert target.read_bytes() == CONTENT


def test_what_is_whole_is_not_asked_for_again(server: Server, target: Path) -> None:
    target.write_bytes(CONTENT)
    download(server.url, target, MD5)
    assert server.asked == []


def test_without_an_md5_it_is_whole_when_the_server_has_no_more(server: Server, target: Path) -> None:
    server.breaks = [300_000]
    download(server.url, target, md5=None)
    assert target.read_bytes() == CONTENT
    download(server.url, target, md5=None)
    assert target.read_bytes() == CONTENT
    assert server.asked == [None, "bytes=300000-", "bytes=1000000-"]


@pytest.mark.parametrize("left", [b"", b"x" * 10, b"x" * len(CONTENT), CONTENT + b"x"])
def test_a_file_with_another_md5_is_removed(server: Server, target: Path, left: bytes) -> None:
    target.write_bytes(left)
    md5 = "0" * 32 if not left else MD5
    with pytest.raises(
        DataError, match=rf"127\.0\.0\.1.* gave a file with MD5 .*, not {md5}; it was removed"
    ):
        download(server.url, target, md5)
    assert not target.exists()


def test_a_connection_that_brings_nothing_more_is_given_up(server: Server, target: Path) -> None:
    server.breaks = [400_000, 0]
    with pytest.raises(OutOfReach, match="broken off at 400,000 of 1,000,000 bytes"):
        download(server.url, target, MD5)
    assert target.read_bytes() == CONTENT[:400_000]


def test_silence_is_given_up_in_time(server: Server, target: Path) -> None:
    server.silence = 1.0
    before = time.monotonic()
    with pytest.raises(OutOfReach, match="out of reach .*timed out"):
        download(server.url, target, MD5, timeout=0.2)
    assert time.monotonic() - before < 0.9


def test_a_closed_port_is_out_of_reach(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as closed:
        url = closed.url
    with pytest.raises(OutOfReach, match=f"^{url} is out of reach .*refused"):
        download(url, target, MD5)
