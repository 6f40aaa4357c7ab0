"""`run.json`: what is written is read back, earlier formats are upgraded, and what is wrong is named."""

import json
from typing import Any

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from search.runs.plan import Parent, PretrainedWeights
from search.runs.record import (
    FORMAT,
    FormatError,
    LaterFormat,
    RunRecord,
    UnusedValidation,
    decode,
    encode,
)
from tests.search.runs.conftest import BEST, small_plan, small_record

WEIGHTS = PretrainedWeights(path="vgg16.h5", fingerprint="a" * 64, blocks=5, preprocessing="caffe")
PARENT = Parent(
    run="cifar_basic/first",
    checkpoint="runs/cifar_basic/first/checkpoints/trial-00003.npz",
    fingerprint="b" * 64,
    trial=3,
    value=0.5,
    params={"depth": 1},
    plan=small_plan(weights=WEIGHTS),
    data="f" * 64,
)

# As version 178c2e2 wrote it: no format number, a plan with `grace` and `eta`, no scheduler.
OLD_PLAN: dict[str, Any] = {
    "study": "cifar_basic",
    "trials": 12,
    "epochs": 6,
    "grace": 1,
    "eta": 3,
    "train_images": 1024,
    "validation_images": 1000,
    "seed": 0,
    "sampler": "tpe",
    "space": {
        "depth": {
            "name": "IntDistribution",
            "attributes": {"log": False, "step": 1, "low": 1, "high": 4},
        },
        "learning_rate": {
            "name": "FloatDistribution",
            "attributes": {"step": None, "low": 0.0001, "high": 0.1, "log": True},
        },
        "flip": {"name": "CategoricalDistribution", "attributes": {"choices": [True, False]}},
    },
    "default": {"depth": 3, "learning_rate": 0.002, "flip": True},
    "gpu": False,
    "gpus_per_trial": 0.0,
    "threads": 2,
    "concurrent": 1,
    "backend": "tensorflow",
    "weights": None,
    "parent": None,
    "data": "e" * 64,
}
OLD: dict[str, Any] = {
    "command": "python -m search cifar_basic --trials 12",
    "plan": OLD_PLAN,
    "dataset": {"name": "cifar10", "fingerprint": "e" * 64},
    "versions": {"python": "3.11.7", "keras": "3.15.1"},
    "commit": None,
    "hardware": {"cores": 2, "gpus": 0, "name": "a processor", "node_cores": 2},
}


def changed(*path: str, to: Any) -> str:
    """Return the text of a record in which one value was changed by hand."""
    values = json.loads(encode(small_record()))
    part = values
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = to
    return json.dumps(values)


@pytest.mark.parametrize(
    "record",
    [
        small_record(),
        small_record(commit=None, start=0.1, best=BEST),
        small_record(plan=small_plan(parent=PARENT, weights=WEIGHTS, data="f" * 64)),
        small_record(plan=small_plan(scheduler="median")),
        small_record(plan=small_plan(scheduler="none")),
    ],
    ids=["new", "finished", "with a parent and weights", "median", "none"],
)
def test_what_is_encoded_is_decoded(record: RunRecord) -> None:
    assert decode(encode(record)) == record


def test_what_was_measured_again_is_decoded() -> None:
    measured = UnusedValidation(images=40, best=0.5, default=0.4, gain=0.1, gain_95=0.2)
    best = type(BEST)(BEST.trial, BEST.value, BEST.params, measured)
    assert decode(encode(small_record(best=best))).best == best


def test_values_keep_their_types() -> None:
    default = {"learning_rate": 1.0, "depth": 1, "batch_size": 32, "flip": True, "normalization": "none"}
    decoded = decode(encode(small_record(plan=small_plan(default=default)))).plan.default
    assert {name: type(value) for name, value in decoded.items()} == {
        name: type(value) for name, value in default.items()
    }


def test_the_text_has_a_format_number_and_distributions_as_optuna_writes_them() -> None:
    values = json.loads(encode(small_record()))
    assert values["format"] == FORMAT == 5
    assert values["plan"]["scheduler"] == "halving"
    settings = {"grace_period": 1, "reduction_factor": 3, "finish_best": 1}
    assert values["plan"]["scheduler_settings"] == settings
    assert values["plan"]["space"]["depth"]["name"] == "IntDistribution"


