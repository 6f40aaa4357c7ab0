"""The chapter on the search: its space, its settings, its cost, and its trials in pictures."""

import math

from analysis.document.conclusion import conclusion
from analysis.document.document import Block, Picture, Section, Table, Text, Time, picture
from analysis.document.wording import minutes, percent, value, without_folders
from analysis.evidence import Evidence
from analysis.figures import (
    cost,
    front,
    importance,
    learning_curves,
    optimization_history,
    parallel_coordinates,
    slices,
)
from analysis.figures.trials import progress, reached
from models.space import points
from search.algorithm import objectives


def section(evidence: Evidence) -> Section:
    """Return the chapter."""
    blocks: list[Block] = [_facts(evidence), *_gain(evidence), _space(evidence), *_failures(evidence)]
    return Section("The search", [*blocks, *_front(evidence), *_pictures(evidence)])


def _facts(evidence: Evidence) -> Table:
    plan, trials = evidence.plan, evidence.trials
    scheduler = plan.describe_scheduler()
    rungs = ", ".join(map(str, scheduler.rungs))
    epochs, images = sum(trial.epoch for trial in trials), sum(trial.images for trial in trials)
    hardware = evidence.run_record.hardware
    gpus = f", {hardware.gpus} GPUs" if hardware.gpus else ""
    rows: list[list[str | Time]] = [
        ["trials", progress(trials, plan)],
        ["sampler", f"{plan.sampler}, seed {plan.seed}"],
        ["scheduler", f"{plan.scheduler}: up to {plan.epochs} epochs, compared at {rungs}; {scheduler.rule}"],
        ["images", f"{plan.train_images:,} for training, {plan.validation_images:,} for validation"],
        ["trained", f"{epochs:,} epochs, {images:,} images"],
        ["time", Time(_time(evidence))],
        ["hardware", f"{hardware.name}, {hardware.cores} cores{gpus}; {plan.slots} trials at a time"],
    ]
    if evidence.best:
        best = evidence.best
        rows.insert(
            1,
            ["best", f"trial {best.number}, {plan.measure} {percent(best.value)} after {best.epoch} epochs"],
        )
    if plan.weights:
        weights = f"{plan.weights.path or 'Keras’s ImageNet weights'}, {plan.weights.content}"
        rows.append(["pretrained weights", without_folders(weights)])
    if plan.at_most:
        limits = ", ".join(objectives.in_words(name, limit) for name, limit in plan.at_most.items())
        rows.append(["limits", f"a model of more than {limits} was not trained"])
    if plan.parent:
        rows.append(["fine-tuned from", f"{plan.parent.run}, trial {plan.parent.trial}"])
    return Table(("", ""), "ll", rows, "What was searched, and what it cost")


def _time(evidence: Evidence) -> str:
    spent = f"{minutes(sum(trial.seconds for trial in evidence.trials))} of training in all trials"
    wall = cost.wall_seconds(evidence.folder / "journal.log")
    duration = f"; {minutes(wall)} from the start of the first trial to the end of the last" if wall else ""
    return spent + duration


def _gain(evidence: Evidence) -> list[Block]:
    measured, gain = evidence.unused_validation, evidence.gain
    if not measured or not gain:
        return []
    best, default = percent(measured.best), percent(measured.default)
    return [
        Text(
            "The best of many trials is partly the luckiest one on the images that it was chosen with. So "
            f"the best and the default were measured again on {measured.images:,} validation images that "
            f"the search did not use: {evidence.plan.measure} of the best {best}, of the default {default}. "
            f"Conclusion: {conclusion('best', 'default', gain, gain.p)}."
        )
    ]


def _space(evidence: Evidence) -> Table:
    plan, best = evidence.plan, evidence.best
    rows = [
        [
            name,
            "fixed" if distribution.single() else points.format_distribution(distribution),
            value(plan.default[name]),
            value(best.params[name]) if best else "–",
        ]
        for name, distribution in plan.space.items()
    ]
    columns = ("hyperparameter", "searched", "default", "best")
    return Table(columns, "llll", rows, "The search space; the default configuration was the first trial")


