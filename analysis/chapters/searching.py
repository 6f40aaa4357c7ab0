"""How the search went: what was searched, with what, what it cost, and its trials in pictures."""

import math

from analysis.document.conclusion import conclusion
from analysis.document.document import Block, Picture, Section, Table, Text, Time, picture
from analysis.document.wording import minutes, percent, value, without_folders
from analysis.evidence import Evidence
from analysis.figures import (
    cost,
    importance,
    learning_curves,
    optimization_history,
    parallel_coordinates,
    slices,
)
from analysis.figures.trials import reached, so_far
from models.space import points


def section(evidence: Evidence) -> Section:
    """Return the chapter on the search."""
    blocks: list[Block] = [_facts(evidence), *_gain(evidence), _space(evidence), *_failures(evidence)]
    return Section("The search", [*blocks, *_pictures(evidence)])


def _facts(evidence: Evidence) -> Table:
    plan, trials = evidence.plan, evidence.trials
    scheduler = plan.describe_scheduler()
    rungs = ", ".join(map(str, scheduler.rungs))
    epochs, images = sum(trial.epoch for trial in trials), sum(trial.images for trial in trials)
    hardware = evidence.about.hardware
    gpus = f", {hardware.gpus} GPUs" if hardware.gpus else ""
    rows: list[list[str | Time]] = [
        ["trials", so_far(trials, plan)],
        ["proposed by", f"{plan.sampler}, seed {plan.seed}"],
        ["scheduler", f"{plan.scheduler}: up to {plan.epochs} epochs, compared at {rungs}; {scheduler.rule}"],
        ["images", f"{plan.train_images:,} for training, {plan.validation_images:,} for validation"],
        ["trained", f"{epochs:,} epochs, {images:,} images"],
        ["time", Time(_time(evidence))],
        ["hardware", f"{hardware.name}, {hardware.cores} cores{gpus}; {plan.slots} trials at a time"],
    ]
    if evidence.best:
        best = evidence.best
        rows.insert(1, ["best", f"trial {best.number}, {percent(best.value)} after {best.epoch} epochs"])
    if plan.weights:
        weights = f"{plan.weights.path or 'Keras’s ImageNet weights'}, blocks 1 to {plan.weights.blocks}"
        rows.append(["pretrained weights", without_folders(weights)])
    if plan.parent:
        rows.append(["goes on from", f"{plan.parent.run}, trial {plan.parent.trial}"])
    return Table(("", ""), "ll", rows, "What was searched, and what it cost")


def _time(evidence: Evidence) -> str:
    spent = f"{minutes(sum(trial.seconds for trial in evidence.trials))} of training, all trials together"
    wall = cost.wall_seconds(evidence.folder / "journal.log")
    return f"{spent}; {minutes(wall)} from the first trial's start to the last one's end" if wall else spent


def _gain(evidence: Evidence) -> list[Block]:
    measured, gain = evidence.measured, evidence.gain
    if not measured or not gain:
        return []
    return [
        Text(
            "The best of many trials is partly the luckiest on the images that it was chosen with. So it "
            f"was measured again, with the default, on {measured.images:,} validation images that the "
            f"search did not use: best {percent(measured.best)}, default {percent(measured.default)}. "
            f"In a sentence: {conclusion('best', 'default', gain, gain.p)}."
        )
    ]


def _space(evidence: Evidence) -> Table:
    plan, best = evidence.plan, evidence.best
    rows = [
        [
            name,
            "fixed" if each.single() else points.format_distribution(each),
            value(plan.default[name]),
            value(best.params[name]) if best else "–",
        ]
        for name, each in plan.space.items()
    ]
    columns = ("hyperparameter", "searched", "default", "best")
    return Table(columns, "llll", rows, "The search space; the default was the first trial")


def _failures(evidence: Evidence) -> list[Block]:
    failed = [trial for trial in evidence.trials if trial.state == "failed"]
    if not failed:
        return []
    rows = [[str(each.number), str(each.epoch), without_folders(each.reason)] for each in failed]
    return [Table(("trial", "epochs", "why it failed"), "rrl", rows, "Trials that failed")]


def _pictures(evidence: Evidence) -> list[Picture]:
    trials, plan = evidence.trials, evidence.plan
    wall = cost.wall_seconds(evidence.folder / "journal.log")
    return [
        picture("learning-curves", learning_curves.figure(trials, plan), _close(evidence)),
        picture("optimization-history", optimization_history.figure(trials, plan), _progress(evidence)),
        picture(
            "parallel-coordinates",
            parallel_coordinates.figure(trials, plan),
            "Each line from top to bottom is one trial. See where the dark lines run together: these "
            "values the good trials share. Where they spread over the whole width, the value mattered "
            "little.",
        ),
        picture(
            "slices",
            slices.figure(trials, plan),
            "One hyperparameter a panel. See in which panels the upper edge of the marks rises or falls "
            "along the axis; and whether the best lies at an end, where a wider range might hold a better "
            "one.",
        ),
        picture(
            "importance",
            importance.figure(trials, plan),
            "See which bars, if any, rise above the grey one behind them: these hyperparameters decided "
            "which trials were among the best. The others may matter too; these trials do not show it.",
        ),
        picture(
            "cost",
            cost.figure(trials, plan, wall),
            "See where the time went: short bars are trials that were stopped early, and their share of "
            "the sum is the price of looking widely.",
        ),
    ]


def _close(evidence: Evidence) -> str:
    """Return how many trials cannot be told from the best: what one is to see in the learning curves."""
    best, images = evidence.best, evidence.plan.validation_images
    if best is None:
        return "No trial has finished an epoch yet."
    there = [trial for trial in reached(evidence.trials, best.epoch) if trial.number != best.number]
    two = 2 * math.sqrt(best.value * (1 - best.value) / images)
    near = sum(trial.value_at(best.epoch) >= best.value - two for trial in there)
    return (
        f"See whether the best stands clear at the right end. Of {len(there)} other trials that reached "
        f"epoch {best.epoch}, {near} came within {100 * two:.1f} points of it, two standard errors on "
        f"{images:,} images: so close that these images alone do not tell which is better."
    )


def _progress(evidence: Evidence) -> str:
    history = optimization_history.best_so_far(evidence.trials)
    if not history:
        return "No trial has a value yet."
    last = next(number for number, value in history if value == history[-1][1])
    after = evidence.trials[-1].number - last
    return (
        f"See when the line last rises: the best so far is trial {last}'s, and the {after} trials proposed "
        "after it brought none that is better. A line that still rises at the right end asks for more "
        "trials."
    )
