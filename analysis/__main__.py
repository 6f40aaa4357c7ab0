"""Retrain what a search found, open the test set once, and show and compare the results.

    python -m analysis                          the runs there are
    python -m analysis RUN --seeds 5            retrain its best and its default, test them, write the report
    python -m analysis RUN --final              train its best on all images, for as long as a study says
    python -m analysis compare RUN RUN …        models on the same test images, with a conclusion in words
    python -m analysis predict RUN IMAGE …      class and probabilities of pictures of yours
    python -m analysis theory …                 the theory questions, computed, measured and explained
    python -m analysis assignment …             the theory, and the programming parts from the newest runs

RUN is a path, or STUDY/NAME under --runs. The same command goes on after a kill. Trainings run on a Ray of
our own, or on the one that RAY_ADDRESS names.
Results go to stdout, progress to stderr. Exit 0 done, 1 failed, 2 a usage error,
130 Ctrl-C, 143 SIGTERM.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from data.terminal.arguments import command_line, count, duration, path, run_name
from data.terminal.output import plain_output
from data.terminal.termination import status, terminable
from search.options import RUNS, OptionError


@plain_output()
def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["compare"]:
        return _compare(arguments[1:])
    if arguments[:1] == ["predict"]:
        return _predict(arguments[1:])
    if arguments[:1] == ["theory"]:
        return _theory(arguments[1:])
    if arguments[:1] == ["assignment"]:
        return _assignment(arguments[1:])
    return _retrain(arguments)


def _compare(arguments: list[str]) -> int:
    parser = command_line("python -m analysis compare", "%(prog)s RUN RUN … [--runs DIR]", _text("compare"))
    parser.add_argument("run", nargs="+", type=run_name, metavar="RUN", help="two or more")
    _add_runs(parser)
    given = parser.parse_intermixed_args(arguments)
    if len(given.run) < 2:
        parser.error("two or more runs are needed: RUN RUN …")
    runs: Path = given.runs
    names: list[str] = given.run

    def compare() -> int:
        from analysis.compare import compare
        from search.runs.run import find

        print(f"Report: {compare([find(runs, name) for name in names])}")
        return 0

    return _run(parser, compare)


def _predict(arguments: list[str]) -> int:
    usage = "%(prog)s RUN IMAGE … [--runs DIR]"
    parser = command_line("python -m analysis predict", usage, _text("predict"))
    parser.add_argument("run", type=run_name, metavar="RUN", help="a retrained run")
    parser.add_argument("image", nargs="+", type=path, metavar="IMAGE", help="a picture")
    _add_runs(parser)
    given = parser.parse_intermixed_args(arguments)
    runs: Path = given.runs
    name: str = given.run
    images: list[Path] = given.image

    def predict() -> int:
        from analysis.predict import predict
        from search.runs.run import find

        return predict(find(runs, name), images)

    return _run(parser, predict)


def _theory(arguments: list[str]) -> int:
    usage = "%(prog)s [--question N …] [--weights PATH] [--runs DIR]"
    parser = command_line("python -m analysis theory", usage, _text("theory"))
    parser.add_argument(
        "--question",
        type=int,
        nargs="+",
        default=[],
        choices=range(1, 22),
        metavar="N",
        help="answer these only, 1 to 21",
    )
    _add_weights(parser)
    _add_runs(parser)
    given = parser.parse_args(arguments)
    runs: Path = given.runs
    weights: Path | None = given.weights
    questions: list[int] = given.question

    def theory() -> int:
        from analysis.theory.theory import write

        print(f"Report: {write(runs, weights, questions)}")
        return 0

    return _run(parser, theory)


def _assignment(arguments: list[str]) -> int:
    usage = "%(prog)s [--run-missing --budget TIME] [--weights PATH] [--runs DIR]"
    parser = command_line("python -m analysis assignment", usage, _text("assignment"))
    add = parser.add_argument
    add(
        "--run-missing", action="store_true", help="first search and retrain the studies without a tested run"
    )
    add("--budget", type=duration, metavar="TIME", help="for --run-missing: 40m, 2h or 1h30m (default 2h)")
    _add_weights(parser)
    _add_runs(parser)
    given = parser.parse_args(arguments)
    runs: Path = given.runs
    weights: Path | None = given.weights
    if given.budget and not given.run_missing:
        parser.error("--budget is for --run-missing")

    def assignment() -> int:
        from analysis.assignment.missing import run_missing
        from analysis.assignment.page import write

        failed = run_missing(runs, given.budget or 7200.0, weights) if given.run_missing else []
        for command in failed:
            print(f"python -m analysis: did not succeed: {command}", file=sys.stderr)
        print(f"Report: {write(runs, weights)}")
        return 1 if failed else 0

    return _run(parser, assignment)


def _retrain(arguments: list[str]) -> int:
    parser = _retrain_parser()
    given = vars(parser.parse_intermixed_args(arguments))
    runs: Path = given.pop("runs")
    names: list[str] = given.pop("run")
    options = {name: value for name, value in given.items() if value is not None}
    if len(names) > 1:
        parser.error("one run at a time; or compare RUN RUN …, predict RUN IMAGE …")
    if options and not names:
        parser.error(f"--{sorted(options)[0].replace('_', '-')} needs a run")

    def retrain() -> int:
        from analysis import report
        from analysis.retraining.options import RetrainOptions
        from analysis.retraining.retrain import retrain
        from analysis.runs import table
        from search.runs.run import find

        if not names:
            print(table(runs))
            return 0
        folder = find(runs, names[0])
        status = retrain(folder, RetrainOptions(**options))
        if status <= 1:  # it ended by itself; where something failed, the report says what is missing
            print(f"Report: {report.write(folder)}")
        return status

    return _run(parser, retrain)


def _run(parser: argparse.ArgumentParser, action: Callable[[], int]) -> int:
    """Run a command; turn its errors into one line and an exit status."""
    try:
        with terminable():
            return _ended(parser, action)
    except KeyboardInterrupt as interrupt:
        print("python -m analysis: interrupted. Run the same command to go on.", file=sys.stderr)
        return status(interrupt)


def _ended(parser: argparse.ArgumentParser, action: Callable[[], int]) -> int:
    # Imported late: --help and a command that makes no sense are answered before NumPy and Optuna are there.
    import data
    import models
    from models.parts.keras_import import BackendError
    from models.parts.weights import WeightsError
    from search.runs.run import RunError, RunNotFound

    try:
        return action()
    except (OptionError, RunNotFound, models.UnknownStudy, BackendError) as error:
        parser.error(str(error))
    except (data.DataError, WeightsError, RunError, OSError) as error:
        print(f"python -m analysis: {error}", file=sys.stderr)
        return 1


def _retrain_parser() -> argparse.ArgumentParser:
    usage = "%(prog)s [RUN | compare RUN RUN … | predict RUN IMAGE …] [options]"
    parser = command_line("python -m analysis", usage, __doc__ or "")
    parser.add_argument(
        "run", nargs="*", type=run_name, metavar="RUN", help="a run; or compare RUN RUN …, predict RUN …"
    )
    group = parser.add_argument_group(
        "retraining (without an option: as it was retrained before, or else as in brackets)"
    )
    add = group.add_argument
    add("--seeds", type=count, metavar="N", help="trainings of each configuration (5)")
    add("--epochs", type=count, metavar="N", help="of each training (the run's)")
    add("--train-images", type=count, metavar="N", help="seen in each epoch (the run's)")
    add(
        "--concurrent",
        type=count,
        metavar="N",
        help="trainings at a time (as many as there is room for)",
    )
    add("--weights", type=Path, metavar="PATH", help="where the run's pretrained weights lie now")
    add(
        "--local",
        action="store_const",
        const=True,
        help="train in this process, one at a time, without Ray",
    )
    add(
        "--final",
        action="store_const",
        const=True,
        help="train the best alone, once, on all training images and for the study's epochs",
    )
    add(
        "--with-validation",
        action="store_const",
        const=True,
        help="with --final: train on the validation images, too; only the test images are left to measure on",
    )
    add(
        "--csv",
        action="store_const",
        const=True,
        help="write the trials of the search and their curves as CSV, too",
    )
    add(
        "--export",
        choices=("onnx", "tflite", "saved_model"),
        metavar="FORMAT",
        help="write the kept model as onnx, tflite or saved_model, too",
    )
    _add_runs(parser)
    return parser


def _add_runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--runs", type=path, default=RUNS, metavar="DIR", help=f"folder of the runs (default {RUNS})"
    )


def _add_weights(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--weights", type=path, metavar="PATH", help="pretrained weights of VGG16; some figures then show it"
    )


def _text(command: str) -> str:
    """Return the line of this file's docstring on a subcommand, as its `--help`."""
    lines = (__doc__ or "").splitlines()
    usages = [line for line in lines if line.strip().startswith(f"python -m analysis {command}")]
    purpose = "".join(usages).partition("…")[2].strip()  # python -OO leaves no docstrings
    run = "\n\nRUN is a path, or STUDY/NAME under --runs." if " RUN " in "".join(usages) else ""
    return f"{purpose[:1].upper()}{purpose[1:]}.{run}"


if __name__ == "__main__":
    sys.exit(main())
