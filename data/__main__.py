"""List the datasets, or download, verify and prepare one.

    python -m data                                                         the datasets
    python -m data cifar10 [--source PATH] [--show [PNG]]
    python -m data cats_dogs [--source PATH] [--images N] [--show [PNG]]

Results go to stdout, progress to stderr. Exit 0 done, 1 failed, 2 a usage error.
"""

import argparse
import importlib
import sys
from dataclasses import dataclass
from pathlib import Path

from data.sources.source_report import read_report, summary
from data.store.dataset import SPLITS, Dataset, dataset_folder, describe, load, names
from data.store.description import LaterFormat
from data.store.preparation import REPORT, check_images, check_source, prepare
from data.store.split import DataError
from data.terminal.arguments import command_line, count, nearest, path, shortened
from data.terminal.output import plain_output
from data.terminal.table import aligned
from data.terminal.termination import status, terminable


@dataclass(frozen=True)
class Options:
    """What the user asks for.

    Attributes:
        dataset: its name; None lists all.
        source: archive or folder to prepare it from, in place of the network.
        images: images of all splits together; None takes what is prepared, or prepares all.
        show: file of the contact sheets; None writes none.
    """

    dataset: str | None
    source: Path | None
    images: int | None
    show: Path | None


@plain_output()
def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = _parser()
    options = Options(**vars(parser.parse_args(arguments)))
    if error := _usage_error(options):
        parser.error(error)
    try:
        with terminable():
            _run(options)
    except DataError as error:
        print(f"python -m data: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as interrupt:
        print("python -m data: interrupted. The same command resumes an unfinished download", file=sys.stderr)
        return status(interrupt)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = command_line(
        "python -m data", "%(prog)s [DATASET] [options]   (--help lists them)", __doc__ or ""
    )
    add = parser.add_argument
    add(
        "dataset",
        nargs="?",
        metavar="DATASET",
        help=f"one of: {', '.join(names())}; without one, all are listed",
    )
    add("--source", type=path, metavar="PATH", help="prepare it from this archive or folder, not the network")
    add(
        "--images",
        type=count,
        metavar="N",
        help="prepare a smaller set of N images in all splits together; it replaces the prepared one",
    )
    add(
        "--show",
        nargs="?",
        const=Path(),
        type=path,
        metavar="PNG",
        help="write contact sheets of the training and validation splits (default: DATASET.png, here)",
    )
    return parser


def _usage_error(options: Options) -> str:
    if options.dataset is None:
        flags = options.source, options.images, options.show
        needless = all(value is None for value in flags)
        return "" if needless else f"--source, --images and --show need a dataset: {', '.join(names())}"
    if options.dataset not in names():
        match = nearest(options.dataset, names())
        hint = f". Did you mean {match}?" if match else ""
        return f"no dataset {shortened(options.dataset)!r}; choose from: {', '.join(names())}{hint}"
    try:
        check_source(options.source)
    except DataError as error:
        return f"--source {error}"
    try:
        check_images(options.dataset, options.images)
    except DataError as error:
        return f"--images: {error}"
    return ""


def _run(options: Options) -> None:
    if options.dataset is None:
        print(_table())
        return
    dataset = prepare(options.dataset, options.source, options.images)
    print(_summary(dataset))
    if options.show is not None:
        _show(dataset, options.show)


def _table() -> str:
    rows = [("dataset", "shape", "training + validation + test", "fingerprint", "description")]
    return aligned(rows + [_row(name) for name in names()])


def _row(name: str) -> tuple[str, str, str, str, str]:
    module = importlib.import_module(f"data.{name}")
    title = (module.__doc__ or "").partition("\n")[0].partition(": ")[2]
    try:
        images, fingerprint = _images(name), load(name).fingerprint[:16]
    except LaterFormat:
        images, fingerprint = "made by a later version", "-"
    except DataError:
        images, fingerprint = "damaged" if dataset_folder(name).exists() else "not prepared", "-"
    return name, "x".join(map(str, module.INPUT_SHAPE)), images, fingerprint, title


def _images(name: str) -> str:
    sizes = describe(name).sizes
    return " + ".join(f"{sizes[split]:,}" for split in SPLITS)


def _summary(dataset: Dataset) -> str:
    folder = dataset_folder(dataset.name)
    return "\n".join(
        [
            f"{dataset.name}: {'x'.join(map(str, dataset.input_shape))}, {len(dataset.classes)} classes",
            f"images       {_images(dataset.name)} (training + validation + test; the test split is sealed)",
            f"classes      {', '.join(dataset.classes)}",
            f"fingerprint  {dataset.fingerprint}",
            f"folder       {folder}",
            *_report_lines(folder / REPORT),
        ]
    )


def _report_lines(report: Path) -> list[str]:
    if not report.exists():
        return []
    try:
        return [*summary(read_report(report)), f"report       {report}"]
    except (OSError, ValueError) as error:
        raise DataError(
            f"{report} is damaged ({error}). Remove {report.parent} and prepare the data again"
        ) from error


def _show(dataset: Dataset, png: Path) -> None:
    """Write a contact sheet of training and of validation; the split's name follows the stem of `png`."""
    from data.store.contact_sheet import contact_sheet

    png = Path(f"{dataset.name}.png") if png == Path() else png
    for name, split in (("training", dataset.training), ("validation", dataset.validation)):
        path = png.with_name(f"{png.stem}-{name}.png")
        try:
            contact_sheet(split, dataset.classes, path)
        except OSError as error:
            raise DataError(f"cannot write {path}: {error.strerror or error}") from error
        print(f"sheet        {path}")


if __name__ == "__main__":
    sys.exit(main())
