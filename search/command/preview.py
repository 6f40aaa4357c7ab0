"""What a search will do, in words, before it starts."""

import data
from models import Study
from models.parts.weights import PREPROCESSING
from models.space import points
from search.algorithm.objectives import in_words
from search.command import budget
from search.executors.workers import Workers, room
from search.runs.plan import Plan
from search.runs.provenance import Hardware


def opening(plan: Plan, study: Study, hardware: Hardware) -> str:
    """Return the first lines of a search: how much it trains, and what a GPU run would use."""
    dataset = plan.dataset or study.dataset
    images = data.sizes(dataset)["training"]
    subject = plan.study if dataset == study.dataset else f"{plan.study} on {dataset}"
    extent = (
        f"{plan.trials} trials of up to {plan.epochs} epochs on {plan.train_images:,} of {images:,} images"
    )
    origin = "".join(f"\n{line}" for line in [*_origin(plan), *_objectives(plan)])
    workers = _workers(plan, hardware)
    if plan.slots < plan.trials and "memory" in workers.limit:
        origin += f"\n{resources(plan, hardware)}"
    if plan.gpu:
        return f"{subject}: {extent}, on {hardware.gpus} GPUs.{origin}"
    seconds = budget.seconds(plan, hardware, budget.speed(plan, study))
    estimate = f", about {max(1, seconds / 60):.0f} min" if seconds else ""
    full = f"with a GPU: all {images:,} images, {study.max_epochs} epochs"
    return f"{subject}: {extent}, on {hardware.cores} CPU cores{estimate} ({full}).{origin}"


def resources(plan: Plan, hardware: Hardware) -> str:
    """Return how many trials run at a time, and what limits that."""
    limit = _workers(plan, hardware).limit if plan.slots < plan.trials else f"{plan.trials} trials in all"
    return f"Trials at a time: {plan.slots} ({limit})."


def _workers(plan: Plan, hardware: Hardware) -> Workers:
    gpus = plan.gpus_per_trial if plan.gpu and hardware.gpus else 0.0
    return room(hardware, threads=plan.threads, gpus=gpus, most=plan.max_concurrent)


def _origin(plan: Plan) -> list[str]:
    """Return the pretrained weights and the parent run that a search starts from."""
    lines = []
    if weights := plan.weights:
        source = weights.path or "Keras's ImageNet weights"
        content = weights.content
        if not weights.backbones:
            content = f"VGG16 {content}; they want {PREPROCESSING[weights.preprocessing]}"
        lines.append(f"Weights: {source}, {content}.")
    if parent := plan.parent:
        value = f"{parent.plan.objective} {parent.value:.4f}"
        lines.append(f"Parent: {parent.run}, trial {parent.trial}, {value}.")
    return lines


def _objectives(plan: Plan) -> list[str]:
    limits = [f"at most {in_words(name, limit)}" for name, limit in plan.at_most.items()]
    goals = [f"high {plan.objective}", *([f"low {plan.cost}"] if plan.cost else []), *limits]
    return [f"Objectives: {', '.join(goals)}"] if plan.costs or plan.balanced else []


def dry_run(plan: Plan, study: Study, hardware: Hardware) -> str:
    """Return the space, the rungs, the resources and the estimate."""
    width = max(map(len, plan.space))
    rows = ["Search space (the first trial is the default):"]
    rows += [
        f"  {name:{width}}  {points.format_distribution(values)}"
        + ("" if values.single() else f"  (default {plan.default[name]})")
        for name, values in plan.space.items()
    ]
    share = f"{plan.gpus_per_trial:g} GPU" if plan.gpu else f"{plan.threads} thread{'s' * (plan.threads > 1)}"
    scheduler = plan.describe_scheduler()
    rungs = ", ".join(map(str, scheduler.rungs))
    seconds = budget.seconds(plan, hardware, budget.speed(plan, study))
    rows += [
        f"Scheduler: {plan.scheduler}; trials are compared at epochs {rungs}; {scheduler.rule}",
        *_objectives(plan),
        f"Images: {plan.train_images:,} for training, {plan.validation_images:,} for validation",
        f"Resources: {plan.slots} trials at a time, {share} each, "
        f"of {hardware.cores} cores and {hardware.gpus} GPUs ({hardware.name})",
        f"Sampler: {plan.sampler}, seed {plan.seed}; backend {plan.backend}",
        f"Estimate: {budget.total_epochs(plan)} epochs, "
        + (f"about {max(1, seconds / 60):.0f} min" if seconds else "no time: not measured on such hardware"),
    ]
    return "\n".join(rows)
