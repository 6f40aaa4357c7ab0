"""The comparison of several runs on the same test images: which model is better, by how much, how certain.

    runs/comparisons/NAME.html        one self-contained file
                    /NAME.md          the same as Markdown, with NAME-pictures/

Every pair is compared, so the p-values are corrected for the number of pairs, and a conclusion never claims
more than its interval allows. It reads the results of retraining; it trains nothing and opens no test set.
"""

import textwrap
from collections.abc import Sequence
from pathlib import Path

from analysis.document import document
from analysis.document.document import Block, Commands, Document, Notice, Section, Table, Text, Time, picture
from analysis.document.wording import listed, minutes, p_value, percent, points, span, value, without_folders
from analysis.figures import accuracies, retraining
from analysis.pairs import Model, Pair, pairs, read_models
from analysis.statistics.intervals import over_seeds
from search.algorithm.trial import BALANCED, OBJECTIVE

LABEL = 30  # letters a line, of a name in a picture


def compare(folders: Sequence[Path], out: Path | None = None) -> Path:
    """Write the comparison of several runs; return the HTML file.

    Args:
        folders: folders of at least two runs.
        out: the HTML file; None for comparisons/NAME-NAME….html, next to the folder of the first run's study.

    Raises:
        RunError: the runs cannot be compared; the message gives the reason and the command that helps.
        OSError: the comparison cannot be written.
    """
    models = read_models(folders)
    if out is None:
        joined = "-".join(model.name.replace("/", "-") for model in models)
        out = folders[0].resolve().parents[1] / "comparisons" / f"{joined}.html"
    return document.write(_document(models, pairs(models)), out.resolve().parent, out.stem)


def _document(models: Sequence[Model], comparisons: Sequence[Pair]) -> Document:
    names = [model.name for model in models]
    return Document(
        title=f"Which is better: {listed(names, 'or')}?",
        subject=f"Comparison of the runs {listed([model.evidence.name for model in models])}",
        answer=answer(models, comparisons),
        opening=_warnings(models),
        sections=[
            Section("The models", [conditions(models), _table(models), *_pictures(models), _best(models)]),
            Section(
                "Pair by pair",
                [*_conclusions(comparisons), _tests(comparisons), Text(_method(models, comparisons))],
            ),
            Section("How to reproduce it", _reproduction(models)),
        ],
    )


def answer(models: Sequence[Model], comparisons: Sequence[Pair]) -> str:
    """Return the answer in one sentence: the differences that are shown."""
    shown = [pair.sentence for pair in comparisons if pair.shown]
    if len(comparisons) == 1:
        return f"{comparisons[0].sentence}."
    if not shown:
        return f"No difference between {listed([model.name for model in models])} is shown at this size."
    rest = len(comparisons) - len(shown)
    others = (
        f"; between the other {'pair' if rest == 1 else f'{rest} pairs'} no difference is shown"
        if rest
        else ""
    )
    return f"{'; '.join(shown)}{others}."


def _warnings(models: Sequence[Model]) -> list[Block]:
    notices: list[Block] = []
    for model in models:
        name, openings, missing = model.evidence.name, len(model.record.opened), len(model.record.missing)
        if openings > 1:
            warning = (
                f"{name} has opened the test set {openings} times. Decisions made after the first opening "
                "may have used its result, so its accuracy may be too optimistic."
            )
            notices.append(Notice(warning))
        if missing:
            notices.append(
                Notice(
                    f"In {name}, {missing} trainings are missing. Continue with:",
                    f"python -m analysis {name}",
                )
            )
    return notices


def conditions(models: Sequence[Model]) -> Block:
    """Return whether all models had the same search and training effort."""
    efforts = [_effort(model) for model in models]
    if len(set(efforts)) == 1:
        return Text(f"All models had the same effort: {efforts[0]}.")
    differences = "; ".join(f"{model.name} {effort}" for model, effort in zip(models, efforts, strict=True))
    return Notice(f"The effort differs: {differences}. This alone may cause a difference in accuracy.")


def _effort(model: Model) -> str:
    seeds = len(model.tested.right)
    return (
        f"{len(model.evidence.trials)} trials, then {seeds} seed{'s' * (seeds > 1)} of {model.record.epochs} "
        f"epochs on {model.record.images}"
    )


def _table(models: Sequence[Model]) -> Table:
    columns = (
        "model",
        f"test {models[0].tested.measure}",
        "95 % over seeds",
        "95 % over seeds and images",
        "parameters",
        "one training",
    )
    return Table(
        (*columns, "trials", "images seen", "time"),
        "lrrrrrrrr",
        [_row(model) for model in models],
        f"The best configuration of each search on the {models[0].tested.right.shape[1]:,} test images: "
        "mean over seeds, with its interval for other seeds on these images (Student's t), and for other "
        "seeds and other images; "
        "number of parameters and time of one training; trials, images and time of the whole search",
    )


