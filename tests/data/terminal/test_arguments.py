"""Command lines: a misspelt flag is answered with the nearest, a wrong value with what would be right."""

import argparse
from pathlib import Path

import pytest

from data.terminal.arguments import command_line, count, is_address, nearest, path


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    parser = command_line("python -m search", "%(prog)s [STUDY]", "Search a study.\n\n    python -m search\n")
    parser.add_argument("study", nargs="?")
    parser.add_argument("--trials", type=count)
    parser.add_argument("--train-images", type=count)
    parser.add_argument("--runs", type=path)
    return parser


def error(
    parser: argparse.ArgumentParser, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[str, str]:
    with pytest.raises(SystemExit) as raised:
        parser.parse_args(arguments)
    assert raised.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    usage, message = printed.err.splitlines()
    return usage, message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cifar_basic", "--trails", "50"], "unrecognized arguments: --trails 50. Did you mean --trials?"),
        (["--trails", "50"], "unrecognized arguments: --trails. Did you mean --trials?"),
        (["--trails=50"], "unrecognized arguments: --trails=50. Did you mean --trials?"),
        (["--train_images=9"], "unrecognized arguments: --train_images=9. Did you mean --train-images?"),
        (
            ["--trails=5", "--trainimages=9"],
            "unrecognized arguments: --trails=5 --trainimages=9. Did you mean --trials, --train-images?",
        ),
        (["--trial", "50"], "unrecognized arguments: --trial. Did you mean --trials?"),
        (["--what"], "unrecognized arguments: --what"),
        (["cifar_basic", "trials"], "unrecognized arguments: trials"),
        (["--trials", "0"], "argument --trials: '0' is not a whole number from 1 on"),
        (["--trials", "many"], "argument --trials: 'many' is not a whole number from 1 on"),
        (["--trials", "1.5"], "argument --trials: '1.5' is not a whole number from 1 on"),
        (["--trials"], "argument --trials: expected one argument"),
        (["--trials=--"], "argument --trials: expected one argument, not --"),
        (["--trials", "2000000000"], "argument --trials: '2000000000' is more than 1,000,000,000"),
        (["--trials", "9" * 5000], f"argument --trials: '{'9' * 79}…' is more than 1,000,000,000"),
        (["--trials", "0" * 5000], f"argument --trials: '{'0' * 79}…' is not a whole number from 1 on"),
        (["--runs="], "argument --runs: the path is empty"),
        (["--runs", "x" * 300], f"argument --runs: '{'x' * 79}…': File name too long"),
        (
            ["--runs", "s3://bucket/runs"],
            "argument --runs: s3://bucket/runs is an address, not a path: mount it, or copy it, and give the "
            "path on this machine",
        ),
    ],
    ids=str,
)
def test_usage_errors(
    parser: argparse.ArgumentParser, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    usage, line = error(parser, capsys, *arguments)
    assert usage == "usage: python -m search [STUDY]"
    assert line == f"python -m search: error: {message}"


def test_arguments_are_read_from_those_given(parser: argparse.ArgumentParser) -> None:
    arguments = parser.parse_args(["cifar_basic", "--train-images=9"])
    assert (arguments.study, arguments.trials, arguments.train_images) == ("cifar_basic", None, 9)


def test_help_has_the_docstring_around_the_arguments(
    parser: argparse.ArgumentParser, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        parser.parse_args(["--help"])
    assert raised.value.code == 0
    text = capsys.readouterr().out
    assert text.index("Search a study.") < text.index("--trials") < text.index("    python -m search")


def test_the_nearest_name_or_none() -> None:
    assert nearest("cifar", ["cats_dogs", "cifar10"]) == "cifar10"
    assert nearest("zzz", ["cats_dogs", "cifar10"]) == ""
    assert nearest("cifar", []) == ""


@pytest.mark.parametrize("text", ["s3://bucket", "gs://b/c", "https://x/y.zip", "file:///tmp/x", "hdfs:/x"])
def test_addresses_are_no_paths(text: str) -> None:
    assert is_address(text) and is_address(Path(text))


@pytest.mark.parametrize("text", ["runs", "/tmp/x", "./s3:/x", "a/b:/c", "C:/x", "cifar_basic/x:1", "."])
def test_paths_are_no_addresses(text: str) -> None:
    assert not is_address(text) and path(text) == Path(text)


def test_a_path_in_the_home_is_there_and_in_no_folder_of_that_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere")
    assert path("~/runs") == Path("/somewhere/runs")
    assert path("~") == Path("/somewhere") and path("./~/runs") == Path("~/runs")


def test_a_message_names_a_deep_file_whole_and_leaves_out_the_middle_of_other_long_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    parser = command_line("python -m example", "%(prog)s", "An example.")
    path = f"/home/{'a-folder-with-a-name/' * 8}run.json"
    for word, shown in (
        (path, path),
        ("9" * 300, f"{'9' * 39}…{'9' * 40}"),
        ("/" * 3000, f"{'/' * 39}…{'/' * 40}"),
    ):
        with pytest.raises(SystemExit):
            parser.error(f"{word} is damaged")
        assert f"error: {shown} is damaged" in capsys.readouterr().err
