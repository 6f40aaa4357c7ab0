"""Search the hyperparameters of a study.

    python -m search                         the studies
    python -m search cifar_residual --trials 50
    python -m search cifar_residual --dataset ./flowers    pictures of your own, one folder a class
    python -m search ./my_study.py           a study of your own
    python -m search --resume RUN            go on after anything; a larger --trials extends a finished run
    python -m search bench --curves DIR      this search against others, on recorded learning curves

Results go to stdout, progress to stderr. Exit 0 done, 1 failed, 2 a usage error,
130 Ctrl-C, 143 SIGTERM.
"""

import argparse
import shlex
import sys
from typing import Any

import models
from data.terminal.arguments import command_line, count, duration, path, run_name, shortened
from data.terminal.output import plain_output
from data.terminal.termination import status, terminable
from search.algorithm.objectives import COSTS
from search.algorithm.samplers import SAMPLERS
from search.algorithm.schedulers import SCHEDULERS
from search.options import RUNS, SEEDS, OptionError, SearchOptions, is_name, is_share

# A run keeps what it was started with; with --resume only these may be given.
_ON_RESUME = {"resume", "trials", "budget", "concurrent", "weights", "runs", "local", "address", "dry_run"}


class UsageError(Exception):
    """The command makes no sense; the message says why, and what would."""


@plain_output()
def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["bench"]:
        from search.benchmark.bench import main as bench

        return bench(arguments[1:])
    parser = _parser()
    given = {name: value for name, value in vars(parser.parse_args(arguments)).items() if value is not None}
    try:
        with terminable():
            _check(given)
            return _run(given, arguments)
    except (UsageError, models.UnknownStudy) as error:
        parser.error(str(error))
    except KeyboardInterrupt as interrupt:
        return status(interrupt)


def _check(given: dict[str, Any]) -> None:
    """Raise a UsageError where flags do not go together."""
    if "resume" in given:
        if "study" in given:
            raise UsageError(f"give either a study or --resume: {given['resume']} is the run of a study")
        _allow(given, _ON_RESUME, "cannot be changed: a run goes on as it was started")
    elif "study" not in given:
        _allow(given, set(), "needs a study")


def _allow(given: dict[str, Any], allowed: set[str], why: str) -> None:
    for name in sorted(given.keys() - allowed):
        flag = "set" if name == "fixed" else name.replace("_", "-")
        raise UsageError(f"--{flag} {why}")


def _run(given: dict[str, Any], arguments: list[str]) -> int:
    if not given:
        print(models.table())
        return 0
    if "study" in given:
        models.load(given["study"])
    # Imported late: --help and a misspelt study are answered before Optuna and NumPy are there.
    import data
    from models.parts.weights import WeightsError
    from models.space.points import PointError
    from search.command import dry_run, session
    from search.runs.run import RunError, RunNotFound, find

    try:
        if "resume" in given:
            folder = find(given.pop("runs", RUNS), given.pop("resume"))
            if given.pop("dry_run", False):
                print(dry_run.resume(folder, given.get("trials")))
                return 0
            result = session.resume(folder, **given)
        else:
            study, only_print = given.pop("study"), given.pop("dry_run", False)
            options = SearchOptions(**given)
            if only_print:
                print(dry_run.start(study, options))
                return 0
            result = session.start(study, options, command=shlex.join(["python", "-m", "search", *arguments]))
    except (OptionError, PointError, RunNotFound) as error:
        raise UsageError(str(error)) from None
    except (data.DataError, WeightsError, RunError, OSError) as error:
        print(f"python -m search: {error}", file=sys.stderr)
        return 1
    print(result.summary)
    return 128 + result.signal if result.signal else 0


