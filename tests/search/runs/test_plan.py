"""What follows from a plan: its scheduler, and the environment of the processes that train."""

import os

import pytest

from search.algorithm.schedulers import SCHEDULERS
from search.algorithm.trial import Trial
from search.runs.plan import ROOT, environment
from tests.search.runs.conftest import small_plan


def trained(number: int, *values: float, state: str = "waiting") -> Trial:
    """Return a trial with one value of the objective for each epoch."""
    epochs = {
        epoch: {"val_accuracy": value, "images": 100.0, "seconds": 1.0}
        for epoch, value in enumerate(values, start=1)
    }
    return Trial(number, {"depth": 1}, epochs, state)  # type: ignore[arg-type]


def test_a_hyperparameter_with_one_value_is_not_searched() -> None:
    assert list(small_plan().free) == ["learning_rate", "depth"]


@pytest.mark.parametrize(("concurrent", "trials", "slots"), [(2, 6, 2), (8, 6, 6), (8, 1, 1)])
def test_there_are_not_more_slots_than_trials(concurrent: int, trials: int, slots: int) -> None:
    assert small_plan(concurrent=concurrent, trials=trials).slots == slots


def test_what_a_training_follows_from() -> None:
    assert small_plan().training({"depth": 1}, seed=7) == {
        "params": {"depth": 1},
        "seed": 7,
        "epochs": 9,
        "train_images": 100,
    }


def test_a_training_with_validation_is_another_one() -> None:
    with_validation = small_plan(with_validation=True).training({"depth": 1}, seed=7)
    assert with_validation == {**small_plan().training({"depth": 1}, seed=7), "with_validation": True}


@pytest.mark.parametrize("name", SCHEDULERS)
def test_every_scheduler_is_made_from_a_plan(name: str) -> None:
    plan = small_plan(scheduler=name)
    scheduler = plan.make_scheduler([], lambda trials: {"depth": len(trials)}, str)
    first = scheduler.next()
    assert first and first.params == {"depth": 0}
    assert scheduler.pool.target == 6
    assert plan.describe_scheduler() == scheduler.describe()
    assert plan.describe_scheduler().rungs[-1] == 9
    assert scheduler.expected_epochs() >= 9


def test_the_settings_of_the_scheduler_are_those_that_the_run_keeps() -> None:
    kept = {"grace_period": 3, "reduction_factor": 2}
    assert small_plan(scheduler_settings=kept).describe_scheduler().rungs == (4, 9)


def test_to_judge_trials_changes_none_of_them() -> None:
    trials = [trained(0, *[0.1] * 9), trained(1, 0.3), trained(2, 0.2, float("nan"))]
    judge = small_plan().judge(trials)
    assert [trial.state for trial in judge.pool.trials] == ["complete", "paused", "failed"]
    assert [trial.state for trial in trials] == ["waiting"] * 3
    assert judge.best and judge.best.number == 1


def test_a_run_has_ended_when_all_its_trials_have() -> None:
    plan = small_plan(trials=2)
    ended = [trained(0, 0.1, state="complete"), trained(1, state="failed")]
    assert plan.has_ended(ended)
    assert not plan.has_ended(ended[:1])
    assert not plan.has_ended([ended[0], trained(1, 0.1, state="paused")])


def test_the_environment_has_backend_and_threads() -> None:
    variables = environment(small_plan(threads=3, backend="jax"))
    assert variables["KERAS_BACKEND"] == "jax"
    assert variables["TF_NUM_INTRAOP_THREADS"] == variables["OMP_NUM_THREADS"] == "3"


def test_this_project_comes_first_and_once_in_the_search_path(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = os.pathsep.join(["/somewhere", "", str(ROOT)])
    monkeypatch.setenv("PYTHONPATH", theirs)
    path = environment(small_plan())["PYTHONPATH"]
    assert path == os.pathsep.join([str(ROOT), "/somewhere"])
    monkeypatch.setenv("PYTHONPATH", path)
    assert environment(small_plan())["PYTHONPATH"] == path


def test_on_a_gpu_no_trial_takes_all_of_its_memory() -> None:
    variables = environment(small_plan(gpu=True, gpus_per_trial=0.5))
    assert variables["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert variables["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"
    assert "TF_FORCE_GPU_ALLOW_GROWTH" not in environment(small_plan())


def test_jax_on_one_thread_keeps_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLA_FLAGS", "--theirs")
    variables = environment(small_plan(backend="jax"))
    assert "--xla_cpu_multi_thread_eigen=false" in variables["XLA_FLAGS"]
    assert "--theirs" in variables["XLA_FLAGS"]
    assert "XLA_FLAGS" not in environment(small_plan(backend="jax", threads=2))
