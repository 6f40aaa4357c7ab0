"""List the datasets, or fetch, verify and prepare one.

    python -m data
    python -m data cifar10 [--source PATH] [--show [PNG]]
    python -m data cats_dogs [--source PATH] [--images N] [--show [PNG]]

Results go to stdout, progress to stderr. Exit 0 done, 1 failed, 2 a usage error.
"""

import argparse
import difflib
import importlib
import sys
from pathlib import Path

from data.sources.odd_files import read_report, summary
from data.store.dataset import REPORT, Dataset, check_choice, description, load, names, place, prepare
from data.store.split import DataError
from data.terminal.table import aligned


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = _parser()
    said = parser.parse_args(arguments)
    _check_usage(parser, said)
    try:
        if said.dataset is None:
            print(_table())
        else:
            dataset = prepare(said.dataset, said.source, said.images)
            print(_report(dataset))
            if said.show is not None:
                _show(dataset, said.show)
    except DataError as error:
        print(f"python -m data: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("python -m data: interrupted; a download goes on from here the next time", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m data", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "dataset", nargs="?", metavar="DATASET", help=f"one of: {', '.join(names())}; none lists them"
    )
    parser.add_argument(
        "--source",
        type=Path,
        metavar="PATH",
        help="take it from this archive or folder instead of the network",
    )
    parser.add_argument(
        "--images",
        type=int,
        metavar="N",
        help="of all splits together: a smaller set for trying out, in place of what is prepared",
    )
    parser.add_argument(
        "--show",
        nargs="?",
        const=Path(),
        type=Path,
        metavar="PNG",
        help="write a contact sheet of each split but the test split (default: DATASET.png, here)",
    )
    return parser


def _check_usage(parser: argparse.ArgumentParser, said: argparse.Namespace) -> None:
    if said.dataset is None:
        if said.source or said.images is not None or said.show is not None:
            parser.error(f"--source, --images and --show need a dataset: {', '.join(names())}")
    elif said.dataset not in names():
        nearest = difflib.get_close_matches(said.dataset, names(), n=1, cutoff=0.4)
        hint = f" (did you mean {nearest[0]}?)" if nearest else ""
        parser.error(f"no dataset {said.dataset!r}{hint}: there are {', '.join(names())}")
    elif said.source and not said.source.exists():
        parser.error(f"--source {said.source} does not exist")
    else:
        try:
            check_choice(said.dataset, said.images)
        except DataError as error:
            parser.error(f"--images: {error}")


def _table() -> str:
    rows = [("dataset", "shape", "training + validation + test", "fingerprint", "about")]
    rows += [_row(name) for name in names()]
    return aligned(rows)


def _row(name: str) -> tuple[str, str, str, str, str]:
    module = importlib.import_module(f"data.{name}")
    about = (module.__doc__ or "").splitlines()[0].partition(": ")[2]
    try:
        size, fingerprint = _sizes(name), load(name).fingerprint[:16]
    except DataError:
        size, fingerprint = "damaged" if place(name).exists() else "not prepared", "-"
    return name, "x".join(map(str, module.INPUT_SHAPE)), size, fingerprint, about


def _sizes(name: str) -> str:
    return " + ".join(f"{size:,}" for size in description(name)["sizes"].values())


def _report(dataset: Dataset) -> str:
    return "\n".join(
        [
            f"{dataset.name}: {'x'.join(map(str, dataset.input_shape))}, {len(dataset.classes)} classes",
            f"images       {_sizes(dataset.name)} (training + validation + test; the test split is sealed)",
            f"classes      {', '.join(dataset.classes)}",
            f"fingerprint  {dataset.fingerprint}",
            f"folder       {place(dataset.name)}",
            *_odd_files(place(dataset.name) / REPORT),
        ]
    )


def _odd_files(report: Path) -> list[str]:
    if not report.exists():
        return []
    try:
        return [*summary(read_report(report)), f"report       {report}"]
    except (OSError, ValueError) as error:
        raise DataError(f"{report} is damaged, prepare it again: {error}") from error


def _show(dataset: Dataset, png: Path) -> None:
    """Write PNG's stem with the split's name after it, for training and validation."""
    from data.store.contact_sheet import contact_sheet

    png = Path(f"{dataset.name}.png") if png == Path() else png
    for split, part in (("training", dataset.training), ("validation", dataset.validation)):
        path = png.with_name(f"{png.stem}-{split}.png")
        try:
            contact_sheet(part, dataset.classes, path)
        except OSError as error:
            raise DataError(f"cannot write {path}: {error.strerror or error}") from error
        print(f"sheet        {path}")


if __name__ == "__main__":
    sys.exit(main())
