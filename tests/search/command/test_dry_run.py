"""What a session would do, of a new run and of one that goes on."""

import pytest

from tests.search.conftest import Call

RUN = "cifar_residual/r"
SMALL = ("--name", "r", "--trials", "1", "--epochs", "1", "--train-images", "64", "--local")


def test_a_run_that_goes_on_is_checked_and_left_as_it_is(
    call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*SMALL) == 0
    capsys.readouterr()
    assert call("--resume", RUN, "--trials", "7", "--dry-run") == 0
    assert "goes on, up to 7 trials of up to 1 epochs" in capsys.readouterr().out
    assert call("--resume", RUN, "--trials", "0", "--dry-run") == 2
    assert call("--resume", RUN, "--trails", "7", "--dry-run") == 2
    assert call("--resume", RUN, "--dry-run") == 0
    assert "up to 1 trials" in capsys.readouterr().out  # the dry runs before have changed nothing
    assert call("--resume", "cifar_residual/other", "--dry-run") == 2
    assert "there is no run 'cifar_residual/other'" in capsys.readouterr().err
