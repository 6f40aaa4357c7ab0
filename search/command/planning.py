"""From the options of a search to the plan of a run: what is asked for, checked against what there is."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution

import data
import models
from data.terminal.arguments import shortened
from models import Study
from models.parts import pretrained as weights
from models.parts.keras_import import BackendError, backend
from models.space import points
from search.algorithm import samplers, schedulers
from search.algorithm.objectives import COSTS, ObjectiveError, parse
from search.command import budget, subject
from search.executors.workers import room
from search.options import OptionError, SearchOptions
from search.runs import parent
from search.runs.plan import Parent, Plan, PretrainedWeights
from search.runs.provenance import Hardware


def make_plan(name: str, options: SearchOptions, hardware: Hardware) -> Plan:
    """Return the plan of a search.

    Args:
        name: of the study, or its file.
        options: what is asked of the search.
        hardware: that it will run on.

    Raises:
        OptionError, PointError: a value is not in the space, or more images or GPUs are asked for than there
        are. RunNotFound: the run that it goes on from does not exist. WeightsError: pretrained weights are
        not available.
    """
    study = models.load(name)
    file = subject.file_of(name)
    name = subject.name_of(name)
    _check_use(name, study, options)
    before = parent.find(options.runs, options.parent, name, study) if study.parent else None
    dataset = subject.dataset_of(name, study, options.dataset, before)
    pretrained = _pretrained(study, options, before) if study.base else None
    inherited = before.plan if before else None
    gpu = hardware.gpus > 0
    gpus = options.gpus_per_trial or 1.0
    sizes = data.sizes(dataset)
    slots = _slots(options, hardware, gpus)
    space = _space(study, options, gpu, pretrained, before)
    train_images = _train_images(study, options, dataset, inherited, gpu=gpu)
    _check_batch(space, train_images, given=options.train_images is not None)
    epochs = options.epochs or budget.epochs(study, gpu=gpu)
    objective, cost = _objectives(options)
    sampler, scheduler = _strategy(options, cost)
    free = {name: values for name, values in space.items() if not values.single()}
    check_sampler(sampler, free, options.trials)
    return Plan(
        study=name,
        trials=options.trials,
        epochs=epochs,
        train_images=train_images,
        validation_images=inherited.validation_images
        if inherited
        else budget.validation_images(sizes["validation"], gpu=gpu),
        seed=_seed(options, inherited),
        sampler=sampler,
        space=space,
        default=points.default_params(study, space),
        gpu=gpu,
        gpus_per_trial=gpus if gpu else 0.0,
        threads=max(1, min(hardware.cores // slots, hardware.node_cores)),
        concurrent=slots,
        backend=_backend(),
        scheduler=scheduler,
        scheduler_settings=schedulers.settings(scheduler, epochs),
        weights=pretrained,
        parent=before,
        dataset=dataset,
        origin=data.origin(dataset),
        study_file=file,
        max_concurrent=options.concurrent,
        objective=objective,
        cost=cost,
        at_most=dict(options.at_most),
    )


def _objectives(options: SearchOptions) -> tuple[str, str]:
    """Return the metric that is maximized, and the second objective or "".

    Raises:
        OptionError: there is no such objective, or a limit is of none.
    """
    for name, limit in options.at_most.items():
        if name not in COSTS:
            raise OptionError(f"--at-most {shortened(name)}: it is one of {', '.join(COSTS)}")
        if not 0 < limit < math.inf:
            raise OptionError(f"--at-most {name}={limit:g}: it is above 0")
    try:
        return parse(options.objective)
    except ObjectiveError as error:
        raise OptionError(f"--objective {shortened(options.objective)}: {error}") from None


def _strategy(options: SearchOptions, cost: str) -> tuple[str, str]:
    """Return the sampler and the scheduler: those asked for or, with two objectives, ones that know both.

    Raises:
        OptionError: the sampler knows one objective only.
    """
    if not cost:
        return options.sampler, options.scheduler
    sampler = "tpe" if options.sampler == samplers.DEFAULT else options.sampler
    if sampler not in samplers.OF_TWO_OBJECTIVES:
        valid = ", ".join(samplers.OF_TWO_OBJECTIVES)
        raise OptionError(f"--sampler {sampler}: it knows one objective; with {options.objective}: {valid}")
    # The default scheduler spends epochs where it expects the best accuracy: at one end of the front.
    return sampler, "halving" if options.scheduler == schedulers.DEFAULT else options.scheduler


def for_session(plan: Plan, hardware: Hardware, *, most: int | None, local: bool) -> Plan:
    """Return the plan of a run that goes on on this hardware: only the number of workers is chosen anew.

    Args:
        plan: of the run.
        hardware: that it goes on on.
        most: trials at a time that are asked for now; None for what was asked for when the run was started.
        local: whether trials are trained in this process, one at a time.

    Raises:
        OptionError: more is asked for than the GPUs have room for.
    """
    _check_concurrent(most, local=local)
    # Where a run on GPUs goes on without one, its first worker says so.
    gpus = plan.gpus_per_trial if plan.gpu and hardware.gpus else 0.0
    _check_gpu_room(most, hardware, gpus)
    most = most or plan.max_concurrent
    workers = room(hardware, threads=plan.threads, gpus=gpus, most=most)
    return replace(plan, concurrent=1 if local else workers.number, max_concurrent=most)


def _check_concurrent(most: int | None, *, local: bool) -> None:
    if local and most is not None:
        raise OptionError("--concurrent: --local trains one trial at a time, in this process")


def _check_gpu_room(most: int | None, hardware: Hardware, gpus: float) -> None:
    if most and gpus and most > (places := int(hardware.gpus / gpus)):
        raise OptionError(f"--concurrent {most}: the GPUs here have room for {places}")


def _check_use(name: str, study: Study, options: SearchOptions) -> None:
    """Raise an OptionError for an option that the study has no use for."""
    if options.weights is not None and not study.base:
        raise OptionError(f"--weights: {name} starts from random weights and has no use for it")
    if options.parent is not None and not study.parent:
        raise OptionError(f"--parent: {name} goes on from no other run and has no use for it")
    for flag, value, entries in (
        ("sampler", options.sampler, samplers.SAMPLERS),
        ("scheduler", options.scheduler, schedulers.SCHEDULERS),
    ):
        if value not in entries:
            raise OptionError(f"--{flag} {value}: it is one of {', '.join(entries)}")


def _pretrained(study: Study, options: SearchOptions, before: Parent | None) -> PretrainedWeights:
    """Return the pretrained weights that a study begins with: its parent's, unless others are given."""
    path = options.weights
    recorded = before.plan.weights if before else None
    if recorded and recorded.path and path is None:
        path = Path(recorded.path)
    chosen = PretrainedWeights(**weights.read(path, _backbones(study, options, recorded)).record())
    if before and recorded and chosen.fingerprint != recorded.fingerprint:
        raise OptionError(f"--weights {path}: {before.run} was trained on other weights")
    return chosen


