"""Retrain what a search found, open the test set once, and show and compare what came of it.

    python -m analysis                          the runs there are
    python -m analysis RUN --seeds 5            retrain its best and its default, test them, write the report
    python -m analysis compare RUN RUN …        models on the same test images, with a conclusion in words
    python -m analysis predict RUN IMAGE …      class and probabilities of pictures of yours

RUN is a path, or STUDY/NAME under --runs. The same command goes on after a kill. Trainings run on a Ray of
our own, or on the one that RAY_ADDRESS names.
Results go to stdout, progress to stderr. Exit 0 done, 1 failed, 2 a usage error, 130 interrupted.
"""

import argparse
import sys
from pathlib import Path

from data.terminal.arguments import command_line, count

_RETRAINS = ("seeds", "epochs", "train_images", "concurrent", "local", "csv")


class UsageError(Exception):
    """The command makes no sense; the message says why, and what would."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = _parser()
    said = parser.parse_intermixed_args(arguments)
    try:
        _check(said)
        return _run(said)
    except UsageError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        print("python -m analysis: interrupted", file=sys.stderr)
        return 130


def _check(said: argparse.Namespace) -> None:
    command = said.words[0] if said.words else ""
    if command == "compare" and len(said.words) < 3:
        raise UsageError("compare needs two runs or more: compare RUN RUN …")
    if command == "predict" and len(said.words) < 3:
        raise UsageError("predict needs a run and pictures: predict RUN IMAGE …")
    if command in ("", "compare", "predict"):
        for name in _RETRAINS:
            if getattr(said, name):
                what = command or "the list of runs"
                raise UsageError(f"--{name.replace('_', '-')} is of no use to {what}: it is for RUN alone")
    elif len(said.words) > 1:
        raise UsageError("one run at a time; or compare RUN RUN …, predict RUN IMAGE …")


def _run(said: argparse.Namespace) -> int:
    # Imported late: --help and a command that makes no sense are answered before NumPy and Optuna are there.
    import data
    import models
    from analysis import runs
    from models.parts.weights import WeightsError
    from models.space.points import PointError
    from search.runs.run import NoRun, RunError, find

    there = said.runs or Path("runs")
    try:
        if not said.words:
            print(runs.table(there))
            return 0
        if said.words[0] == "compare":
            return _compare([find(there, each) for each in said.words[1:]])
        if said.words[0] == "predict":
            from analysis.predict import predict

            return predict(find(there, said.words[1]), [Path(each) for each in said.words[2:]])
        return _retrain(find(there, said.words[0]), said)
    except (PointError, NoRun, models.UnknownStudy) as error:
        raise UsageError(str(error)) from None
    except (data.DataError, WeightsError, RunError, OSError) as error:
        print(f"python -m analysis: {error}", file=sys.stderr)
        return 1


def _compare(folders: list[Path]) -> int:
    from analysis.compare import compare

    print(f"Report: {compare(folders)}")
    return 0


def _retrain(folder: Path, said: argparse.Namespace) -> int:
    from analysis.retraining.retrain import retrain

    status = retrain(folder, said)
    if status <= 1:  # it ended by itself; where something failed, the report says what is missing
        from analysis import report

        print(f"Report: {report.write(folder)}")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = command_line(
        "python -m analysis",
        "%(prog)s [RUN | compare RUN RUN … | predict RUN IMAGE …] [options]",
        __doc__ or "",
    )
    parser.add_argument("words", nargs="*", metavar="RUN", help="a run; or compare RUN RUN …, predict RUN …")
    retraining = "retraining (what is left open is as it was retrained before, or else as in brackets)"
    add = parser.add_argument_group(retraining).add_argument
    add("--seeds", type=count, metavar="N", help="trainings of each configuration (5)")
    add("--epochs", type=count, metavar="N", help="of each training (the run's)")
    add("--train-images", type=count, metavar="N", help="seen in each epoch (the run's)")
    add(
        "--concurrent",
        type=count,
        metavar="N",
        help="trainings at a time (as many as there is room for)",
    )
    add("--local", action="store_true", help="train in this process, one at a time, without Ray")
    add("--csv", action="store_true", help="write the trials of the search and their curves as CSV, too")
    parser.add_argument("--runs", type=Path, metavar="DIR", help="folder of the runs (default runs)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