def _front(evidence: Evidence) -> list[Block]:
    """Return the table and the picture of the front, of a search with two objectives."""
    second = evidence.plan.cost
    if not second:
        return []
    rows = [
        [
            str(trial.number),
            percent(trial.value),
            objectives.in_words(second, objectives.cost_of(trial, second)),
            points.format_params(trial.params),
        ]
        for trial in objectives.front(evidence.trials, second)
    ]
    caption = (
        "The front: trials of full length that no other one beats in both objectives. Choose by what the use "
        "allows. Neighbours whose accuracies differ by less than the uncertainty may be equally good."
    )
    return [
        Table(("trial", evidence.plan.objective, second, "hyperparameters"), "rrrl", rows, caption),
        picture(
            "front",
            front.figure(evidence.trials, evidence.plan),
            "See where the line stops rising: beyond that, more of the cost bought no accuracy here.",
        ),
    ]


def _failures(evidence: Evidence) -> list[Block]:
    failed = [trial for trial in evidence.trials if trial.state == "failed"]
    if not failed:
        return []
    rows = [[str(trial.number), str(trial.epoch), without_folders(trial.reason)] for trial in failed]
    return [Table(("trial", "epochs", "reason"), "rrl", rows, "Failed trials")]


def _pictures(evidence: Evidence) -> list[Picture]:
    trials, plan = evidence.trials, evidence.plan
    wall = cost.wall_seconds(evidence.folder / "journal.log")
    return [
        picture("learning-curves", learning_curves.figure(trials, plan), _curves_caption(evidence)),
        picture(
            "optimization-history", optimization_history.figure(trials, plan), _history_caption(evidence)
        ),
        picture(
            "parallel-coordinates",
            parallel_coordinates.figure(trials, plan),
            "Each line from top to bottom is one trial. See where the dark lines are close together: the "
            "good trials share these values. Where they spread over the whole width, the value mattered "
            "little.",
        ),
        picture(
            "slices",
            slices.figure(trials, plan),
            "One panel for each hyperparameter. See in which panels the upper edge of the marks rises or "
            "falls along the axis, and whether the best is at one end: then a wider range might contain a "
            "better value.",
        ),
        picture(
            "importance",
            importance.figure(trials, plan),
            "See which bars, if any, are longer than the grey one behind them: these hyperparameters decided "
            "which trials were among the best. The others may matter too, but these trials do not show it.",
        ),
        picture(
            "cost",
            cost.figure(trials, plan, wall),
            "See where the time was spent: short bars are trials that were stopped early, and their share of "
            "the sum is the price of trying many configurations.",
        ),
    ]


def _curves_caption(evidence: Evidence) -> str:
    """Return a caption that says how many trials cannot be distinguished from the best."""
    best, images = evidence.best, evidence.plan.validation_images
    if best is None:
        return "No trial has finished an epoch yet."
    others = [trial for trial in reached(evidence.trials, best.epoch) if trial.number != best.number]
    margin = 2 * math.sqrt(best.value * (1 - best.value) / images)
    close = sum(trial.value_at(best.epoch) >= best.value - margin for trial in others)
    return (
        f"See whether the best is clearly above the others at the right end. Of {len(others)} other trials "
        f"that reached epoch {best.epoch}, {close} came within {100 * margin:.1f} points of it (two standard "
        f"errors on {images:,} images). Of values so close, these images alone do not show which is better."
    )


def _history_caption(evidence: Evidence) -> str:
    history = optimization_history.best_so_far(evidence.trials, evidence.plan)
    if not history:
        return "No trial has a value yet."
    last = next(number for number, value in history if value == history[-1][1])
    later = evidence.trials[-1].number - last
    return (
        f"See where the line rises for the last time: the best so far is trial {last}, and none of the "
        f"{later} later trials is better. If the line still rises at the right end, more trials may help."
    )
