"""Several runs compared on the same test images: which model is better, by how much, and how sure that is.

    runs/comparisons/NAME.html        one file that needs no other
                    /NAME.md          the same as Markdown, with NAME-pictures/

Every pair is compared, so the p-values are corrected for the number of pairs, and a conclusion never says
more than its interval. Nothing is trained and no test set opened: it reads what retraining has left.
"""

from collections.abc import Sequence
from pathlib import Path

from analysis.document import document
from analysis.document.document import Block, Commands, Document, Notice, Section, Table, Text, Time, picture
from analysis.document.wording import listed, minutes, p_value, percent, points, span, value, without_folders
from analysis.figures import accuracies, retraining
from analysis.pairs import Model, Pair, pairs, read_models
from analysis.statistics.intervals import over_seeds, wilson
from search.algorithm.trial import OBJECTIVE


def compare(folders: Sequence[Path], out: Path | None = None) -> Path:
    """Write the comparison of some runs; return the HTML file.

    Args:
        folders: of the runs, at least two.
        out: the HTML file; None for comparisons/NAME-NAME….html, beside the folder of the first run's study.

    Raises:
        RunError: they cannot be compared; the message says why, and what to type.
        OSError: the comparison cannot be written.
    """
    models = read_models(folders)
    if out is None:
        joined = "-".join(model.name.replace("/", "-") for model in models)
        out = folders[0].resolve().parents[1] / "comparisons" / f"{joined}.html"
    return document.write(_document(models, pairs(models)), out.resolve().parent, out.stem)


def _document(models: Sequence[Model], compared: Sequence[Pair]) -> Document:
    names = [model.name for model in models]
    return Document(
        title=f"Which is better: {listed(names, 'or')}?",
        subject=f"Comparison of the runs {listed([model.evidence.name for model in models])}",
        answer=answer(models, compared),
        opening=_warnings(models),
        sections=[
            Section("The models", [_conditions(models), _table(models), *_pictures(models), _best(models)]),
            Section(
                "Pair by pair", [*_conclusions(compared), _tests(compared), Text(_method(models, compared))]
            ),
            Section("To reproduce it", _reproducing(models)),
        ],
    )


def answer(models: Sequence[Model], compared: Sequence[Pair]) -> str:
    """Return the answer in one sentence: the differences that are shown."""
    shown = [pair.sentence for pair in compared if pair.shown]
    if len(compared) == 1:
        return f"{compared[0].sentence}."
    if not shown:
        return f"No difference between {listed([model.name for model in models])} is shown at this size."
    rest = len(compared) - len(shown)
    others = (
        f"; between the other {'pair' if rest == 1 else f'{rest} pairs'} no difference is shown"
        if rest
        else ""
    )
    return f"{'; '.join(shown)}{others}."


def _warnings(models: Sequence[Model]) -> list[Block]:
    said: list[Block] = []
    for model in models:
        opened = len(model.record.opened)
        if opened > 1:
            said.append(
                Notice(
                    f"{model.evidence.name} has opened the test set {opened} times: what was decided after "
                    "the first time could be decided knowing its result, and its accuracy may flatter."
                )
            )
        if model.record.missing:
            count = len(model.record.missing)
            again = f"python -m analysis {model.evidence.name}"
            said.append(Notice(f"{model.evidence.name} lacks {count} trainings. To go on with them:", again))
    return said


def _conditions(models: Sequence[Model]) -> Block:
    """Return whether the models were found and trained alike."""
    efforts = [_effort(model) for model in models]
    if len(set(efforts)) == 1:
        return Text(f"All were found and trained alike: {efforts[0]}.")
    each = "; ".join(f"{model.name} {effort}" for model, effort in zip(models, efforts, strict=True))
    return Notice(f"They were not found and trained alike: {each}. A difference may come from that alone.")


def _effort(model: Model) -> str:
    seeds = len(model.tested.right)
    return (
        f"{len(model.evidence.trials)} trials, then {seeds} seed{'s' * (seeds > 1)} of {model.record.epochs} "
        f"epochs on {model.record.train_images:,} images"
    )


