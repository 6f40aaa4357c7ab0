"""Search the hyperparameters of a study.

    python -m search                         the studies
    python -m search cifar_residual --trials 50
    python -m search --resume RUN            go on after anything; a larger --trials extends a finished run
    python -m search bench --curves DIR      this search against others, on recorded learning curves

Results go to stdout, progress to stderr. Exit 0 done, 1 failed, 2 a usage error, 130 interrupted.
"""

import argparse
import re
import sys
from pathlib import Path

import models
from data.terminal.arguments import command_line, count

# A run keeps what it was started with; on --resume only these may be said.
_ON_RESUME = ("trials", "budget", "runs", "local", "address")


class UsageError(Exception):
    """The command makes no sense; the message says why, and what would."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = _parser()
    said = parser.parse_args(arguments)
    given = {name for name, value in vars(said).items() if value is not None and value is not False}
    try:
        if said.study is None and said.resume is None:
            _allow(given, (), "needs a study")
            print(models.table())
            return 0
        if said.resume is not None:
            if said.study is not None:
                raise UsageError(f"either a study or --resume: {said.resume} has its study")
            _allow(given, ("resume", *_ON_RESUME), "cannot be changed: a run goes on as it was started")
        elif said.study == "bench":
            _allow(given, ("study", "curves", "trials", "concurrent"), "is of no use to bench")
            if said.curves is None:
                raise UsageError("bench needs --curves DIR, a folder of recorded learning curves")
        elif said.curves is not None:
            raise UsageError("--curves is for bench alone")
        return _run(said)
    except (UsageError, models.UnknownStudy) as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        return 130


def _run(said: argparse.Namespace) -> int:
    study = models.load(said.study) if said.study and said.study != "bench" else None
    # Imported late: --help and a misspelt study are answered before Optuna and NumPy are there.
    import data
    from models.parts.weights import WeightsError
    from models.space.points import PointError
    from search.benchmark.curves import BadCurves
    from search.command import session
    from search.runs.run import NoRun, RunError

    try:
        if said.study == "bench":
            from search.benchmark import replay

            return replay.bench(said.curves, trials=said.trials or 50, workers=said.concurrent or 2)
        return session.resume(said) if study is None else session.begin(said, study)
    except (PointError, NoRun) as error:
        raise UsageError(str(error)) from None
    except (data.DataError, WeightsError, RunError, BadCurves, OSError) as error:
        print(f"python -m search: {error}", file=sys.stderr)
        return 1


def _allow(given: set[str], allowed: tuple[str, ...], why: str) -> None:
    wrong = sorted(given - set(allowed))
    if wrong:
        raise UsageError(f"--{wrong[0].replace('_', '-')} {why}")


def _parser() -> argparse.ArgumentParser:
    parser = command_line(
        "python -m search", "%(prog)s [STUDY] [options]   (--help lists them)", __doc__ or ""
    )
    add = parser.add_argument
    add("study", nargs="?", metavar="STUDY", help=f"one of {', '.join(models.names())}; or bench")
    add("--trials", type=count, metavar="N", help="how many (default 50)")
    add("--epochs", type=count, metavar="N", help="of a trial that is never stopped")
    add("--train-images", type=count, metavar="N", help="training images a trial sees in each epoch")
    add(
        "--concurrent",
        type=count,
        metavar="N",
        help="trials at a time (default: one a core, or one a GPU)",
    )
    add("--gpus-per-trial", type=_share, metavar="F", help="GPUs of each trial; 0.5 shares one (default 1)")
    add("--seed", type=_seed, metavar="S", help="of everything random (default 0)")
    add("--budget", type=_duration, metavar="TIME", help="stop after 90s, 30m, 2h or 1h30m; --resume goes on")
    add("--sampler", choices=("tpe", "random"), help="what proposes the trials (default tpe)")
    add("--set", action="append", metavar="K=V", help="fix a hyperparameter; may be repeated")
    add("--weights", type=Path, metavar="PATH", help="pretrained weights, for studies that start from some")
    add("--parent", metavar="RUN", help="the run to go on from, for studies that fine-tune")
    add("--local", action="store_true", help="train in this process, one trial at a time, without Ray")
    add("--address", metavar="A", help="of a running Ray (default: RAY_ADDRESS, or a Ray of our own)")
    add("--dry-run", action="store_true", help="print what would be searched, and start nothing")
    add("--runs", type=Path, metavar="DIR", help="folder of the runs (default runs)")
    add("--name", type=_name, metavar="NAME", help="of the run (default: date and time)")
    add("--curves", type=Path, metavar="DIR", help="bench: a folder of recorded learning curves")
    add("--resume", metavar="RUN", help="go on with a run: a path, or STUDY/NAME under --runs")
    return parser


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to {2**31 - 1}")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 < share <= 1 and not (share >= 1 and share.is_integer() and share < 1024):
        raise argparse.ArgumentTypeError(f"{text!r} is neither a share above 0 up to 1 nor a whole number")
    return share


def _duration(text: str) -> float:
    """Return the seconds of 90s, 30m, 2h or 1h30m."""
    parts = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", text)
    seconds = (
        sum(int(n or 0) * size for n, size in zip(parts.groups(), (3600, 60, 1), strict=True)) if parts else 0
    )
    if not seconds:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time like 90s, 30m, 2h or 1h30m")
    return float(seconds)


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not made of letters, digits, '.', '_' and '-'")
    return text


if __name__ == "__main__":
    sys.exit(main())
