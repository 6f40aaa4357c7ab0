"""The options of a search."""

import dataclasses
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from search.__main__ import main
from search.command import session
from search.options import OptionError, SearchOptions
from search.result import Result

RESULT = Result(Path(), None, None, [], finished=True, stopped="", signal=None, summary="")


def test_nothing_has_to_be_chosen() -> None:
    options = SearchOptions()
    assert (options.trials, options.sampler, options.scheduler) == (50, "forecast", "forecast")
    assert options.runs == Path("runs")
    assert not options.local


def test_options_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SearchOptions().trials = 3  # type: ignore[misc]


def test_every_option_is_explained() -> None:
    explained = re.findall(r"^        (\w+): ", SearchOptions.__doc__ or "", re.M)
    fields = [field.name for field in dataclasses.fields(SearchOptions)]
    assert [name for name in explained if name != "OptionError"] == fields


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("trials", 1),
        ("epochs", 1),
        ("seed", 0),
        ("seed", 2**31 - 1),
        ("gpus_per_trial", 0.25),
        ("gpus_per_trial", 1),
        ("gpus_per_trial", 4),
        ("budget", 0.5),
        ("name", "2026-11-27.second_try"),
        ("name", "7"),
    ],
)
def test_values_at_the_ends_of_their_ranges(name: str, value: Any) -> None:
    assert getattr(SearchOptions(**{name: value}), name) == value


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("trials", 0, "--trials 0: it is a whole number from 1 on"),
        ("epochs", 0, "--epochs 0: it is a whole number from 1 on"),
        ("epochs", -3, "--epochs -3: it is a whole number from 1 on"),
        ("train_images", 0, "--train-images 0: it is a whole number from 1 on"),
        ("concurrent", -1, "--concurrent -1: it is a whole number from 1 on"),
        ("gpus_per_trial", 0, "--gpus-per-trial 0: it is a share above 0 up to 1, or a whole number"),
        ("gpus_per_trial", 1.5, "--gpus-per-trial 1.5: it is a share"),
        ("gpus_per_trial", float("nan"), "--gpus-per-trial nan: it is a share"),
        ("gpus_per_trial", float("inf"), "--gpus-per-trial inf: it is a share"),
        ("seed", -1, "--seed -1: it is a whole number from 0 to 2147483647"),
        ("seed", 2**31, "--seed 2147483648: it is a whole number from 0 to 2147483647"),
        ("budget", 0.0, "--budget 0.0: it is above 0 seconds"),
        ("name", "../../elsewhere", "--name ../../elsewhere: it is letters, digits"),
        ("name", "", "--name : it is letters, digits"),
        ("name", "-rf", "begins with a letter or digit"),
        ("name", "a\n", "it is letters, digits"),
    ],
)
def test_a_value_out_of_its_range_is_refused_from_python_too(name: str, value: Any, message: str) -> None:
    with pytest.raises(OptionError, match=re.escape(message)):
        SearchOptions(**{name: value})


@pytest.mark.parametrize(
    "options",
    [
        SearchOptions(),
        SearchOptions(trials=7, epochs=5, train_images=300, concurrent=3, gpus_per_trial=0.5, seed=0),
        SearchOptions(budget=5400.0, sampler="random", scheduler="median", local=True),
        SearchOptions(fixed={"depth": "2", "optimizer": "adam"}, weights=Path("my weights.h5")),
        SearchOptions(parent="a/b", address="here:1", runs=Path("elsewhere"), name="second"),
    ],
    ids=["defaults", "sizes", "how", "fixed", "where"],
)
def test_the_command_of_some_options_gives_these_options(
    options: SearchOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []
    monkeypatch.setattr(session, "start", lambda *given, command: started.extend(given) or RESULT)
    program, option, module, *arguments = shlex.split(options.command("cifar_basic"))
    assert (program, option, module) == ("python", "-m", "search")
    assert main(arguments) == 0
    assert started == ["cifar_basic", options]


def test_the_executor() -> None:
    assert SearchOptions(local=True).executor == "local"
    assert SearchOptions().executor == "ray"