def _parser() -> argparse.ArgumentParser:
    parser = command_line(
        "python -m search", "%(prog)s [STUDY] [options]   (--help lists them)", __doc__ or ""
    )
    add = parser.add_argument
    add(
        "study",
        nargs="?",
        metavar="STUDY",
        help=f"one of {', '.join(models.names())}, or a file: ./my_study.py; or bench",
    )
    add("--dataset", metavar="NAME", help="or a FOLDER of pictures (default: the study's own dataset)")
    add("--trials", type=count, metavar="N", help="how many (default 50)")
    add("--epochs", type=count, metavar="N", help="of a trial that is never stopped")
    add("--train-images", type=count, metavar="N", help="training images that a trial sees in each epoch")
    add(
        "--concurrent",
        type=count,
        metavar="N",
        help="trials at a time (default: one for each core, or for each GPU, as far as memory goes)",
    )
    add("--gpus-per-trial", type=_gpus, metavar="F", help="GPUs of each trial; 0.5 shares one (default 1)")
    add("--seed", type=_seed, metavar="S", help="of everything random (default 0)")
    add("--budget", type=duration, metavar="TIME", help="stop after 90s, 30m, 2h or 1h30m; --resume goes on")
    add("--sampler", choices=SAMPLERS, help=_choices("suggests the trials", SAMPLERS))
    add("--scheduler", choices=SCHEDULERS, help=_choices("pauses, stops and promotes trials", SCHEDULERS))
    add(
        "--set",
        dest="fixed",
        action=_Assignments,
        type=_assignment,
        metavar="K=V",
        help="fix a hyperparameter; may be repeated",
    )
    add(
        "--objective",
        metavar="NAME,COST",
        help="val_accuracy (the default) or balanced_accuracy, in which every class counts the same; with "
        f",COST for a front of both; COST is {_costs()}",
    )
    add(
        "--at-most",
        action=_Assignments,
        type=_limit,
        metavar="COST=N",
        help="do not train a model that costs more; may be repeated",
    )
    add("--weights", type=path, metavar="PATH", help="pretrained weights, for studies that start from some")
    add("--parent", type=run_name, metavar="RUN", help="the run to go on from, for studies that fine-tune")
    add(
        "--local",
        action="store_const",
        const=True,
        help="train in this process, one trial at a time, without Ray",
    )
    add("--address", metavar="A", help="of a running Ray (default: RAY_ADDRESS, or a Ray of our own)")
    add("--dry-run", action="store_const", const=True, help="print what would be searched, and start nothing")
    add("--runs", type=path, metavar="DIR", help=f"folder of the runs (default {RUNS})")
    add("--name", type=_name, metavar="NAME", help="of the run (default: date and time)")
    add("--resume", type=run_name, metavar="RUN", help="go on with a run: a path, or STUDY/NAME under --runs")
    return parser


class _Assignments(argparse.Action):
    """Collects `--set K=V --set L=W` in one dictionary."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, flag: Any = None) -> None:
        setattr(namespace, self.dest, {**(getattr(namespace, self.dest) or {}), **values})


def _choices(purpose: str, entries: Any) -> str:
    first, *others = [f"{name} ({description})" for name, description in entries.items()]
    return f"{purpose}: {first}, the default; {'; '.join(others)}"


def _costs() -> str:
    return ", ".join(f"{name} ({description})" for name, description in COSTS.items())


def _limit(text: str) -> dict[str, float]:
    name, _, value = text.partition("=")
    try:
        return {name: float(value)}
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{shortened(text)!r} is not COST=N; COST is one of {', '.join(COSTS)}"
        ) from None


def _assignment(text: str) -> dict[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{shortened(text)!r} is not NAME=VALUE")
    return {name: value}


def _seed(text: str) -> int:
    if not text.isdecimal() or len(text) > 4000 or int(text) >= SEEDS:
        raise argparse.ArgumentTypeError(f"{shortened(text)!r} is not a whole number from 0 to {SEEDS - 1}")
    return int(text)


def _gpus(text: str) -> float:
    try:
        gpus = float(text)
    except ValueError:
        gpus = -1.0
    if not is_share(gpus):
        raise argparse.ArgumentTypeError(
            f"{shortened(text)!r} is neither a share above 0 up to 1 nor a whole number"
        )
    return gpus


def _name(text: str) -> str:
    if not is_name(text):
        raise argparse.ArgumentTypeError(
            f"{shortened(text)!r} is not a name of letters, digits, '.', '_' and '-' that begins with a "
            "letter or digit"
        )
    return text


if __name__ == "__main__":
    sys.exit(main())
