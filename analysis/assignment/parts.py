"""The programming parts of the assignment, each answered from the newest suitable run of its study.

The assignment's text is not in this project. The docstring of each study names the part that it answers;
1 (a), 1 (b) and 2 (a) are read as the preparation of the data.
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import data
import models
from analysis import evidence as results
from analysis.chapters import explanation
from analysis.compare import conditions
from analysis.document.document import Block, Commands, Notice, Picture, Section, Table, Text, picture
from analysis.document.wording import value, without_folders
from analysis.evidence import Evidence
from analysis.figures import learning_curves, retraining
from analysis.figures.style import TEXT, new_figure
from analysis.pairs import pairs, read_models
from analysis.report import answer, missing
from data import DataError
from data.sources.source_report import read_report, summary
from data.store.dataset import dataset_folder, describe
from data.store.preparation import REPORT
from search.runs.run import RunError

Runs = dict[str, Evidence | None]  # study → its newest suitable run
COLUMNS = 8  # images of each class in a contact sheet


@dataclass(frozen=True)
class Part:
    """A part of the assignment.

    Attributes:
        number: "1 (c)".
        title: what the part asks for.
        study: whose run answers it; for the preparation of data, the name of the dataset.
        blocks: what is shown of it.
        reference: study that it is compared with.
    """

    number: str
    title: str
    study: str
    blocks: Sequence[Callable[["Part", Runs], list[Block]]]
    reference: str = ""


def newest(runs: Path, study: str) -> Evidence | None:
    """Return the newest suitable run of a study: a tested one if there is any, else one that has trained."""
    suitable = []
    for file in (runs / study).glob("*/run.json"):
        try:
            found = results.read(file.parent)
            if found.best:
                suitable.append((bool(found.tested), found.finished, file.stat().st_mtime, str(file), found))
        except RunError:
            continue  # `python -m analysis` lists it as damaged
    return max(suitable, key=lambda item: item[:-1])[-1] if suitable else None


def sections(runs: Path) -> list[Section]:
    """Return the parts in the assignment's order, under one heading for each of its two problems."""
    studies = dict.fromkeys(part.study for part in PARTS if part.study in models.names())
    found: Runs = {study: newest(runs, study) for study in studies}
    result: list[Section] = []
    for part in PARTS:
        result += _heading(part, result)
        blocks = [block for show in part.blocks for block in show(part, found)]
        result.append(Section(f"{part.number} {part.title}", blocks, level=3))
    return result


def _heading(part: Part, before: Sequence[Section]) -> list[Section]:
    title, text = PROBLEMS[part.number[0]]
    return [] if any(section.heading == title for section in before) else [Section(title, [Text(text)])]


def _unpacked(part: Part, _: Runs) -> list[Block]:
    """Where the data come from, and what was left out."""
    commands = Commands([f"python -m data {part.study}", f"python -m data {part.study} --source PATH"])
    try:
        description = describe(part.study)
    except DataError as error:
        return [commands, Notice(f"{error}")]
    lines: list[Block] = []
    if (report := dataset_folder(part.study) / REPORT).exists():
        counts = "; ".join(" ".join(line.split()) for line in summary(read_report(report)))
        lines = [
            Text(
                "Files that cannot be decoded are left out and listed, and nothing is written outside of the "
                f"cache. The source of the prepared data: {counts}."
            )
        ]
    return [
        commands,
        Text(
            "The first command downloads the published archive and verifies it; the second takes an "
            "archive or folder that is here already."
        ),
        *lines,
        Text(f"Fingerprint of the prepared data (SHA-256): {description.fingerprint}."),
    ]


