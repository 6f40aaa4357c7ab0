"""List the datasets, or download, verify and prepare one.

    python -m data                                                         the datasets
    python -m data cifar10 [--source PATH] [--show [PNG]]
    python -m data cats_dogs [--source PATH] [--images N] [--show [PNG]]
    python -m data FOLDER [--pixels N] [--fit FIT] [--show [PNG]]          pictures of your own

FOLDER, or a zip or tar archive, has one folder for each class (docs/data.md).

Results go to stdout, progress to stderr. Exit 0 done, 1 failed, 2 a usage error.
"""

import argparse
import importlib
import sys
from dataclasses import dataclass
from pathlib import Path

from data.sources.source_report import escaped, read_report, summary
from data.store.dataset import SPLITS, Dataset, dataset_folder, describe, load, names, own_names
from data.store.description import FITS, LaterFormat
from data.store.preparation import REPORT, check_images, check_source, prepare
from data.store.split import DataError
from data.terminal.arguments import command_line, count, path
from data.terminal.output import plain_output
from data.terminal.table import aligned
from data.terminal.termination import status, terminable


@dataclass(frozen=True)
class Options:
    """What the user asks for.

    Attributes:
        dataset: its name, or a folder or archive of pictures; None lists all.
        source: archive or folder to prepare it from, in place of the network.
        images: images of all splits together; None takes what is prepared, or prepares all.
        pixels: height and width to which the pictures of a folder are prepared; None: by its rule.
        fit: how they are fitted into the square; None: stretched.
        show: file of the contact sheets; None writes none.
    """

    dataset: str | None
    source: Path | None
    images: int | None
    pixels: int | None
    fit: str | None
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
        help=f"one of: {', '.join(names())}, or a folder of pictures; without one, all are listed",
    )
    add("--source", type=path, metavar="PATH", help="prepare it from this archive or folder, not the network")
    add(
        "--images",
        type=count,
        metavar="N",
        help="prepare a smaller set of N images in all splits together; it replaces the prepared one",
    )
    add("--pixels", type=count, metavar="N", help="height and width of the prepared pictures of a folder")
    add("--fit", choices=FITS, help="how they become squares (default stretch)")
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
        flags = options.source, options.images, options.show, options.pixels, options.fit
        needless = all(value is None for value in flags)
        return "" if needless else f"options need a dataset: {', '.join(names())}, or a folder of pictures"
    if options.dataset in names():
        return _usage_error_of_named(options, options.dataset)
    from data import image_folder  # imported late: --help does not wait for Pillow

    if not image_folder.is_known(options.dataset):
        return image_folder.unknown(options.dataset)
    if options.source or options.images:
        return f"--source and --images are for {', '.join(names())}, not for a folder of pictures"
    if options.pixels is not None and options.pixels not in image_folder.PIXELS:
        limits = image_folder.PIXELS
        return f"--pixels {options.pixels}: it is a whole number from {limits[0]} to {limits[-1]}"
    return ""


def _usage_error_of_named(options: Options, name: str) -> str:
    if options.pixels or options.fit:
        return f"--pixels and --fit are for a folder of pictures; {name} has its own size"
    try:
        check_source(options.source)
    except DataError as error:
        return f"--source {error}"
    try:
        check_images(name, options.images)
    except DataError as error:
        return f"--images: {error}"
    return ""


def _run(options: Options) -> None:
    if options.dataset is None:
        print(_table())
        return
    if options.dataset in names():
        dataset = prepare(options.dataset, options.source, options.images)
    elif options.dataset in own_names():
        dataset = load(options.dataset)
    else:
        from data import image_folder

        dataset = image_folder.prepare(Path(options.dataset), options.pixels, options.fit)
    print(_summary(dataset))
    if options.show is not None:
        _show(dataset, options.show)


def _table() -> str:
    rows = [("dataset", "shape", "training + validation + test", "fingerprint", "description")]
    return aligned(rows + [_row(name) for name in names()] + [_own_row(name) for name in own_names()])


def _own_row(name: str) -> tuple[str, str, str, str, str]:
    """Return the row of pictures of the user's own."""
    try:
        description = describe(name)
    except DataError:
        return name, "-", "damaged, or made by a later version", "-", "-"
    assert description.pictures
    shape = "x".join(map(str, description.pictures.input_shape))
    origin = escaped(description.pictures.origin.path)
    return name, shape, _images(name), description.fingerprint[:16], f"pictures of {origin}"


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
            *_class_lines(dataset),
            f"fingerprint  {dataset.fingerprint}",
            f"folder       {folder}",
            *_report_lines(folder / REPORT),
        ]
    )


def _class_lines(dataset: Dataset) -> list[str]:
    pictures = describe(dataset.name).pictures
    if pictures is None:
        return [f"classes      {', '.join(dataset.classes)}"]
    return [*pictures.remarks, f"source       {escaped(pictures.origin.path)}"]


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
