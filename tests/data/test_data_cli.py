"""`python -m data` as its user meets it."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from data import __main__ as command

ROOT = Path(__file__).parents[2]


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    # No npm on the PATH, and a proxy that refuses: this machine has no network.
    closed = {"PATH": "", "https_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "data", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | closed | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def failed(done: subprocess.CompletedProcess[str], message: str) -> None:
    assert done.returncode == 1
    assert done.stdout == ""
    assert re.fullmatch(f"python -m data: {message}\n", done.stderr), done.stderr


def misused(done: subprocess.CompletedProcess[str], message: str) -> None:
    assert done.returncode == 2
    assert done.stdout == ""
    assert re.search(message, done.stderr.splitlines()[-1])
    assert "Traceback" not in done.stderr


def test_help_comes_within_a_second() -> None:
    before = time.monotonic()
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--source" in done.stdout
    assert time.monotonic() - before < 1


def test_without_arguments_it_lists_the_datasets() -> None:
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^cifar10 +32x32x3 +not prepared +- +60,000 photographs", done.stdout, re.MULTILINE)


def test_an_unknown_dataset_is_a_usage_error_with_the_nearest() -> None:
    misused(run("cifar"), r"no dataset 'cifar' \(did you mean cifar10\?\): there are .*cifar10")
    misused(run("zzz"), "no dataset 'zzz': there are .*cifar10")


def test_a_source_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    misused(run("cifar10", "--source", tmp_path / "nowhere"), "nowhere does not exist")


def test_flags_without_a_dataset_are_a_usage_error(tmp_path: Path) -> None:
    misused(run("--source", tmp_path), "need a dataset: .*cifar10")
    misused(run("--show"), "need a dataset: .*cifar10")


def test_no_network_and_no_npm_is_one_line_with_the_way_out() -> None:
    message = r"https://www\.cs\.toronto\.edu/~kriz/cifar-10-python\.tar\.gz is out of reach .*--source PATH"
    failed(run("cifar10"), message)


def test_a_truncated_archive(tar: Callable[..., Path], cifar: Any) -> None:
    archive = tar(cifar.official)
    archive.write_bytes(archive.read_bytes()[:100_000])
    failed(run("cifar10", "--source", archive), r".*cifar-10-python\.tar\.gz is no whole tar archive: .*")


def test_a_hostile_archive(tar: Callable[..., Path], cifar: Any, tmp_path: Path) -> None:
    mark = tmp_path / "it-ran"
    hostile = b"\x80\x02cos\nsystem\n(S'/bin/touch " + bytes(mark) + b"'\ntR."
    archive = tar(cifar.official | {"cifar-10-batches-py/data_batch_1": hostile})
    failed(run("cifar10", "--source", archive), ".*data_batch_1 .* was not run: it names os.system")
    assert not mark.exists()


def test_too_few_images(tar: Callable[..., Path], cifar: Any) -> None:
    message = ".*: data_batch_1 has 20 labelled images, not 10,000"
    failed(run("cifar10", "--source", tar(cifar.official)), message)


def test_what_was_prepared_is_printed_and_then_listed(
    small: Any, tar: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["cifar10", "--source", str(tar(small.official))]) == 0
    report = capsys.readouterr()
    assert "80 + 20 + 20 (training + validation + test" in report.out
    assert small.facts()["FINGERPRINT"] in report.out
    assert report.err == ""
    assert command.main([]) == 0
    assert re.search(
        r"^cifar10 +32x32x3 +80 \+ 20 \+ 20 +[0-9a-f]{16}", capsys.readouterr().out, re.MULTILINE
    )


def test_show_writes_a_contact_sheet_of_each_open_split(
    small: Any,
    tar: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command.main(["cifar10", "--source", str(tar(small.official)), "--show"]) == 0
    assert command.main(["cifar10", "--show", "sheets.png"]) == 0
    sheets = sorted(path.name for path in tmp_path.glob("*.png"))
    assert sheets == [
        "cifar10-training.png",
        "cifar10-validation.png",
        "sheets-training.png",
        "sheets-validation.png",
    ]
    printed = re.findall(r"^sheet +(.+)$", capsys.readouterr().out, re.MULTILINE)
    assert sorted(printed) == sheets
    with Image.open("cifar10-training.png") as sheet:
        first = sheet.getpixel((90 + 1, 1))
    training = command.load("cifar10").training
    assert first == tuple(training.images[training.labels == 0][0, 0, 0])


def test_a_sheet_that_cannot_be_written_is_one_line(
    small: Any, tar: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command.main(["cifar10", "--source", str(tar(small.official))])
    assert command.main(["cifar10", "--show", str(tmp_path / "nowhere" / "sheet.png")]) == 1
    assert re.search("cannot write .*sheet-training.png: No such file", capsys.readouterr().err)