def _split(part: Part, _: Runs) -> list[Block]:
    """How many images of each class are in each split, and some of them."""
    try:
        dataset, sizes = data.load(part.study), describe(part.study).sizes
    except DataError:
        return [Notice(f"{part.study} is not prepared. Prepare it with:", f"python -m data {part.study}")]
    rows = []
    for name, split in (("training", dataset.training), ("validation", dataset.validation)):
        counts = np.bincount(split.labels, minlength=len(dataset.classes))
        rows.append([name, f"{len(split):,}", f"{counts.min():,} to {counts.max():,}"])
    rows.append(["sealed test", f"{list(sizes.values())[-1]:,}", "opened after all decisions"])
    height, width, channels = dataset.input_shape
    return [
        Table(
            ("split", "images", "of each class"), "lrr", rows, f"{width}×{height} pixels, {channels} channels"
        ),
        picture(
            f"{part.study}-images",
            _contact_sheet(dataset),
            "The first images of each class in the training split. See how different the images of one class "
            "are, in size, position, light and background.",
        ),
    ]


def _contact_sheet(dataset: data.Dataset) -> Figure:
    fig = new_figure(
        f"Training images of {dataset.name}",
        "As a model sees them, before augmentation. Values of 0 to 255 are divided by 255.",
        height=1.0 + 0.85 * len(dataset.classes),
    )
    panels = fig.subplots(len(dataset.classes), COLUMNS, squeeze=False)
    for label, (name, row) in enumerate(zip(dataset.classes, panels, strict=True)):
        positions = np.flatnonzero(dataset.training.labels == label)[:COLUMNS]
        for panel in row:
            panel.set(xticks=[], yticks=[])
            panel.spines[:].set_visible(False)
        for panel, position in zip(row, positions, strict=False):
            panel.imshow(dataset.training.images[position])
        row[0].set_ylabel(name, fontsize=TEXT)
    return fig


def _search(part: Part, runs: Runs) -> list[Block]:
    """The command and the size of the search, its best hyperparameters and its learning curves."""
    run = runs[part.study]
    if run is None:
        return [_no_run(part)]
    plan, best = run.plan, run.best
    assert best
    rows = [
        [name, value(plan.default[name]), value(best.params[name]) if name in best.params else "–"]
        for name in plan.space
    ]
    return [
        Text(models.summary(part.study)),
        Commands([without_folders(run.run_record.command), f"python -m models {part.study}"]),
        Text(
            f"Run {run.name}: {len(run.trials)} of {plan.trials} trials of up to {plan.epochs} epochs on "
            f"{plan.train_images:,} training images, measured on {plan.validation_images:,} validation "
            f"images; {run.run_record.hardware.name}, {run.run_record.hardware.cores} cores."
        ),
        Table(
            ("hyperparameter", "default", "best"), "lll", rows, "The search space: default and best values"
        ),
        picture(
            f"{part.study}-learning-curves",
            learning_curves.figure(run.trials, plan),
            f"Validation {plan.measure} of every trial by epoch. See how far apart the configurations are.",
        ),
    ]


def _test(part: Part, runs: Runs) -> list[Block]:
    """The conclusion, and the curves of the retrained models."""
    run = runs[part.study]
    if run is None:
        return [] if _search in part.blocks else [_no_run(part)]
    blocks: list[Block] = [Text(f"Conclusion: {answer(run)}"), *missing(run)]
    if run.record is None:
        return blocks
    blocks = [Commands([without_folders(run.record.command)]), *blocks]
    if run.record.with_validation:
        return blocks
    chart = picture(
        f"{part.study}-retraining",
        retraining.figure(
            {item.name: item.curves(run.record.objective) for item in run.record.configurations},
            run.record.measure,
        ),
        "Each line is one seed. See whether the seeds of one panel are further apart than the panels.",
    )
    return [*blocks, chart]


