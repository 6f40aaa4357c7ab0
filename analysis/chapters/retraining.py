"""The chapter on the retraining: test accuracy of the best and the default, with intervals."""

from collections.abc import Mapping

from analysis.document.conclusion import conclusion, reach
from analysis.document.document import Block, Notice, Picture, Section, Table, Text, Time, picture
from analysis.document.wording import listed, minutes, p_value, percent, share, span, without_folders
from analysis.evidence import Evidence
from analysis.figures import accuracies, retraining
from analysis.retraining.record import Record
from analysis.retraining.tested import Tested, tested_of
from analysis.retraining.trainings import Training
from analysis.statistics import seeds_and_images
from analysis.statistics.intervals import over_seeds
from search.algorithm import class_means


def section(evidence: Evidence) -> Section | None:
    """Return the chapter; None if nothing was retrained."""
    record, tested = evidence.record, evidence.tested
    if record is None:
        return None
    blocks: list[Block] = [Text(_trained(record))]
    if len(tested) > 1:
        blocks += _against_default(tested)
    if tested:
        blocks.append(_configurations(tested))
    blocks += [*_failures(record), _trainings(record), *_pictures(record, tested)]
    return Section("Retrained and tested", [*blocks, *_others(evidence)])


def _trained(record: Record) -> str:
    """Return what was trained, and on which images."""
    seeds = listed([str(seed) for seed in record.seeds])
    splits, unknown = "training split alone", ""
    if record.with_validation:
        splits = "training and validation splits"
        unknown = (
            " The validation images were trained on, so there is no validation accuracy; the model with the "
            f"{record.chosen_by} is kept."
        )
    return (
        f"Each configuration was trained again from the beginning, on the {splits}: {record.epochs} epochs "
        f"of {record.train_images:,} images, seeds {seeds}.{unknown}"
    )


def _others(evidence: Evidence) -> list[Block]:
    """Return a table of this retraining and of those before it, which had other images or epochs."""
    records = [record for record in (evidence.record, *evidence.earlier) if record]
    rows = [
        [record.images, str(record.epochs), name, summary(result)]
        for record in records
        for name, result in tested_of(record).items()
    ]
    if not evidence.earlier or not rows:
        return []
    columns = ("trained on", "epochs", "configuration", "test accuracy")
    return [Table(columns, "lrll", rows, "All retrainings of this run, the latest first")]


def best_over_default(tested: Mapping[str, Tested]) -> str:
    """Return the conclusion of the comparison of the best with the default on the test images."""
    difference = tested["best"].over(tested["default"])
    return conclusion("best", "default", difference, difference.p)


def summary(tested: Tested) -> str:
    """Return a configuration's test accuracy with its confidence interval, in words."""
    seeds, images = tested.right.shape
    interval = span(tested.interval)
    if seeds > 1:
        words = f"mean of {seeds} seeds; 95 % interval over seeds and images {interval} %"
    else:
        words = f"one seed; 95 % interval of this model over images {interval} %"
    return f"{share(tested.mean, tested.measure, f'{images:,} test images')} ({words})"


def _against_default(tested: Mapping[str, Tested]) -> list[Block]:
    best, default = tested["best"], tested["default"]
    means, kept = best.over(default), best.kept_over(default)
    test = "McNemar's exact test, " if best.classes is None else ""
    return [
        Text(
            f"Conclusion: {conclusion('best', 'default', means, means.p)}. This compares the means of the "
            f"{best.measure} over seeds, on the same images (p-value {p_value(means.p)}). {reach(means)}"
        ),
        Text(
            f"Of each configuration, the model with the highest validation {best.measure} is kept: seed "
            f"{best.kept.seed} of the best, seed {default.kept.seed} of the default. Comparison of these two "
            f"models only: {conclusion('best', 'default', kept, kept.p)} ({test}p-value "
            f"{p_value(kept.p)})."
        ),
    ]


def _failures(record: Record) -> list[Block]:
    failed = [
        f"{configuration.name} with seed {training.seed}"
        for configuration in record.configurations
        for training in configuration.trainings
        if training.failed
    ]
    return [Notice(f"Failed, and not included in any mean: {listed(failed)}.")] if failed else []


def _configurations(tested: Mapping[str, Tested]) -> Table:
    measure = next(iter(tested.values())).measure
    columns = ("configuration", "seeds", "mean", "deviation", "95 % over seeds", "95 % over seeds and images")
    return Table(
        (*columns, "parameters", "one training"),
        "lrrrrrrr",
        [_configuration(name, result) for name, result in tested.items()],
        f"{measure.capitalize()} on the test images: mean and standard deviation (points) over seeds; "
        "interval of the mean for other seeds on these images (Student's t), and for other seeds and other "
        "images",
    )


def _configuration(name: str, result: Tested) -> list[str | Time]:
    seeds = over_seeds(result.accuracies)
    trainings = result.configuration.trainings
    return [
        f"{name}, trial {result.configuration.trial}",
        str(seeds.seeds),
        percent(seeds.mean),
        "–" if seeds.deviation is None else f"{100 * seeds.deviation:.2f}",
        span(seeds.interval) if seeds.interval else "–",
        span(result.interval),
        f"{result.configuration.parameters:,}",
        Time(minutes(sum(training.seconds for training in trainings) / len(trainings))),
    ]


def _trainings(record: Record) -> Table:
    rows = [
        [f"{configuration.name}, seed {training.seed}", *_training(training, record)]
        for configuration in record.configurations
        for training in configuration.trainings
    ]
    measure = record.measure
    columns = ("training", "epochs", f"validation {measure}", f"test {measure}", "95 % over images", "")
    return Table(columns, "lrrrrl", rows, f"{measure.capitalize()} of every training after its last epoch")


def _training(training: Training, record: Record) -> list[str]:
    validation = "–" if record.with_validation or not training.epochs else percent(training.value)
    cells = [f"{len(training.epochs)} of {record.epochs}", validation]
    if training.logits is None:
        remark = f"failed: {without_folders(training.failed)}" if training.failed else "not tested"
        return [*cells, "–", "–", remark]
    right, classes = training.logits.argmax(axis=1) == record.labels, record.counted_classes
    interval = seeds_and_images.accuracy(right[None], classes)
    return [*cells, percent(class_means.mean(right, classes)), span(interval), ""]


def _curves(record: Record) -> Picture:
    return picture(
        "retraining",
        retraining.figure(
            {each.name: each.curves(record.objective) for each in record.configurations}, record.measure
        ),
        "See how far apart the lines of one panel are: this is the effect of chance, in the initial weights "
        "and in the order of the images. A difference of this size between panels means little.",
    )


def _pictures(record: Record, tested: Mapping[str, Tested]) -> list[Picture]:
    pictures = [] if record.with_validation else [_curves(record)]
    if tested:
        pictures.append(
            picture(
                "test-accuracy",
                accuracies.figure(
                    {name: result.right for name, result in tested.items()},
                    record.counted_classes,
                ),
                "See whether the circles of the rows overlap, and how wide the intervals are compared "
                "with the distance between the means.",
            )
        )
    return pictures
