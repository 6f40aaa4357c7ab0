"""A search with two objectives and a limit: its front, Optuna's view of it, and a resume."""

import contextlib
import json
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from search.algorithm.objectives import cost_of, front
from search.runs.run import read_trials
from tests.conftest import make_cache
from tests.search.conftest import Call, curves

RUNS = Path("runs/cifar_residual")
SIZE = ["--trials", "5", "--epochs", "2", "--train-images", "64", "--scheduler", "none", "--local"]
BOTH = ["--objective", "val_accuracy,parameters"]


@pytest.fixture
def uneven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Prepared data in which the classes have different numbers of validation images."""
    cache = make_cache(tmp_path / "cache")
    labels = np.load(cache / "cifar10/validation_labels.npy")
    images = np.load(cache / "cifar10/validation_images.npy")
    order = np.argsort(labels, kind="stable")
    chosen = order[np.arange(len(order)) ** 2 // len(order)]  # a third of them of class 0
    np.save(cache / "cifar10/validation_labels.npy", labels[chosen])
    np.save(cache / "cifar10/validation_images.npy", images[chosen])
    monkeypatch.setenv("CNN_SEARCH_CACHE", str(cache))
    return cache


def test_the_front_is_printed_kept_and_the_same_for_optuna(
    call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*SIZE, *BOTH, "--name", "whole") == 0
    shown = capsys.readouterr()
    assert "Objectives: high val_accuracy, low parameters" in shown.err
    trials = read_trials(RUNS / "whole")
    chosen = front(trials, "parameters")
    assert f"Front of val_accuracy and parameters: {len(chosen)} of 5 trials of full length." in shown.out
    for trial in chosen:
        assert f"{trial.value:.4f}  {cost_of(trial, 'parameters'):,.0f} parameters" in shown.out
    plan = json.loads((RUNS / "whole/run.json").read_text())["plan"]
    assert (plan["cost"], plan["sampler"]) == ("parameters", "tpe")

    storage = JournalStorage(JournalFileBackend(str(RUNS / "whole/journal.log")))
    study = optuna.load_study(study_name=None, storage=storage)
    assert study.metric_names == ["val_accuracy", "parameters"]
    theirs = {tuple(trial.values) for trial in study.best_trials}
    assert theirs == {(trial.value, cost_of(trial, "parameters")) for trial in chosen}

    # Ended in the middle and resumed, it comes to the same.
    assert call(*SIZE, "--trials", "2", *BOTH, "--name", "parts") == 0
    assert call("--resume", "cifar_residual/parts", "--trials", "5", "--local") == 0
    assert curves(RUNS / "parts") == curves(RUNS / "whole")


def test_trials_are_judged_by_balanced_accuracy_from_the_rungs_to_the_end(
    call: Call, capsys: pytest.CaptureFixture[str], uneven: Path
) -> None:
    sizes = ["--trials", "6", "--epochs", "4", "--train-images", "64", "--scheduler", "halving", "--local"]
    assert call(*sizes, "--objective", "balanced_accuracy", "--name", "whole") == 0
    shown = capsys.readouterr()
    assert "Objectives: high val_balanced_accuracy" in shown.err
    trials = read_trials(RUNS / "whole")
    assert any(trial.value != trial.epochs[trial.epoch]["val_accuracy"] for trial in trials)
    best = max(trials, key=lambda trial: (trial.epoch, trial.value))
    assert f"val_balanced_accuracy {best.value:.4f}" in shown.out
    promoted = [trial for trial in trials if trial.epoch > 1]
    paused = [trial for trial in trials if trial.epoch == 1]
    first = {trial.number: trial.epochs[1]["val_balanced_accuracy"] for trial in trials}
    assert promoted[-1].number == max(first, key=lambda number: first[number]) and paused

    storage = JournalStorage(JournalFileBackend(str(RUNS / "whole/journal.log")))
    study = optuna.load_study(study_name=None, storage=storage)
    assert study.trials[best.number].value == best.value
    assert call("--resume", "cifar_residual/whole", "--trials", "7", "--local") == 0
    for trial in read_trials(RUNS / "whole"):
        assert trial.value == trial.epochs[trial.epoch]["val_balanced_accuracy"]


def test_a_model_above_the_limit_is_not_trained(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    limit = ["--at-most", "parameters=60000", "--sampler", "random"]
    wide = ["--trials", "5", "--epochs", "1", "--train-images", "128"]
    assert call(*SIZE, *wide, *limit, "--name", "small", study="cifar_residual", tiny=False) == 0
    trials = read_trials(RUNS / "small")
    refused = [trial for trial in trials if trial.state == "failed"]
    assert refused and len(refused) < len(trials)
    for trial in trials:
        if trial in refused:
            assert trial.reason.endswith(" parameters, --at-most parameters=60000") and not trial.epochs
        else:
            assert cost_of(trial, "parameters") <= 60000
    assert not list((RUNS / "small").glob("failures/*")), "it is no error"
    assert "Front" not in capsys.readouterr().out


def test_a_limit_that_all_models_exceed_is_named_at_the_end(
    call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*SIZE, "--trials", "6", "--at-most", "parameters=10", "--name", "none") == 1
    assert [trial.state for trial in read_trials(RUNS / "none")] == ["failed"] * 6, "all were tried"
    assert "every trial failed; trial 0: refused: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "error"),
    [
        (
            ["--objective", "val_accuracy,speed"],
            "--objective val_accuracy,speed: it is one of val_accuracy, balanced_accuracy, val_bal",
        ),
        (["--at-most", "weight=3"], "--at-most weight: it is one of parameters, size, latency"),
        (["--at-most", "size=-3"], "--at-most size=-3: it is above 0"),
        (["--at-most", "size"], "'size' is not COST=N"),
        (
            [*BOTH, "--sampler", "cmaes"],
            "--sampler cmaes: it knows one objective; with val_accuracy,parameters: tpe",
        ),
    ],
)
def test_a_wrong_objective_is_a_usage_error(
    flags: list[str], error: str, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.suppress(SystemExit):
        assert call(*SIZE, *flags) == 2
    assert error in capsys.readouterr().err
    assert not RUNS.exists()
