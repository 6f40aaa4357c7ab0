"""The installed command `cnn-search`."""

import pytest

from analysis.console import COMMANDS, main


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_it_lists_its_commands(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    output = capsys.readouterr().out
    assert all(f"cnn-search {command}" in output for command in COMMANDS)


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serach"]) == 2
    assert "there is no command 'serach'" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert "usage:" in capsys.readouterr().out


def test_the_exit_status_is_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search"]) == 0
    assert "cifar_residual" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stop:
        main(["search", "cifar_residul"])
    assert stop.value.code == 2