def _backbones(study: Study, options: SearchOptions, recorded: PretrainedWeights | None) -> list[str]:
    """Return the backbones that need weights: those of the parent, the one of --set, or all of the study."""
    if recorded:
        return list(recorded.backbones)
    if study.backbones and "backbone" in options.fixed:
        fixed = options.fixed["backbone"]
        whole = {"backbone": study.space["base"]["backbone"]}
        points.fix_params(whole, whole, _assignments({"backbone": fixed}))  # before anything is downloaded
        return [str(fixed)]
    return list(study.backbones)


def _space(
    study: Study,
    options: SearchOptions,
    gpu: bool,
    pretrained: PretrainedWeights | None,
    before: Parent | None,
) -> dict[str, BaseDistribution]:
    """Return the space: as narrowed for the hardware and the weights, inherited, and fixed with --set."""
    space, whole = study.distributions(gpu=gpu), study.distributions(gpu=True)
    if pretrained:
        space, whole = (
            weights.narrow_space(values, pretrained.backbones, pretrained.blocks, pretrained.path)
            for values in (space, whole)
        )
    if before:
        sections = study.space["base"].keys() | study.space["model"].keys()
        decided = {name: value for name, value in before.params.items() if name in sections}
        for name, value in options.fixed.items():
            if name in decided:
                raise OptionError(f"--set {name}={value}: {before.run} has decided it already")
        space = points.fix_params(space, whole, _assignments(decided))
    return points.fix_params(space, whole, _assignments(options.fixed))


def _assignments(values: Mapping[str, object]) -> list[str]:
    return [f"{name}={value}" for name, value in values.items()]


def _train_images(
    study: Study, options: SearchOptions, dataset: str, inherited: Plan | None, *, gpu: bool
) -> int:
    images = data.sizes(dataset)["training"]
    if options.train_images and options.train_images > images:
        raise OptionError(f"--train-images {options.train_images}: {dataset} has {images:,} training images")
    available = inherited.train_images if inherited else images
    return options.train_images or budget.train_images(available, study, gpu=gpu)


def _seed(options: SearchOptions, inherited: Plan | None) -> int:
    if options.seed is not None:
        return options.seed
    return inherited.seed if inherited else 0


def _slots(options: SearchOptions, hardware: Hardware, gpus: float) -> int:
    """Return how many trials run at a time."""
    if options.gpus_per_trial and gpus > hardware.gpus:
        raise OptionError(f"--gpus-per-trial {gpus:g}: there are {hardware.gpus} GPUs here")
    if options.local:
        _check_concurrent(options.concurrent, local=True)
        if options.address is not None:
            raise OptionError("--address: --local trains one trial at a time, in this process")
        return 1
    gpus = gpus if hardware.gpus else 0.0
    _check_gpu_room(options.concurrent, hardware, gpus)
    return room(hardware, threads=1, gpus=gpus, most=options.concurrent).number


def _check_batch(space: Mapping[str, BaseDistribution], images: int, *, given: bool) -> None:
    """Raise an OptionError where a trial would have no whole batch in an epoch."""
    sizes = _batch_sizes(space)
    if images < max(sizes):
        largest = max((size for size in sizes if size <= images), default=None)
        hint = f"; --set batch_size={largest}" if largest else ""
        subject = f"--train-images {images}" if given else f"{images} training images"
        raise OptionError(f"{subject}: less than one batch of {max(sizes)} (batch_size){hint}")


def _batch_sizes(space: Mapping[str, BaseDistribution]) -> list[int]:
    """Return the sizes of a batch that a space has; of a range, its ends."""
    sizes = space.get("batch_size")
    if isinstance(sizes, CategoricalDistribution):
        return [int(size) for size in sizes.choices]  # type: ignore[arg-type]
    if isinstance(sizes, IntDistribution):
        return [sizes.low, sizes.high]
    return [points.FIT_DEFAULTS["batch_size"]]


def check_sampler(name: str, free: Mapping[str, BaseDistribution], trials: int) -> None:
    """Raise an OptionError where a sampler cannot suggest so many trials here.

    Args:
        name: of the sampler.
        free: the hyperparameters that are searched.
        trials: how many there will be.
    """
    try:
        samplers.check(name, free, trials)
    except samplers.SamplerError as error:
        raise OptionError(str(error)) from None


def _backend() -> str:
    try:
        return backend()
    except BackendError as error:
        raise OptionError(str(error)) from None
