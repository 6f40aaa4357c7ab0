"""What the best and the default came to with several seeds, on the test images, and how sure that is."""

from collections.abc import Mapping

from analysis.document.conclusion import conclusion
from analysis.document.document import Block, Notice, Picture, Section, Table, Text, Time, picture
from analysis.document.wording import listed, minutes, p_value, percent, span, without_folders
from analysis.evidence import Evidence, Tested
from analysis.figures import accuracies, retraining
from analysis.retraining.record import Record
from analysis.retraining.trainings import Training
from analysis.statistics import bootstrap
from analysis.statistics.intervals import over_seeds, paired, wilson
from search.algorithm.trial import OBJECTIVE


def section(evidence: Evidence) -> Section | None:
    """Return the chapter on the retraining; None where nothing was retrained."""
    record, tested = evidence.record, evidence.tested
    if record is None:
        return None
    seeds = listed([str(seed) for seed in record.seeds])
    blocks: list[Block] = [
        Text(
            "Each configuration was trained again from the beginning, on the training split alone: "
            f"{record.epochs} epochs of {record.train_images:,} images, seeds {seeds}."
        )
    ]
    if len(tested) > 1:
        blocks += _against_default(tested)
    if tested:
        blocks.append(_configurations(tested))
    blocks += [*_failures(record), _trainings(record), *_pictures(record, tested)]
    return Section("Retrained and tested", blocks)


def best_over_default(tested: Mapping[str, Tested]) -> str:
    """Return the sentence that the tests allow on the best and the default."""
    difference = bootstrap.over_seeds_and_images(tested["best"].right, tested["default"].right)
    return conclusion("best", "default", difference, difference.p)


def summary(tested: Tested) -> str:
    """Return a configuration's test accuracy with the interval that it has."""
    seeds, images = over_seeds(tested.accuracies), tested.right.shape[1]
    if seeds.interval:
        how = f"mean of {seeds.seeds} seeds; 95 % interval over seeds {span(seeds.interval)} %"
    else:
        how = f"one seed; 95 % interval on these images {span(wilson(int(tested.right.sum()), images))} %"
    return f"{percent(seeds.mean)} of the {images:,} test images ({how})"


def _against_default(tested: Mapping[str, Tested]) -> list[Block]:
    best, default = tested["best"], tested["default"]
    every = bootstrap.over_seeds_and_images(best.right, default.right)
    kept = paired(best.right_of_kept, default.right_of_kept)
    return [
        Text(
            f"In a sentence: {conclusion('best', 'default', every, every.p)}. That compares the mean "
            "accuracies over seeds, on the same images, by a bootstrap over seeds and images (p-value "
            f"{p_value(every.p)})."
        ),
        Text(
            "Of each configuration the model with the highest validation accuracy is kept: seed "
            f"{best.kept.seed} of the best, seed {default.kept.seed} of the default. Between these two "
            f"alone: {conclusion('best', 'default', kept, kept.p)} (McNemar's exact test, p-value "
            f"{p_value(kept.p)})."
        ),
    ]


def _failures(record: Record) -> list[Block]:
    lost = [
        f"{each.name} with seed {training.seed}"
        for each in record.configurations
        for training in each.trainings
        if training.failed
    ]
    return [Notice(f"Failed, and in no mean: {listed(lost)}.")] if lost else []


def _configurations(tested: Mapping[str, Tested]) -> Table:
    rows: list[list[str | Time]] = []
    for name, each in tested.items():
        seeds, images = over_seeds(each.accuracies), each.right.shape[1]
        trainings = each.configuration.trainings
        rows.append(
            [
                f"{name}, trial {each.configuration.trial}",
                str(seeds.seeds),
                percent(seeds.mean),
                "–" if seeds.deviation is None else f"{100 * seeds.deviation:.2f}",
                span(seeds.interval) if seeds.interval else "–",
                span(wilson(round(seeds.mean * images), images)),
                f"{each.configuration.parameters:,}",
                Time(minutes(sum(one.seconds for one in trainings) / len(trainings))),
            ]
        )
    columns = ("configuration", "seeds", "mean", "deviation", "95 % over seeds", "95 % on the images")
    return Table(
        (*columns, "parameters", "a training"),
        "lrrrrrrr",
        rows,
        "Accuracy on the test images: mean and standard deviation (points) over seeds; the interval of the "
        "mean over seeds (Student's t), and that of the mean on so many images (Wilson)",
    )


def _trainings(record: Record) -> Table:
    rows = [
        [f"{each.name}, seed {training.seed}", *_training(training, record)]
        for each in record.configurations
        for training in each.trainings
    ]
    columns = ("training", "epochs", "validated", "tested", "95 % on the images", "")
    return Table(columns, "lrrrrl", rows, "Accuracy of every training after its last epoch")


def _training(training: Training, record: Record) -> list[str]:
    validation = percent(training.value) if training.epochs else "–"
    known = [f"{len(training.epochs)} of {record.epochs}", validation]
    if training.logits is None:
        why = f"failed: {without_folders(training.failed)}" if training.failed else "not tested"
        return [*known, "–", "–", why]
    right = int((training.logits.argmax(axis=1) == record.labels).sum())
    images = len(training.logits)
    return [*known, percent(right / images), span(wilson(right, images)), ""]


def _pictures(record: Record, tested: Mapping[str, Tested]) -> list[Picture]:
    curves = {
        each.name: [
            {epoch: metrics[OBJECTIVE] for epoch, metrics in training.epochs.items()}
            for training in each.trainings
        ]
        for each in record.configurations
    }
    drawn = [
        picture(
            "retraining",
            retraining.figure(curves),
            "See how far the lines of one panel lie apart: so much is chance, in the weights that a "
            "training begins with and in the order of its images. A difference of that size between panels "
            "says little.",
        )
    ]
    if tested:
        images = next(iter(tested.values())).right.shape[1]
        shown = {name: each.accuracies for name, each in tested.items()}
        drawn.append(
            picture(
                "test-accuracy",
                accuracies.figure(shown, images),
                "See whether the circles of one row overlap with those of another, and how wide the "
                "intervals are beside the distance of the means.",
            )
        )
    return drawn
