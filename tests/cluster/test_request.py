"""From what the user typed to a job."""

from pathlib import Path

import pytest

from cluster import request
from cluster.job import Job
from cluster.options import JobOptions, OptionError


def make(*search: str, name: str | None = "n", runs: Path = Path("runs")) -> Job:
    return request.make(JobOptions(), list(search), runs=runs, name=name, command="c")


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ((), "say after -- what to search"),
        (("--trials", "5"), "it begins with the name of a study"),
        (("../x",), "it begins with the name of a study"),
        (("cifar_residual", "--name=x"), "--name=x after --: put it before --"),
        (("cifar_residual", "--address", "a"), "the job has a Ray of its own"),
        (("cifar_residual", "--local"), "--local after --"),
        (("--resume", "nothing"), "--resume nothing: there is no such run"),
        (("--resume",), "there is no such run"),
    ],
)
def test_a_search_that_the_job_cannot_make_is_refused(search: tuple[str, ...], message: str) -> None:
    with pytest.raises(OptionError) as error:
        make(*search)
    assert message in str(error.value)


def test_a_name_is_a_folders_name() -> None:
    with pytest.raises(OptionError, match="--name"):
        make("cifar_residual", name="../x")


def test_the_study_may_be_a_file_of_the_users_own(tmp_path: Path) -> None:
    job = make("./own/my_study.py", runs=tmp_path)
    assert job.run == tmp_path / "my_study/n"
    assert job.new[0] == "./own/my_study.py"


def test_a_new_run_and_how_it_goes_on(tmp_path: Path) -> None:
    job = make("cifar_residual", "--trials", "5", runs=tmp_path)
    assert job.run == tmp_path / "cifar_residual/n"
    assert job.new == ["cifar_residual", "--trials", "5", "--runs", str(tmp_path), "--name", "n"]
    assert job.resume == ["--resume", str(job.run)]


@pytest.mark.parametrize("form", ["path", "name", "equals"])
def test_a_run_that_goes_on(form: str, tmp_path: Path) -> None:
    run = tmp_path / "cifar_residual/n"
    run.mkdir(parents=True)
    (run / "run.json").touch()
    search = {
        "path": ("--resume", str(run)),
        "name": ("--resume", "cifar_residual/n"),
        "equals": ("--resume=cifar_residual/n",),
    }[form]
    job = make(*search, "--trials", "9", name=None, runs=tmp_path)
    assert job.run == run
    assert job.new == ["--resume", str(run), "--trials", "9"]
    with pytest.raises(OptionError, match="Go on with it: submit -- --resume cifar_residual/n"):
        make("cifar_residual", runs=tmp_path)
