"""A real Apptainer of a plain user, and the image that the shipped definition makes with it."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT, make_cache

HERE = Path(__file__).parent
WITHOUT = "CNN_SEARCH_WITHOUT_APPTAINER"
FAST = "-comp zstd -Xcompression-level 1"

Apptainer = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def lab() -> Path:
    """Return the folder with Apptainer and a base, $APPTAINER_LAB or build/apptainer; make what is missing.

    Where that is impossible the tests fail, unless CNN_SEARCH_WITHOUT_APPTAINER says that this is known.
    """
    if os.environ.get(WITHOUT):
        pytest.skip(f"{WITHOUT} is set: the image is neither built nor tested")
    folder = Path(os.environ.get("APPTAINER_LAB") or ROOT / "build" / "apptainer").absolute()
    made = subprocess.run([HERE / "lab.sh", folder], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.fail(
            f"no Apptainer here; {WITHOUT}=1 goes on without these tests. {made.stderr.strip()}",
            pytrace=False,
        )
    return folder


@pytest.fixture(scope="session")
def image(lab: Path) -> Path:
    """Build the shipped definition on a local Debian root, as a user does; return the image."""
    image = lab / "home" / "search.sif"
    arguments = ["--force", "--mksquashfs-args", FAST]
    arguments += ["--build-arg", "BOOTSTRAP=localimage", "--build-arg", f"FROM={lab / 'base'}"]
    built = subprocess.run(
        [ROOT / "singularity" / "build.sh", image, *arguments],
        env={
            **os.environ,
            "CONTAINER_COMMAND": str(HERE / "apptainer"),
            "APPTAINER_LAB": str(lab),
            "APPTAINER_BIND": (lab / "binds").read_text(encoding="utf-8"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout[-5000:]
    print(*built.stdout.splitlines()[-2:], sep="\n")
    return image


@pytest.fixture
def apptainer(lab: Path) -> Apptainer:
    """Run the real Apptainer as a plain user in an empty environment, and keep what it prints."""

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [HERE / "apptainer", *arguments],
            env={"PATH": os.environ["PATH"], "APPTAINER_LAB": str(lab)},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def prepared(lab: Path) -> Path:
    """Return prepared data that the plain user can read and not write: a stand-in for CIFAR-10."""
    folder = lab / "data"
    return folder if folder.exists() else make_cache(folder)


@pytest.fixture
def runs(lab: Path, request: pytest.FixtureRequest) -> Path:
    """Return an empty folder of the plain user's."""
    folder = lab / "home" / request.node.name
    subprocess.run(["rm", "-rf", folder], check=True)
    folder.mkdir()
    os.chown(folder, 1000, 1000)
    return folder
