"""The search's arguments, checked before a job is submitted: by the real command."""

import dataclasses
from pathlib import Path

import pytest

from cluster import request, search_check
from cluster.job import Job
from cluster.options import JobOptions, OptionError


def job(runs: Path, *search: str) -> Job:
    return request.make(JobOptions(), list(search), runs=runs, name=None, command="c")


@pytest.mark.parametrize(
    ("search", "message"),
    [
        (("cifar_residul",), "after --: there is no study 'cifar_residul'. Did you mean cifar_residual?"),
        (("cifar_residual", "--trails", "5"), "unrecognized arguments: --trails 5. Did you mean --trials?"),
    ],
)
def test_what_the_search_does_not_know_is_a_usage_error(
    search: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    with pytest.raises(OptionError) as error:
        search_check.check(job(tmp_path, *search))
    assert message in str(error.value)


def test_what_only_the_nodes_have_is_not_asked_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    flags = ("--gpus-per-trial", "0.5", "--concurrent=64", "--trials", "5")
    search_check.check(job(tmp_path, "cifar_residual", *flags))
    assert capsys.readouterr().err == ""
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_cannot_be_read_is_a_failure(tmp_path: Path) -> None:
    run = tmp_path / "cifar_residual/n"
    run.mkdir(parents=True)
    (run / "run.json").write_text("{")
    with pytest.raises(search_check.SearchError, match=r"the search would fail: .*run\.json is damaged"):
        search_check.check(job(tmp_path, "--resume", "cifar_residual/n"))


def test_a_machine_that_cannot_run_the_search_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'libcudart.so: cannot open shared object file' >&2; exit 1\n")
    python.chmod(0o755)
    search_check.check(dataclasses.replace(job(tmp_path, "cifar_residual"), python=str(python)))
    assert "does not run here: libcudart.so: cannot open" in capsys.readouterr().err