def _row(model: Model) -> list[str | Time]:
    seeds = over_seeds(model.tested.accuracies)
    trials, trainings = model.evidence.trials, model.tested.configuration.trainings
    return [
        model.name,
        percent(seeds.mean),
        span(seeds.interval) if seeds.interval else "– (one seed)",
        span(model.tested.interval),
        f"{model.tested.configuration.parameters:,}",
        Time(minutes(sum(training.seconds for training in trainings) / len(trainings))),
        str(len(trials)),
        f"{sum(trial.images for trial in trials):,}",
        Time(minutes(sum(trial.seconds for trial in trials))),
    ]


def _pictures(models: Sequence[Model]) -> list[Block]:
    # Long names in lines, so that room is left for the drawing.
    labels = {model.name: "\n".join(textwrap.wrap(model.name, LABEL)) for model in models}
    validated = [model for model in models if not model.record.with_validation]
    accuracy = picture(
        "test-accuracy",
        accuracies.figure(
            {labels[model.name]: model.tested.right for model in models}, models[0].tested.classes
        ),
        "See how far apart the means are compared with the width of the intervals, and whether the "
        "circles of the models overlap. The conclusions are below, for each pair.",
    )
    if not validated:
        return [accuracy]
    metric = OBJECTIVE if models[0].tested.classes is None else BALANCED
    others = "" if validated == models else " A model trained on the validation images has none."
    curves = picture(
        "learning-curves",
        retraining.figure(
            {labels[model.name]: model.tested.configuration.curves(metric) for model in validated},
            models[0].tested.measure,
        ),
        "See which model learns fastest, which one still improves at the end and might gain from more "
        f"epochs, and how far apart the seeds of one model are.{others}",
    )
    return [accuracy, curves]


def _best(models: Sequence[Model]) -> Table:
    best = [model.tested.configuration.params for model in models]
    names = list(dict.fromkeys(name for params in best for name in params))
    rows = [[name, *(value(params[name]) if name in params else "–" for params in best)] for name in names]
    columns = ("hyperparameter", *(model.name for model in models))
    return Table(columns, "l" * len(columns), rows, "The best hyperparameters that each search found")


def _conclusions(comparisons: Sequence[Pair]) -> list[Block]:
    return [Text(f"{pair.sentence}.") for pair in comparisons]


def _tests(comparisons: Sequence[Pair]) -> Table:
    rows = [
        [
            f"{pair.first.name} − {pair.second.name}",
            points(pair.means.estimate),
            span(pair.means.interval),
            p_value(pair.means.p),
            p_value(pair.p),
            points(pair.kept.estimate),
            p_value(pair.kept.p),
            p_value(pair.kept_p),
        ]
        for pair in comparisons
    ]
    columns = (
        "pair",
        "difference",
        "95 % interval",
        "p",
        "corrected",
        "kept models",
        "their p",
        "corrected",
    )
    return Table(
        columns, "lrrrrrrr", rows, "Differences in points: of the means over seeds, and of the kept models"
    )


def _method(models: Sequence[Model], comparisons: Sequence[Pair]) -> str:
    balanced = models[0].tested.classes is not None
    measure = "Every class counts the same, however many images it has. " if balanced else ""
    test = "the same test of one seed each" if balanced else "McNemar's exact test"
    kept = listed([f"{model.name} seed {model.tested.kept.seed}" for model in models])
    chosen_by = listed(list(dict.fromkeys(model.record.chosen_by for model in models)), "or")
    return (
        f"{measure}All models were tested on the same images, so they are compared image by image. The "
        "conclusions use the means over seeds. Their interval and p are for other seeds and other images of "
        "the same kind; only where a model has one seed, they are not for other seeds. In addition, "
        f"{test} compares one trained model of each run, the one with the {chosen_by} "
        f"({kept}); its result is not valid for other seeds. Corrected: for "
        f"{len(comparisons)} pair{'s' * (len(comparisons) > 1)} with Holm's method, for each kind of test "
        "separately. The intervals are those of the single comparisons."
    )


def _reproduction(models: Sequence[Model]) -> list[Block]:
    commands = [without_folders(model.record.command) for model in models]
    runs = " ".join(model.evidence.name for model in models)
    rows = [
        [
            model.evidence.name,
            *(_short(commit) for commit in (model.evidence.run_record.commit, model.record.commit)),
        ]
        for model in models
    ]
    fingerprint = models[0].record.test_fingerprint
    return [
        Commands([*commands, f"python -m analysis compare {runs}"]),
        Table(("run", "commit of the search", "commit of the retraining"), "lll", rows, "Commits"),
        Text(f"Test images and labels of {models[0].record.dataset}, SHA-256: {fingerprint}."),
        Text(
            "How each run was searched, its versions and its seeds stand in its own report, "
            "report/report.html."
        ),
    ]


def _short(commit: str | None) -> str:
    if not commit:
        return "–"
    return f"{commit[:12]}, and changes" if commit.endswith("-dirty") else commit[:12]
