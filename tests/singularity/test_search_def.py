"""The shipped definition: what it copies and pins; and slow: built, tested and used as a plain user."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT
from tests.singularity.conftest import Apptainer

DEFINITION = (ROOT / "singularity" / "search.def").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINS = dict(
    line.split("==")
    for line in (ROOT / "singularity" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
)
# No home, no network, and an image that cannot be written, as always.
ALONE = ("--no-home", "--net", "--network", "none")
# Ray gives itself 30 s to start, a limit that is fixed; on a busy machine it gets a second try.
BUSY = "cannot start Ray"


def test_every_package_of_the_project_is_copied() -> None:
    include = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    files = DEFINITION.partition("%files")[2].partition("%post")[0]
    copied = re.findall(r"^    (\S+) /opt/", files, re.MULTILINE)
    assert {name for name in include if "." not in name} <= set(copied)
    assert [path for path in copied if not (ROOT / path).exists()] == []


def test_the_pins_are_versions_that_the_project_allows() -> None:
    pins = {canonicalize_name(name): version for name, version in PINS.items()}
    required = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["gpu"]
    for requirement in map(Requirement, required):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement
    assert pins["tensorflow-cpu"] == pins["tensorflow"]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_built_image_passes_its_own_test(image: Path, apptainer: Apptainer) -> None:
    tested = apptainer("test", *ALONE, image)
    if BUSY in tested.stderr:
        tested = apptainer("test", *ALONE, image)
    assert tested.returncode == 0, tested.stderr
    assert "a worker of Ray answered" in tested.stdout
    assert image.stat().st_size < 600e6


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_image_says_what_is_inside(image: Path, apptainer: Apptainer) -> None:
    manifest = apptainer("exec", image, "cat", "/opt/cnn-search/manifest.txt").stdout
    packages = dict(re.findall(r"^(\S+)==(\S+)$", manifest, re.MULTILINE))
    assert packages.pop("cnn-search") == PROJECT["project"]["version"]
    assert packages.items() <= PINS.items()  # so that two builds hold the same versions
    assert "tensorflow_cpu" in packages and "tensorflow" not in packages
    labels = json.loads(apptainer("inspect", "--json", image).stdout)["data"]["attributes"]["labels"]
    assert labels["version"] == PROJECT["project"]["version"]
    assert re.match(r"[0-9a-f]{40}|unknown", labels["org.opencontainers.image.revision"])
    assert "--bind DATA:/data" in apptainer("run-help", image).stdout


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_plain_user_searches_and_analyses_without_network(
    image: Path, apptainer: Apptainer, prepared: Path, runs: Path
) -> None:
    places = (*ALONE, "--bind", f"{prepared}:/data:ro", "--bind", f"{runs}:/runs")
    small = (
        "--trials",
        "2",
        "--epochs",
        "1",
        "--train-images",
        "64",
        "--set",
        "width=16",
        "--set",
        "depth=1",
        "--set",
        "batch_size=64",
    )
    searched = apptainer("run", *places, image, "cifar_basic", *small, "--name", "small")
    assert searched.returncode == 0, searched.stderr
    run = json.loads((runs / "cifar_basic" / "small" / "run.json").read_text(encoding="utf-8"))
    assert re.match(r"[0-9a-f]{40}|unknown", run["commit"])
    assert run["versions"]["tensorflow"] == PINS["tensorflow"]

    analysed = apptainer(
        "exec", *places, image, "cnn-search", "analysis", "cifar_basic/small", "--seeds", "1"
    )
    assert analysed.returncode == 0, analysed.stderr
    report = runs / "cifar_basic" / "small" / "report" / "report.html"
    assert report.stat().st_uid == 1000
    assert "Traceback" not in searched.stderr + analysed.stderr


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_missing_data_is_one_clear_line(image: Path, apptainer: Apptainer, runs: Path) -> None:
    searched = apptainer("run", *ALONE, "--bind", f"{runs}:/runs", image, "cifar_basic", "--trials", "1")
    assert searched.returncode == 1
    assert "No prepared data are bound (--bind DATA:/data)" in searched.stderr
    assert "cifar10" in searched.stderr.splitlines()[-1]
    assert "Traceback" not in searched.stderr
    assert list(runs.iterdir()) == []
