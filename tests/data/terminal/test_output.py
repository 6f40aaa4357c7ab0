"""What commands print: any encoding takes it, and nothing in it acts on a terminal."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from data.terminal.output import console, one_line, plain_output, printable, without_styles
from tests.conftest import ROOT


@pytest.mark.parametrize("name", ["\x1b]0;title\x07", "\x9b31m", "a\rb", "a\bb", "\u202egpj", "caf\udce9"])
def test_nothing_in_a_name_acts_on_a_terminal(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with plain_output():
        print(name)
        print(name, file=sys.stderr)
    output, errors = capsys.readouterr()
    assert output == errors == f"{printable(name)}\n"
    assert output.removesuffix("\n").isprintable() and "\\" in output


def test_text_stays_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with plain_output():
        print("a\tb …\n猫 é \\n × ±")
    assert capsys.readouterr().out == "a\tb …\n猫 é \\n × ±\n"


def test_a_name_is_one_line() -> None:
    assert one_line(Path("cat.jpg\ncat.jpg: dog 1.0000")) == "cat.jpg\\ncat.jpg: dog 1.0000"


def test_colours_of_a_message_are_removed() -> None:
    assert without_styles("\x1b[1m\x1b[38;5;9mWrong\x1b[0m\n\x1b]8;;x") == "Wrong\n\\x1b]8;;x"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gbk", "cp1252", "utf-8"])
def test_any_encoding_takes_what_is_printed(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(buffer, encoding))
    with plain_output():
        print("± 1 · 2 → 3 … • 猫 caf\udce9")
    printed = buffer.getvalue().decode(encoding)
    assert printed == printed.encode(encoding).decode(encoding)
    assert "caf\\xe9" in printed and "1" in printed
    if encoding == "ascii":
        assert printed == "+/- 1 - 2 -> 3 ... * \\u732b caf\\xe9\n"


def test_a_console_is_no_terminal_because_the_environment_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.setenv(name, "1")
    progress = console()
    assert not progress.is_terminal and not progress.is_interactive
    progress.print("text", style="bold red")
    assert capsys.readouterr().err == "text\n"


@pytest.mark.parametrize(("target", "message"), [("/dev/full", "No space left on device"), ("| true", "")])
def test_an_output_that_takes_nothing_is_no_traceback(target: str, message: str) -> None:
    program = f"import sys; from {__name__} import long; long()"
    redirected = f"{target}" if target.startswith("|") else f"> {target}"
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f'"$0" -c "{program}" {redirected}', sys.executable],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert result.returncode == 1
    assert result.stderr == (f"cannot write to standard output: {message}\n" if message else "")


@plain_output()
def long() -> None:
    """Print more than a pipe holds."""
    for _ in range(200):
        print("x" * 1000)
