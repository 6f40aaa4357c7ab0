"""From options to a plan: what is asked for, checked against what there is."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

import models
from models.space import points
from models.space.points import PointError
from search.algorithm.samplers import SAMPLERS
from search.algorithm.schedulers import SCHEDULERS, settings
from search.command import planning
from search.command.planning import for_session, make_plan
from search.options import OptionError, SearchOptions
from search.runs.plan import Parent, Plan, PretrainedWeights
from search.runs.provenance import Hardware
from tests.conftest import alone
from tests.search.runs.conftest import small_plan

CPU = Hardware(cores=8, gpus=0, name="a processor", node_cores=8)
GPUS = Hardware(cores=32, gpus=4, name="a processor", node_cores=32)
CLUSTER = Hardware(cores=64, gpus=0, name="Ray, 4 nodes", node_cores=16)


@pytest.fixture(autouse=True)
def data(small_cache: Path) -> Iterator[None]:
    """Let there be 400 training and 200 validation images."""
    with alone(small_cache) as patch:
        patch.delenv("KERAS_BACKEND", raising=False)
        yield


def plan(hardware: Hardware = CPU, study: str = "cifar_residual", **options: Any) -> Plan:
    """Return the plan of a search of CIFAR-10."""
    return make_plan(study, SearchOptions(**options), hardware)


def test_on_a_cpu_everything_follows_from_study_and_machine() -> None:
    made = plan()
    assert (made.study, made.trials, made.epochs) == ("cifar_residual", 50, 12)
    assert (made.train_images, made.validation_images) == (400, 160)
    assert (made.gpu, made.gpus_per_trial, made.concurrent, made.threads) == (False, 0.0, 8, 1)
    assert (made.sampler, made.scheduler, made.seed, made.backend) == (
        "forecast",
        "forecast",
        0,
        "tensorflow",
    )
    assert made.scheduler_settings == settings("forecast", 12)
    assert made.space["width"] == IntDistribution(8, 16, step=8)  # as narrowed for a CPU
    assert made.default == {**made.default, "width": 16, "learning_rate": 2e-3}
    assert made.default.keys() == made.space.keys()
    assert (made.weights, made.parent, made.data) == (None, None, None)
    assert (made.dataset, made.origin, made.study_file) == ("cifar10", None, None)


def test_on_gpus_trials_are_whole_and_there_is_one_for_each() -> None:
    made = plan(GPUS)
    assert (made.gpu, made.gpus_per_trial, made.concurrent, made.threads) == (True, 1.0, 4, 8)
    assert (made.epochs, made.train_images) == (30, 400)
    assert made.space["width"] == IntDistribution(8, 64, step=8)


@pytest.mark.parametrize(("share", "slots"), [(0.5, 8), (0.25, 16), (2, 2), (4, 1)])
def test_gpus_are_shared_as_asked(share: float, slots: int) -> None:
    made = plan(GPUS, gpus_per_trial=share)
    assert (made.gpus_per_trial, made.concurrent) == (share, slots)


def test_what_is_asked_for_is_planned() -> None:
    made = plan(
        trials=7, epochs=5, train_images=300, concurrent=3, seed=9, sampler="random", scheduler="median"
    )
    assert (made.trials, made.epochs, made.train_images, made.concurrent) == (7, 5, 300, 3)
    assert (made.seed, made.sampler, made.scheduler) == (9, "random", "median")
    assert made.scheduler_settings == settings("median", 5)
    assert made.threads == 2


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_every_sampler_goes_with_every_scheduler(
    sampler: str, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)  # as if each was installed
    made = plan(sampler=sampler, scheduler=scheduler)
    assert made.describe_scheduler().rungs[-1] == made.epochs


def test_a_trial_lies_on_one_node() -> None:
    assert plan(CLUSTER, concurrent=1).threads == 16
    assert plan(CLUSTER).threads == 1
    assert plan(CLUSTER).concurrent == 64


def test_in_this_process_there_is_one_trial_at_a_time_on_all_cores() -> None:
    made = plan(local=True)
    assert (made.concurrent, made.threads) == (1, 8)


def test_a_fixed_hyperparameter_has_one_value_which_is_the_default() -> None:
    fixed = {"depth": 2, "normalization": "group", "learning_rate": 1e-3, "flip": False}
    made = plan(fixed=fixed)
    assert {name: made.default[name] for name in fixed} == fixed
    assert not fixed.keys() & made.free.keys()
    assert made.space["normalization"] == CategoricalDistribution(["group"])
    assert made.space["learning_rate"] == FloatDistribution(1e-3, 1e-3)


def test_to_fix_a_value_beyond_what_a_cpu_searches_is_allowed() -> None:
    assert plan(fixed={"width": 64}).default["width"] == 64


@pytest.mark.parametrize("value", ["2", 2, 2.0])
def test_a_fixed_value_may_be_text_as_on_the_command_line(value: Any) -> None:
    assert plan(fixed={"depth": value}).default["depth"] == 2


@pytest.mark.parametrize(
    ("fixed", "message"),
    [
        ({"depth": 9}, "--set depth=9: depth must be 1 to 4"),
        ({"dpeth": 2}, "no hyperparameter 'dpeth'. Did you mean depth"),
        ({"normalization": "batches"}, "normalization must be none | batch | layer | group"),
    ],
)
def test_a_fixed_value_outside_of_the_space_is_refused(fixed: dict[str, Any], message: str) -> None:
    with pytest.raises(PointError) as raised:
        plan(fixed=fixed)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sampler": "magic"}, "--sampler magic: it is one of forecast, tpe, random"),
        ({"scheduler": "magic"}, "--scheduler magic: it is one of forecast, halving, stopping, median, none"),
        ({"train_images": 401}, "--train-images 401: cifar10 has 400 training images"),
        ({"train_images": 100}, "--train-images 100: less than one batch of 128 (batch_size); --set bat"),
        ({"train_images": 16}, "--train-images 16: less than one batch of 128 (batch_size)"),
        ({"weights": Path("x.h5")}, "--weights: cifar_residual starts from random weights"),
        ({"parent": "a/b"}, "--parent: cifar_residual goes on from no other run"),
        ({"gpus_per_trial": 1}, "--gpus-per-trial 1: there are 0 GPUs here"),
        ({"local": True, "concurrent": 2}, "--concurrent: --local trains one trial at a time"),
        ({"local": True, "address": "here"}, "--address: --local trains one trial at a time"),
        (
            {"sampler": "grid", "trials": 51, "fixed": "all but depth"},
            "--sampler grid: the grid has 4 points",
        ),
    ],
    ids=str,
)
def test_what_is_not_possible_is_refused_with_what_is(options: dict[str, Any], message: str) -> None:
    if options.get("fixed") == "all but depth":
        default = plan().default
        options = {**options, "fixed": {name: default[name] for name in default if name != "depth"}}
    with pytest.raises(OptionError) as raised:
        plan(**options)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_smaller_batches_make_few_images_possible() -> None:
    with pytest.raises(OptionError, match="--set batch_size=64"):
        plan(train_images=100)
    assert plan(train_images=100, fixed={"batch_size": 64}).train_images == 100


def test_more_trials_than_the_gpus_have_room_for_are_refused() -> None:
    with pytest.raises(OptionError, match="--concurrent 5: the GPUs here have room for 4"):
        plan(GPUS, concurrent=5)
    assert plan(GPUS, concurrent=5, gpus_per_trial=0.5).concurrent == 5


def test_a_sampler_that_needs_more_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else find(name))
    with pytest.raises(OptionError, match=r"--sampler gp needs the package torch: pip install .*\[gp\]"):
        plan(sampler="gp")


def test_the_backend_is_that_of_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert plan().backend == "jax"
    monkeypatch.delitem(sys.modules, "jax", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "jax" else find(name))
    with pytest.raises(OptionError, match="KERAS_BACKEND=jax: pip install jax"):
        plan()
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    with pytest.raises(OptionError, match="KERAS_BACKEND=torch: it is one of tensorflow, jax"):
        plan()


class Inherited:
    """The parent of a run: its weights, and the hyperparameters that it has decided."""

    def __init__(self) -> None:
        study, child = models.load("cats_dogs_vgg16"), models.load("cats_dogs_vgg16_finetuned")
        self.weights = PretrainedWeights(path="", fingerprint="a" * 64, blocks=5, preprocessing="caffe")
        params = points.default_params(study, study.distributions(gpu=False))
        decided = params.keys() & (child.space["base"].keys() | child.space["model"].keys())
        self.decided = {name: params[name] for name in decided}
        sizes = {"seed": 5, "train_images": 321, "validation_images": 77}
        plan = small_plan(study="cats_dogs_vgg16", weights=self.weights, **sizes)
        self.record = Parent("cats_dogs_vgg16/first", "c", "b" * 64, 1, 0.9, params, plan, "f" * 64)


@pytest.fixture
def inherited(monkeypatch: pytest.MonkeyPatch) -> Inherited:
    """Let there be a finished parent of a fine-tuning."""
    made = Inherited()

    class Read:
        def record(self) -> dict[str, Any]:
            return dict(vars(made.weights))

    monkeypatch.setattr(planning.parent, "find", lambda *_: made.record)
    monkeypatch.setattr(planning.weights, "read", lambda *_: Read())
    return made


def test_a_child_inherits_images_seed_and_what_its_parent_has_decided(inherited: Inherited) -> None:
    made = plan(study="cats_dogs_vgg16_finetuned")
    assert (made.seed, made.train_images, made.validation_images) == (5, 321, 77)
    assert made.parent == inherited.record
    assert made.weights == inherited.weights
    assert inherited.decided
    assert made.default == {**made.default, **inherited.decided}
    assert not inherited.decided.keys() & made.free.keys()
    assert plan(study="cats_dogs_vgg16_finetuned", seed=0).seed == 0


def test_what_the_parent_has_decided_cannot_be_set(inherited: Inherited) -> None:
    name, value = next(iter(inherited.decided.items()))
    with pytest.raises(OptionError, match=f"--set {name}=.*: cats_dogs_vgg16/first has decided it already"):
        plan(study="cats_dogs_vgg16_finetuned", fixed={name: value})


def test_other_weights_than_the_parent_had_are_refused(
    inherited: Inherited, monkeypatch: pytest.MonkeyPatch
) -> None:
    inherited.weights = PretrainedWeights("other.h5", "0" * 64, 5, "caffe")
    with pytest.raises(OptionError, match=r"--weights other\.h5: cats_dogs_vgg16/first was trained on other"):
        plan(study="cats_dogs_vgg16_finetuned", weights=Path("other.h5"))


def test_memory_limits_the_trials_at_a_time() -> None:
    small = Hardware(cores=64, gpus=0, name="a processor", node_cores=64, memory=18 * 10**9)
    made = plan(small)
    assert (made.concurrent, made.threads) == (20, 3)


def test_a_run_that_goes_on_elsewhere_has_another_number_of_workers_and_the_same_threads() -> None:
    started = plan(Hardware(4, 0, "a laptop", 4))
    cluster = for_session(started, CLUSTER, most=None, local=False)
    assert (started.concurrent, cluster.concurrent, cluster.threads) == (4, 64, 1)
    assert for_session(cluster, CPU, most=None, local=False).concurrent == 8
    assert for_session(cluster, CPU, most=None, local=True).concurrent == 1


def test_what_was_asked_for_at_the_start_holds_until_something_else_is_asked_for() -> None:
    started = plan(concurrent=2)
    resumed = for_session(started, CLUSTER, most=None, local=False)
    assert (resumed.concurrent, resumed.threads) == (2, 4)
    more = for_session(resumed, CLUSTER, most=5, local=False)
    assert (more.concurrent, more.max_concurrent, more.threads) == (5, 5, 4)
    with pytest.raises(OptionError, match="--concurrent 99: the GPUs here have room for 4"):
        for_session(plan(GPUS), GPUS, most=99, local=False)
    with pytest.raises(OptionError, match="--concurrent: --local trains one trial at a time"):
        for_session(started, CPU, most=2, local=True)
