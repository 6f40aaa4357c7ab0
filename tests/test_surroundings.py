"""Each command in the surroundings that other programs, containers and locales leave: no traceback.

The quick ones list; the slow ones also import Keras, prepare nothing and train nothing.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import ROOT

QUICK = (["search"], ["models"], ["data"], ["analysis", "--help"], ["search", "--help"], ["analysis"])
KERAS = (["models", "cifar_basic"], ["search", "cifar_basic", "--dry-run"])

PLAIN_C = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}  # Python would make UTF-8 of them
SURROUNDINGS = {
    "notebook": {"MPLBACKEND": "module://matplotlib_inline_missing.backend_inline"},
    "C": {"LC_ALL": "C", **PLAIN_C},
    "POSIX": {"LC_ALL": "POSIX"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "GBK": {"PYTHONIOENCODING": "gbk"},
    "colours": {"FORCE_COLOR": "1", "TTY_COMPATIBLE": "1", "TTY_INTERACTIVE": "1", "COLUMNS": "0"},
    "no home": {"HOME": "/nonexistent"},
    "read-only home": {"HOME": "/proc"},
    "empty": None,  # env -i
}
# What ~/.keras/keras.json may say.
KERAS_JSON = (
    '{"image_data_format": "channels_first"}',
    '{"image_data_format": "nonsense"}',
    '{"floatx": "float16"}',
    '{"floatx": "nonsense"}',
    '{"epsilon": 0.1}',
    '{"epsilon": "nonsense"}',
    '{"backend": "nonsense"}',
    '{"nnx_enabled": true}',
    "[]",
    "\x00",
)

# The program is read, and nothing is written, as a user that passwd does not know.
STRANGER = (
    *("setpriv", "--reuid", "12345", "--clear-groups"),
    *("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"),
)


def run(
    arguments: Sequence[str],
    folder: Path,
    settings: dict[str, str] | None,
    before: Sequence[str] = (),
) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m …` in a folder; without settings, in an environment that has nothing but a path."""
    environment = {} if settings is None else {**os.environ}
    environment |= {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [*before, sys.executable, "-m", *arguments],
        cwd=folder, env=environment | (settings or {}), capture_output=True, check=False,
    )  # fmt: skip


def check(result: subprocess.CompletedProcess[bytes], folder: Path) -> str:
    """Return what a command printed, after a check that it worked and left nothing behind."""
    printed = result.stdout + result.stderr
    assert result.returncode == 0 and b"Traceback" not in printed, printed.decode(errors="replace")
    assert b"\x1b" not in printed and b"\r" not in printed, "no colours, nothing is redrawn"
    assert list(folder.iterdir()) == []
    return result.stdout.decode("gbk" if b"\xa1" in result.stdout else "latin-1")


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_every_command_works(name: str, tmp_path: Path) -> None:
    # The list of runs imports Optuna, and takes ten times as long as the others.
    for arguments in QUICK if name in ("C", "notebook", "empty") else QUICK[:4]:
        assert check(run(arguments, tmp_path, SURROUNDINGS[name]), tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", SURROUNDINGS)
@pytest.mark.parametrize("arguments", KERAS, ids=" ".join)
def test_models_and_plans_in_every_surroundings(name: str, arguments: list[str], tmp_path: Path) -> None:
    assert check(run(arguments, tmp_path, SURROUNDINGS[name]), tmp_path)


@pytest.fixture(name="stranger")
def _stranger() -> tuple[str, ...]:
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("needs root and setpriv, to become another user")
    return STRANGER


def test_a_user_without_a_passwd_entry_lists_everything(stranger: tuple[str, ...], tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    for parent in tmp_path.parents[:2]:
        parent.chmod(parent.stat().st_mode | 0o055)
    for arguments in QUICK:
        assert check(run(arguments, tmp_path, None, before=stranger), tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("arguments", KERAS, ids=" ".join)
def test_a_user_without_a_passwd_entry(
    stranger: tuple[str, ...], arguments: list[str], tmp_path: Path
) -> None:
    test_a_user_without_a_passwd_entry_lists_everything(stranger, tmp_path)
    assert check(run(arguments, tmp_path, None, before=stranger), tmp_path)


def keras_json(text: str, folder: Path) -> dict[str, str]:
    """Return an environment in which Keras's settings are a text."""
    folder.mkdir()
    (folder / "keras.json").write_text(text, encoding="utf-8")
    return {"KERAS_HOME": str(folder), "KERAS_MAX_EPOCHS": "1", "KERAS_MAX_STEPS_PER_EPOCH": "nonsense"}


def test_the_settings_of_keras_decide_nothing(tmp_path: Path) -> None:
    here, settings = tmp_path / "here", keras_json(KERAS_JSON[0], tmp_path / "keras")
    here.mkdir()
    layers = check(run(KERAS[0], here, settings), here)
    assert "16×16×32".encode().decode("latin-1") in layers or "16x16x32" in layers, layers


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("text", KERAS_JSON)
def test_no_setting_of_keras_decides_anything(text: str, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    expected = check(run(KERAS[0], here, {}), here)
    assert check(run(KERAS[0], here, keras_json(text, tmp_path / "keras")), here) == expected


@pytest.mark.parametrize("backend", ["theano", "torch"])
def test_a_backend_that_is_not_supported_is_one_line(backend: str, tmp_path: Path) -> None:
    for arguments in KERAS:
        result = run(arguments, tmp_path, {"KERAS_BACKEND": backend})
        assert result.returncode == 2 and b"Traceback" not in result.stderr
        assert f"KERAS_BACKEND={backend}: it is one of tensorflow, jax".encode() in result.stderr