def _comparison(part: Part, runs: Runs) -> list[Block]:
    """What the paired comparison with another part's run shows, and whether their effort was the same."""
    pair = [run for study in (part.study, part.reference) if (run := runs[study]) and "best" in run.tested]
    if len(pair) < 2:
        return [Text(f"A comparison with {part.reference} needs a tested run of both studies.")]
    try:
        compared = read_models([run.folder for run in pair])
    except RunError as error:
        return [Notice(f"No comparison with {part.reference}: {error}.")]
    command = f"python -m analysis compare {pair[0].name} {pair[1].name}"
    sentences = [Text(f"Compared with {part.reference}: {result.sentence}.") for result in pairs(compared)]
    return [Commands([command]), *sentences, conditions(compared)]


def _pictures_of(*names: str) -> Callable[[Part, Runs], list[Block]]:
    """Return what shows some pictures of the kept model."""

    def show(part: Part, runs: Runs) -> list[Block]:
        run = runs[part.study]
        if run is None:
            return [_no_run(part)]
        chapter = explanation.section(run)
        if chapter is None:
            gap = f"{run.name} has no kept model, so there is nothing to look into. Make it with:"
            return [Notice(gap, f"python -m analysis {run.name}")]
        blocks = [
            dataclasses.replace(block, name=f"{part.study}-{block.name}")
            if isinstance(block, Picture)
            else block
            for block in chapter.blocks
            if not isinstance(block, Picture) or block.name in names
        ]
        chosen_by = run.record.chosen_by if run.record else ""
        return [Text(f"The model of {run.name}, of its seeds the one with the {chosen_by}."), *blocks]

    return show


def _no_run(part: Part) -> Notice:
    return Notice(
        f"There is no run of {part.study} yet. Make one with the command below, then retrain it with "
        f"python -m analysis {part.study}/NAME; or make all that is missing with python -m analysis "
        "assignment --run-missing.",
        f"python -m search {part.study} --trials 50",
    )


PROBLEMS = {
    "1": (
        "Programming 1: cats and dogs",
        "Parts (a) and (b) are read as getting the photographs, and dividing and inspecting them; (c) and "
        "(d) as training a network from scratch and choosing its hyperparameters, with the test; (e) and "
        "(f) as looking into it; (g) to (i) as VGG16 with a frozen base, fine-tuned, and with "
        "augmentation.",
    ),
    "2": (
        "Programming 2: CIFAR-10",
        "Part (a) is read as loading and inspecting the data; (b) and (c) as a plain network and its "
        "tuning; (d) as inception blocks and (e) as residual blocks.",
    ),
}
_WHOLE = (_search, _test, _comparison)
PARTS = (
    Part("1 (a)", "Get and unpack the photographs", "cats_dogs", [_unpacked]),
    Part("1 (b)", "Divide and inspect them", "cats_dogs", [_split]),
    Part("1 (c)", "A convolutional network from scratch", "cats_dogs_cnn", [_search]),
    Part("1 (d)", "Its test accuracy, and what tuning gained", "cats_dogs_cnn", [_test]),
    Part(
        "1 (e)",
        "What its layers answer",
        "cats_dogs_cnn",
        [_pictures_of("activations", "filter-patterns")],
    ),
    Part("1 (f)", "Where it looks", "cats_dogs_cnn", [_pictures_of("class-activation")]),
    Part("1 (g)", "VGG16’s frozen base", "cats_dogs_vgg16", _WHOLE, "cats_dogs_cnn"),
    Part("1 (h)", "Fine-tuned", "cats_dogs_vgg16_finetuned", _WHOLE, "cats_dogs_vgg16"),
    Part("1 (i)", "With augmentation", "cats_dogs_vgg16_augmented", _WHOLE, "cats_dogs_vgg16"),
    Part("2 (a)", "Load and inspect CIFAR-10", "cifar10", [_unpacked, _split]),
    Part("2 (b)", "A plain convolutional network", "cifar_basic", [_search]),
    Part("2 (c)", "Its test accuracy, and what tuning gained", "cifar_basic", [_test]),
    Part("2 (d)", "Inception blocks", "cifar_inception", _WHOLE, "cifar_basic"),
    Part("2 (e)", "Residual blocks", "cifar_residual", _WHOLE, "cifar_basic"),
)