def _table(models: Sequence[Model]) -> Table:
    columns = (
        "model",
        "test accuracy",
        "95 % over seeds",
        "95 % on the images",
        "parameters",
        "one training",
    )
    return Table(
        (*columns, "trials", "images seen", "time"),
        "lrrrrrrrr",
        [_row(model) for model in models],
        f"The best configuration of each search on the {models[0].tested.right.shape[1]:,} test images: "
        "mean over seeds, its interval over seeds (Student's t) and on so many images (Wilson); then its "
        "parameters and the time of one training, and what the search trained, all trials together",
    )


def _row(model: Model) -> list[str | Time]:
    seeds, images = over_seeds(model.tested.accuracies), model.tested.right.shape[1]
    trials, trainings = model.evidence.trials, model.tested.configuration.trainings
    return [
        model.name,
        percent(seeds.mean),
        span(seeds.interval) if seeds.interval else "– (one seed)",
        span(wilson(round(seeds.mean * images), images)),
        f"{model.tested.configuration.parameters:,}",
        Time(minutes(sum(training.seconds for training in trainings) / len(trainings))),
        str(len(trials)),
        f"{sum(trial.images for trial in trials):,}",
        Time(minutes(sum(trial.seconds for trial in trials))),
    ]


def _pictures(models: Sequence[Model]) -> list[Block]:
    curves = {
        model.name: [
            {epoch: metrics[OBJECTIVE] for epoch, metrics in training.epochs.items()}
            for training in model.tested.configuration.trainings
        ]
        for model in models
    }
    images = models[0].tested.right.shape[1]
    return [
        picture(
            "test-accuracy",
            accuracies.figure({model.name: model.tested.accuracies for model in models}, images),
            "See how far apart the means are beside the width of the intervals, and whether the circles of "
            "one model reach among those of another. What follows from it stands below, pair by pair.",
        ),
        picture(
            "learning-curves",
            retraining.figure(curves),
            "See which model learns fastest, which still rises at the end and might gain from more epochs, "
            "and how far the seeds of one model lie apart.",
        ),
    ]


def _best(models: Sequence[Model]) -> Table:
    params = [model.tested.configuration.params for model in models]
    names = list(dict.fromkeys(name for each in params for name in each))
    rows = [[name, *(value(each[name]) if name in each else "–" for each in params)] for name in names]
    columns = ("hyperparameter", *(model.name for model in models))
    return Table(columns, "l" * len(columns), rows, "The best hyperparameters that each search found")


def _conclusions(compared: Sequence[Pair]) -> list[Block]:
    return [Text(f"{pair.sentence}.") for pair in compared]


def _tests(compared: Sequence[Pair]) -> Table:
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
        for pair in compared
    ]
    columns = (
        "pair",
        "difference",
        "95 % interval",
        "p",
        "corrected",
        "kept models",
        "McNemar p",
        "corrected",
    )
    return Table(
        columns, "lrrrrrrr", rows, "Differences in points: of the means over seeds, and of the kept models"
    )


def _method(models: Sequence[Model], compared: Sequence[Pair]) -> str:
    kept = listed([f"{model.name} seed {model.tested.kept.seed}" for model in models])
    return (
        "All were tested on the same images, so they are compared image by image. The conclusions rest on "
        "the means over seeds: a bootstrap over seeds and images gives the interval and p. Beside it "
        "McNemar's exact test compares one trained model of each, the one with the highest validation "
        f"accuracy ({kept}); it knows nothing of other seeds. Corrected: for {len(compared)} pairs, by "
        "Holm's method, each kind of test by itself. The intervals are those of the single comparisons."
    )


def _reproducing(models: Sequence[Model]) -> list[Block]:
    commands = [without_folders(model.record.command) for model in models]
    runs = " ".join(model.evidence.name for model in models)
    rows = [
        [
            model.evidence.name,
            *(_short(commit) for commit in (model.evidence.about.commit, model.record.commit)),
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
