"""`python -m data` as a user runs it."""

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
from tests.data.pets import blocks, pictures, saved, write_tree, write_zip

ROOT = Path(__file__).parents[2]


def run(*arguments: str | int | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    # No npm on the PATH, and a proxy that refuses connections: a machine without a network.
    offline = {"PATH": "", "https_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "data", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | offline | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def failed(result: subprocess.CompletedProcess[str], message: str) -> None:
    assert result.returncode == 1
    assert result.stdout == ""
    assert re.fullmatch(f"python -m data: {message}\n", result.stderr), result.stderr


def misused(result: subprocess.CompletedProcess[str], message: str) -> None:
    assert result.returncode == 2
    assert result.stdout == ""
    assert re.search(message, result.stderr.splitlines()[-1])
    assert "Traceback" not in result.stderr


def test_help_comes_within_a_second() -> None:
    start = time.monotonic()
    result = run("--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert "--source" in result.stdout
    assert time.monotonic() - start < 1


def test_without_arguments_it_lists_the_datasets() -> None:
    result = run()
    assert (result.returncode, result.stderr) == (0, "")
    assert re.search(r"^cifar10 +32x32x3 +not prepared +- +60,000 photographs", result.stdout, re.MULTILINE)


def test_an_unknown_dataset_is_a_usage_error_with_the_nearest() -> None:
    misused(
        run("cifar"),
        r"no dataset 'cifar'; choose from: .*cifar10, or a folder of pictures\. Did you mean cifar10\?$",
    )
    misused(run("zzz"), "no dataset 'zzz'; choose from: cats_dogs, cifar10, or a folder of pictures$")


def test_a_misspelt_flag_is_a_usage_error_with_the_nearest(tmp_path: Path) -> None:
    misused(
        run("cifar10", "--sorce", tmp_path), "unrecognized arguments: --sorce .*Did you mean --source[?]$"
    )
    misused(run("cifar10", "--sho"), "unrecognized arguments: --sho. Did you mean --show[?]$")


def test_a_source_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    misused(run("cifar10", "--source", tmp_path / "missing"), "missing does not exist")


def test_flags_without_a_dataset_are_a_usage_error(tmp_path: Path) -> None:
    misused(run("--source", tmp_path), "need a dataset: .*cifar10, or a folder of pictures")
    misused(run("--show"), "need a dataset: .*cifar10, or a folder of pictures")
    misused(run("--images", "8"), "need a dataset: .*cifar10, or a folder of pictures")


def test_an_invalid_number_of_images_is_a_usage_error() -> None:
    misused(run("cats_dogs", "--images", "100"), "100 images; choose a multiple of 8 from 8 to 4,000")
    misused(run("cats_dogs", "--images", "many"), "--images: 'many' is not a whole number from 1 on")
    misused(run("cifar10", "--images", "8"), "--images: cifar10 is always prepared complete")


def test_without_network_and_npm_one_line_says_what_to_do() -> None:
    message = r"https://www\.cs\.toronto\.edu/~kriz/cifar-10-python\.tar\.gz is out of reach .*--source PATH"
    failed(run("cifar10"), message)


def test_without_network_for_cats_and_dogs_one_line_says_what_to_do() -> None:
    start = time.monotonic()
    message = (
        r".*_5340\.zip is out of reach .*_3367a\.zip is out of reach .*"
        r"archive or folder of cats and dogs: .*--source PATH"
    )
    failed(run("cats_dogs"), message)
    assert time.monotonic() - start < 10


def test_a_truncated_archive(tar: Callable[..., Path], cifar: Any) -> None:
    archive = tar(cifar.official)
    archive.write_bytes(archive.read_bytes()[:100_000])
    failed(
        run("cifar10", "--source", archive), r".*cifar-10-python\.tar\.gz is not a complete tar archive: .*"
    )


def test_a_hostile_archive(tar: Callable[..., Path], cifar: Any, tmp_path: Path) -> None:
    mark = tmp_path / "it-ran"
    hostile = b"\x80\x02cos\nsystem\n(S'/bin/touch " + bytes(mark) + b"'\ntR."
    archive = tar(cifar.official | {"cifar-10-batches-py/data_batch_1": hostile})
    failed(run("cifar10", "--source", archive), ".*data_batch_1 .* names os.system, which was not run")
    assert not mark.exists()


def test_too_few_images(tar: Callable[..., Path], cifar: Any) -> None:
    message = ".*: data_batch_1 has 20 labelled images, not 10,000"
    failed(run("cifar10", "--source", tar(cifar.official)), message)


def test_a_prepared_dataset_is_printed_and_then_listed(
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


@pytest.mark.parametrize(
    ("content", "state"),
    [("{", "damaged"), ('{"format": 3}', "made by a later version"), ("[]", "damaged")],
)
def test_data_that_cannot_be_opened_is_listed_as_such(cache: Path, content: str, state: str) -> None:
    (cache / "cifar10").mkdir(parents=True)
    (cache / "cifar10" / "description.json").write_text(content)
    result = run()
    assert (result.returncode, result.stderr) == (0, "")
    assert re.search(rf"^cifar10 +32x32x3 +{state} +- +60,000 photographs", result.stdout, re.MULTILINE)


def test_data_of_a_later_version_is_one_line(cache: Path) -> None:
    (cache / "cifar10").mkdir(parents=True)
    (cache / "cifar10" / "description.json").write_text('{"format": 3}')
    failed(run("cifar10"), r".*cifar10 was made by a later version .*\(format 3; .* up to 2\)\. Update .*")


def test_a_folder_of_pictures_is_prepared_shown_and_listed(tmp_path: Path, cache: Path) -> None:
    folder = write_tree(tmp_path / "my pictures", pictures())
    result = run(folder, "--pixels", 40, "--fit", "crop", "--show", tmp_path / "sheet.png")
    assert result.returncode == 0, result.stderr
    name = result.stdout.partition(":")[0]
    assert result.stdout.startswith(f"{name}: 40x40x3, 2 classes\nimages       16 + 4 + 4 (")
    assert "\npictures     Cat 12, Dog 12\nsizes        60x50 to 60x50, median 60x50" in result.stdout
    assert (tmp_path / "sheet-validation.png").exists()
    assert re.search(rf"^{name} +40x40x3 +16 \+ 4 \+ 4 .*pictures of /", run().stdout, re.MULTILINE)
    assert run(name).stdout.startswith(f"{name}: 40x40x3")
    misused(run(folder, "--source", tmp_path), "--source and --images are for cats_dogs, cifar10, not for")
    misused(run("cifar10", "--fit", "pad"), "--pixels and --fit are for a folder of pictures; cifar10 has")
    misused(run(folder, "--pixels", "9"), "--pixels 9: it is a whole number from 16 to 512")
    alone = run(folder / "PetImages" / "Cat")
    assert (alone.returncode, alone.stdout) == (1, "")
    assert "Cat has 0 class with enough pictures, and at least 2 are needed" in alone.stderr


def test_an_interrupt_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "prepare", interrupt)
    assert command.main(["cifar10"]) == 130
    assert capsys.readouterr().err.startswith("python -m data: interrupted. The same command resumes")


def test_cats_and_dogs_are_prepared_smaller_reported_and_shown(tmp_path: Path, cache: Path) -> None:
    odd = {"PetImages/Cat/900.jpg": b"", "PetImages/Dog/901.jpg": saved(blocks(9), "PNG")}
    source = write_zip(tmp_path / "pets.zip", pictures() | odd)
    result = run("cats_dogs", "--source", source, "--images", 16, "--show", tmp_path / "sheet.png")
    assert result.returncode == 0, result.stderr
    lines = [
        r"images +8 \+ 4 \+ 4 \(",
        "left out     1 empty",
        "odd, kept    1 PNG instead of JPEG",
        f"report       {re.escape(str(cache))}/cats_dogs/report.csv",
    ]
    for line in lines:
        assert re.search(f"^{line}", result.stdout, re.MULTILINE), result.stdout
    assert "pets.zip: 26 files, usable: 12 cats, 13 dogs" in result.stderr
    with Image.open(tmp_path / "sheet-training.png") as sheet:
        assert sheet.size[1] == 2 * 152
    assert run("cats_dogs").stdout.splitlines()[:-1] == result.stdout.splitlines()[:-3]
    (cache / "cats_dogs" / "report.csv").write_bytes(b"\xff")
    failed(run("cats_dogs"), r".*report\.csv is damaged \(.*\)\. Remove .* and prepare the data again")


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
    assert command.main(["cifar10", "--show", str(tmp_path / "missing" / "sheet.png")]) == 1
    assert re.search("cannot write .*sheet-training.png: No such file", capsys.readouterr().err)
