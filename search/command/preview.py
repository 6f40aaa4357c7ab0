"""What a search will do, as it is said before it starts."""

import data
from models import Study
from models.parts.weights import PREPROCESSING
from models.space import points
from search.command import budget
from search.executors.hardware import Hardware
from search.runs.plan import Plan


def opening(plan: Plan, study: Study, there: Hardware) -> str:
    """Return the first lines of a search: how much it trains, and what a GPU run would use."""
    images = data.sizes(study.dataset)["training"]
    what = f"{plan.trials} trials of up to {plan.epochs} epochs on {plan.train_images:,} of {images:,} images"
    origin = "".join(f"\n{line}" for line in _origin(plan))
    if plan.gpu:
        return f"{plan.study}: {what}, on {there.gpus} GPUs.{origin}"
    guess = budget.seconds(plan, there, study.images_per_second)
    about = f", about {max(1, guess / 60):.0f} min" if guess else ""
    full = f"with a GPU: all {images:,} images, {study.max_epochs} epochs"
    return f"{plan.study}: {what}, on {there.cores} CPU cores{about} ({full}).{origin}"


def _origin(plan: Plan) -> list[str]:
    """Return what pretrained weights and what parent run it begins with."""
    said = []
    if weights := plan.weights:
        wanted = PREPROCESSING[weights["preprocessing"]]
        source = weights["path"] or "Keras's ImageNet weights"
        said.append(f"Weights: {source}, VGG16 blocks 1 to {weights['blocks']}; they want {wanted}.")
    if parent := plan.parent:
        said.append(f"Parent: {parent['run']}, trial {parent['trial']}, val_accuracy {parent['value']:.4f}.")
    return said


def dry_run(plan: Plan, study: Study, there: Hardware) -> str:
    """Return the space, the rungs, the resources and the estimate."""
    width = max(map(len, plan.space))
    rows = ["Search space (the first trial is the default):"]
    rows += [
        f"  {name:{width}}  {points.format_distribution(each)}"
        f"{'' if each.single() else f'  (default {plan.default[name]})'}"
        for name, each in plan.space.items()
    ]
    share = f"{plan.gpus_per_trial:g} GPU" if plan.gpu else f"{plan.threads} thread{'s' * (plan.threads > 1)}"
    guess = budget.seconds(plan, there, study.images_per_second)
    rows += [
        f"Rungs: epochs {', '.join(map(str, plan.levels))}; the best 1/{plan.eta} of each go on",
        f"Images: {plan.train_images:,} for training, {plan.validation_images:,} for validation",
        f"Resources: {plan.slots} trials at a time, {share} each, "
        f"of {there.cores} cores and {there.gpus} GPUs ({there.name})",
        f"Sampler: {plan.sampler}, seed {plan.seed}; backend {plan.backend}",
        f"Estimate: {budget.total_epochs(plan)} epochs, "
        + (f"about {max(1, guess / 60):.0f} min" if guess else "no time: not measured on such hardware"),
    ]
    return "\n".join(rows)
