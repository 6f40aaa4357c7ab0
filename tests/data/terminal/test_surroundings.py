"""A home that cannot be and a missing library of another program decide nothing here."""

import os
import pwd
import stat
from pathlib import Path

import pytest

from data.terminal import surroundings


@pytest.fixture(name="homeless")
def _homeless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A process without HOME and without an entry in passwd; its temporary folder."""

    def unknown(uid: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    monkeypatch.setenv("HOME", "")  # so that it is restored
    monkeypatch.setenv("USER", "")
    monkeypatch.delenv("HOME")
    monkeypatch.delenv("USER")
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setattr(surroundings.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(surroundings.tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_user_without_a_home_gets_one_that_is_private(homeless: Path) -> None:
    surroundings.settle()
    home = Path.home()
    assert home.parent == homeless and stat.S_IMODE(home.stat().st_mode) == 0o700
    assert os.environ["USER"] == str(os.getuid())
    del os.environ["HOME"]
    surroundings.settle()
    assert Path.home() == home, "the next process finds what the first one has kept there"


@pytest.mark.parametrize("taken", ["link", "open to all", "file"])
def test_a_home_that_somebody_else_has_made_is_not_used(homeless: Path, taken: str) -> None:
    place = homeless / f"cnn-search-home-{os.getuid()}"
    if taken == "link":
        (homeless / "theirs").mkdir()
        place.symlink_to(homeless / "theirs")
    elif taken == "file":
        place.touch()
    else:
        place.mkdir()
        place.chmod(0o777)
    surroundings.settle()
    assert Path.home() != place and Path.home().is_dir()


@pytest.mark.parametrize(
    ("backend", "settled"),
    [
        ("module://matplotlib_inline_missing.backend_inline", "agg"),
        ("module://", "agg"),
        ("module://json", "module://json"),
        ("svg", "svg"),
    ],
)
def test_a_backend_of_matplotlib_is_replaced_only_if_it_is_missing(
    backend: str, settled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLBACKEND", backend)
    surroundings.settle()
    assert os.environ["MPLBACKEND"] == settled
