"""Trials and plans of finished, partial and odd runs, to be drawn."""

import dataclasses
import math
from typing import Any

import numpy as np
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from search.algorithm.trial import State, Trial
from search.runs.plan import Plan
from tests.plans import small_plan

SPACE = {
    "learning_rate": FloatDistribution(1e-4, 1e-1, log=True),
    "depth": IntDistribution(1, 4),
    "normalization": CategoricalDistribution(["none", "batch", "layer", "group"]),
    "flip": CategoricalDistribution([True, False]),
}
PLAN = small_plan(
    study="cifar_residual",
    trials=20,
    epochs=6,
    grace_period=2,
    train_images=64,
    validation_images=1000,
    sampler="tpe",
    space=SPACE,
    default={"learning_rate": 1e-3, "depth": 2, "normalization": "batch", "flip": True},
)


def make_trial(number: int, values: list[float], state: State, **params: Any) -> Trial:
    """A trial with one value per epoch, which took 2 seconds per epoch."""
    epochs = {
        epoch: {"val_accuracy": value, "images": 64.0, "seconds": 2.0}
        for epoch, value in enumerate(values, start=1)
    }
    reason = "loss is nan at epoch 2" if state == "failed" else ""
    return Trial(number, {**PLAN.default, **params}, epochs, state, reason)


def finished_trials(n: int = 20) -> list[Trial]:
    """Trials of a search: trial 4 failed, every third one is complete, and trial 9 is the best."""
    rng = np.random.default_rng(0)
    trials = []
    for number in range(n):
        value = 0.5 + 0.1 * (number == 9) + 0.01 * rng.random()
        params = {name: draw_value(SPACE[name], rng) for name in SPACE} if number else {}
        state: State = "complete" if number % 3 == 0 else "stopped"
        curve = [value - 0.2 / epoch for epoch in range(1, 7 if state == "complete" else 3)]
        if number == 4:
            state, curve = "failed", [0.1]
        trials.append(make_trial(number, curve, state, **params))
    return trials


def draw_value(distribution: Any, rng: np.random.Generator) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[rng.integers(len(distribution.choices))]
    if isinstance(distribution, IntDistribution):
        return int(rng.integers(distribution.low, distribution.high + 1))
    return float(np.exp(rng.uniform(np.log(distribution.low), np.log(distribution.high))))


def fix(plan: Plan, keep: tuple[str, ...] = ()) -> Plan:
    """A plan with all hyperparameters fixed, except some."""
    fixed = {name: CategoricalDistribution([plan.default[name]]) for name in SPACE if name not in keep}
    return dataclasses.replace(plan, space={**SPACE, **fixed})


RUNS: dict[str, tuple[list[Trial], Plan]] = {
    "finished": (finished_trials(), PLAN),
    "no trial": ([], PLAN),
    "one trial": (finished_trials(1), dataclasses.replace(PLAN, trials=1)),
    "just begun": ([make_trial(0, [], "waiting")], PLAN),
    "only running": ([make_trial(n, [0.1 * n], "running") for n in range(3)], PLAN),
    "all failed": ([make_trial(n, [], "failed") for n in range(3)], PLAN),
    "diverged": ([make_trial(0, [0.2, math.nan], "failed"), make_trial(1, [0.2, 0.3], "paused")], PLAN),
    "all alike": ([make_trial(n, [0.5, 0.5], "stopped") for n in range(20)], PLAN),
    "all fixed": (finished_trials(1), fix(dataclasses.replace(PLAN, trials=1))),
    "one searched": (finished_trials(), fix(PLAN, keep=("learning_rate",))),
}
