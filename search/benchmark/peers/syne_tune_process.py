"""The process that runs Syne Tune, in an environment without this program: a line of JSON in, one out.

The first line names the scheduler, space, points, seed and epochs. Then each line asks for a trial
(`trial`: the number that a new one would have) or tells a value (`trial`, `epoch`, `value`).
"""

import contextlib
import datetime
import json
import logging
import os
import sys
import warnings
from typing import Any

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
with contextlib.redirect_stdout(sys.stderr):  # it says there which extras are not installed
    from syne_tune import config_space
    from syne_tune.backend.trial_status import Trial
    from syne_tune.optimizer.baselines import ASHA, MOBSTER, HyperTune

VALUE, EPOCH, EPOCHS = "value", "epoch", "epochs"
SCHEDULERS = {
    "asha": (ASHA, "promotion"),
    "asha-stopping": (ASHA, "stopping"),
    "mobster": (MOBSTER, "promotion"),
    "hyper-tune": (HyperTune, "promotion"),
}


def domain(text: str) -> Any:
    """Return an Optuna distribution, given as its JSON, in Syne Tune's words."""
    attributes = json.loads(text)["attributes"]
    if "choices" in attributes:
        return config_space.choice(list(attributes["choices"]))
    whole = "FloatDistribution" not in text
    kinds = (
        (config_space.randint, config_space.lograndint)
        if whole
        else (config_space.uniform, config_space.loguniform)
    )
    return kinds[attributes["log"]](attributes["low"], attributes["high"])


def scheduler_of(message: dict[str, Any]) -> Any:
    """Return the scheduler that the first line asks for."""
    kind, how = SCHEDULERS[message["scheduler"]]
    space = {name: domain(text) for name, text in message["space"].items()}
    return kind(
        {**space, EPOCHS: message["epochs"]}, metric=VALUE, resource_attr=EPOCH, max_resource_attr=EPOCHS,
        mode="max", type=how, random_seed=message["seed"], points_to_evaluate=[],
        search_options={"restrict_configurations": message["points"], "debug_log": False},
    )  # fmt: skip


def suggest(scheduler: Any, trials: dict[int, Any], number: int) -> dict[str, Any]:
    """Return the next trial's number and parameters."""
    suggestion = scheduler.suggest(number)
    if suggestion is None:
        return {"trial": None}
    if not suggestion.spawn_new_trial_id:
        number = suggestion.checkpoint_trial_id
        if suggestion.config is not None:
            trials[number].config = suggestion.config
        return {"trial": number}
    trials[number] = Trial(number, suggestion.config, datetime.datetime.now())
    scheduler.on_trial_add(trials[number])
    params = {name: value for name, value in suggestion.config.items() if name != EPOCHS}
    return {"trial": number, "params": params}


def tell(scheduler: Any, trial: Any, epoch: int, value: float | None, epochs: int) -> dict[str, Any]:
    """Return whether a trial goes on."""
    if value is None:
        scheduler.on_trial_error(trial)
        return {"goes_on": False}
    result = {VALUE: value, EPOCH: epoch}
    decision = scheduler.on_trial_result(trial, result)
    if decision == "CONTINUE" and epoch >= epochs:
        scheduler.on_trial_complete(trial, result)
        return {"goes_on": False}
    return {"goes_on": decision == "CONTINUE"}


def main() -> None:
    """Answer lines until there are no more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    first = json.loads(sys.stdin.readline())
    scheduler = scheduler_of(first)
    trials: dict[int, Any] = {}
    answer: dict[str, Any] = {}
    while True:
        print(json.dumps(answer), file=answers, flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        message = json.loads(line)
        if EPOCH in message:
            trial = trials[message["trial"]]
            answer = tell(scheduler, trial, message[EPOCH], message[VALUE], first[EPOCHS])
        else:
            answer = suggest(scheduler, trials, message["trial"])


if __name__ == "__main__":
    main()