def test_format_1_is_upgraded() -> None:
    record = decode(json.dumps(OLD))
    plan = record.plan
    assert (plan.study, plan.trials, plan.epochs, plan.data) == ("cifar_basic", 12, 6, "e" * 64)
    assert plan.scheduler == "halving"
    assert plan.describe_scheduler().rungs == (2, 6)  # as grace and eta had it
    assert plan.space == {
        "depth": IntDistribution(1, 4),
        "learning_rate": FloatDistribution(1e-4, 0.1, log=True),
        "flip": CategoricalDistribution([True, False]),
    }
    assert (record.format, record.best, record.start, plan.parent) == (FORMAT, None, None, None)


def test_the_parent_of_a_run_of_format_1_is_upgraded_too() -> None:
    weights = {"path": "", "fingerprint": "a" * 64, "blocks": 5, "preprocessing": "caffe"}
    parent = {
        "run": "cifar_basic/first",
        "checkpoint": "trial-00003.npz",
        "fingerprint": "b" * 64,
        "trial": 3,
        "value": 0.5,
        "params": {"depth": 1},
        "plan": {**OLD_PLAN, "epochs": 18, "grace": 2, "weights": weights},
        "data": "e" * 64,
    }
    values = {**OLD, "plan": {**OLD_PLAN, "weights": weights, "parent": parent}, "start": 0.5}
    plan = decode(json.dumps(values)).plan
    assert plan.parent
    assert plan.parent.plan.describe_scheduler().rungs == (2, 6, 18)
    assert plan.weights == plan.parent.plan.weights == PretrainedWeights("", "a" * 64, 5, "caffe")


def test_an_upgraded_record_is_written_in_this_format() -> None:
    record = decode(json.dumps(OLD))
    assert "grace" not in encode(record).replace("grace_period", "")
    assert decode(encode(record)) == record


@pytest.mark.parametrize("others", [OLD, {}, {"plan": "of a shape that nobody here knows"}])
def test_a_later_format_is_named_whatever_else_it_holds(others: dict[str, Any]) -> None:
    with pytest.raises(LaterFormat, match=r"it has format 6, this version reads formats up to 5"):
        decode(json.dumps({**others, "format": 6}))


@pytest.mark.parametrize("kind", ["scheduler", "sampler", "objective", "cost"])
def test_what_another_version_alone_has_is_named(kind: str) -> None:
    text = changed("plan", kind, to="magic")
    with pytest.raises(LaterFormat, match=f"its {kind} is 'magic', this version has .*"):
        decode(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (changed("plan", "epochs", to="nine"), r"\$\.plan\.epochs"),
        (changed("plan", "epochs", to=9.5), r"\$\.plan\.epochs"),
        (changed("plan", "scheduler_settings", "grace_period", to="1"), r"\$\.plan\.scheduler_settings"),
        (changed("plan", "space", "depth", to={"name": "IntDistribution"}), r"attributes"),
        (changed("plan", "space", "depth", to={"name": "Wide", "attributes": {}}), r"Wide|distribution"),
        (changed("plan", "parent", to={"run": "a/b"}), r"\$\.plan\.parent"),
        (changed("hardware", "gpus", to=None), r"\$\.hardware\.gpus"),
        (changed("versions", "keras", to=3), r"\$\.versions"),
        (changed("best", to={"trial": 1}), r"\$\.best"),
        (changed("format", to="two"), r"\$\.format"),
    ],
)
def test_a_mistyped_field_names_its_place(text: str, place: str) -> None:
    with pytest.raises(FormatError, match=place) as raised:
        decode(text)
    assert not isinstance(raised.value, LaterFormat)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "3",
        "[]",
        '"run"',
        "[" * 100_000,
        '{"plan": ' * 50_000,
        "1" * 5000,
        "{}",
        '{"format": 2}',
        '{"format": null}',
        '{"format": NaN}',
        '{"plan": 3}',
        '{"plan": []}',
        '{"plan": {}}',
        '{"plan": {"grace": 1, "eta": 3, "parent": 7}}',
        changed("plan", to=None),
        changed("plan", "space", to=[]),
        changed("plan", "space", "depth", to=3),
    ],
    ids=lambda text: text[:40],
)
def test_nonsense_is_a_format_error_in_one_line(text: str) -> None:
    with pytest.raises(FormatError) as raised:
        decode(text)
    assert 0 < len(str(raised.value)) <= 200
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("missing", ["grace", "eta", "study", "space"])
def test_format_1_without_a_field_names_the_field(missing: str) -> None:
    plan = {name: value for name, value in OLD_PLAN.items() if name != missing}
    with pytest.raises(FormatError, match=missing):
        decode(json.dumps({**OLD, "plan": plan}))
