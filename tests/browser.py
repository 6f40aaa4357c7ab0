"""A page in headless Chromium: what it asks for, complains of, and how it looks at a width.

Chromium is spoken to over two pipes, in the protocol of its developer tools: one JSON message after
another, each ended by a zero byte. https://chromedevtools.github.io/devtools-protocol
"""

import base64
import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

CHROMIUM = shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]
FLAGS += ["--remote-debugging-pipe"]  # reads from file descriptor 3, writes to 4

# What a reader would stumble over, as JSON. An element may scroll within itself, the page must not.
SEEN = """(async () => {
  const images = [...document.images];
  await Promise.all(images.map(image => image.decode().catch(() => {})));
  return JSON.stringify({
    images: images.length,
    broken: images.filter(image => !image.naturalWidth).map(image => image.alt),
    unnamed: images.filter(image => !image.alt.trim()).length,
    sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  });
})()"""


@dataclass(frozen=True)
class Look:
    """A page at one width.

    Attributes:
        images: number of pictures.
        broken: alternative texts of the pictures that have no pixels.
        unnamed: number of pictures without alternative text.
        sideways: pixels by which the page is wider than the window.
        complaints: messages of the console and of the browser itself.
        requests: addresses that were asked for, besides the page's own and what lies in it.
    """

    images: int
    broken: list[str]
    unnamed: int
    sideways: int
    complaints: list[str]
    requests: list[str]


class Browser:
    """A running Chromium with one page."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO) -> None:
        self._requests, self._answers, self._number = requests, answers, 0
        self._events: list[dict[str, Any]] = []
        target = self._send("Target.createTarget", url="about:blank")["targetId"]
        self._session = ""
        self._session = self._send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self._send(f"{domain}.enable")

    def look(self, file: Path, width: int, screenshot: Path | None = None) -> Look:
        """Open a file in a window of this width, in pixels; with a picture of the whole page if asked for."""
        self._send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=800,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self._events.clear()
        self._send("Page.navigate", url=file.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._read()
        result = self._send("Runtime.evaluate", expression=SEEN, awaitPromise=True)["result"]
        if screenshot:
            shot = self._send("Page.captureScreenshot", captureBeyondViewport=True)
            screenshot.write_bytes(base64.b64decode(shot["data"]))
        return Look(**json.loads(result["value"]), complaints=self._complaints(), requests=self._asked(file))

    def _complaints(self) -> list[str]:
        kinds = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
        return [json.dumps(event["params"]) for event in self._events if event["method"] in kinds]

    def _asked(self, file: Path) -> list[str]:
        asked = [event for event in self._events if event["method"] == "Network.requestWillBeSent"]
        addresses = [event["params"]["request"]["url"] for event in asked]
        return [url for url in addresses if url != file.as_uri() and not url.startswith("data:")]

    def _send(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": params}
        if getattr(self, "_session", ""):
            message["sessionId"] = self._session
        self._requests.write(json.dumps(message).encode() + b"\0")
        self._requests.flush()
        while True:
            answer = self._read()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def _read(self) -> dict[str, Any]:
        """Read a message; keep it if it is an event."""
        text = bytearray()
        while (byte := self._answers.read(1)) != b"\0":
            assert byte, "Chromium has ended"
            text += byte
        message: dict[str, Any] = json.loads(text)
        if "method" in message:
            self._events.append(message)
        return message


@contextlib.contextmanager
def open_browser(profile: Path) -> Iterator[Browser]:
    """Run Chromium with an empty profile in a folder; end it afterwards."""
    assert CHROMIUM
    to_chromium, from_chromium = os.pipe(), os.pipe()
    # The shell gives the two ends the numbers that Chromium expects.
    moved = f'exec "$@" 3<&{to_chromium[0]} 4>&{from_chromium[1]}'
    process = subprocess.Popen(
        ["bash", "-c", moved, "bash", CHROMIUM, *FLAGS, f"--user-data-dir={profile}"],
        pass_fds=(to_chromium[0], from_chromium[1]),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_chromium[0])
    os.close(from_chromium[1])
    with open(to_chromium[1], "wb") as requests, open(from_chromium[0], "rb") as answers:
        try:
            yield Browser(requests, answers)
        finally:
            process.terminate()
            process.wait(timeout=20)
