"""Run a search on a SLURM cluster, or look at one there.

    python -m cluster                        the runs that have jobs
    python -m cluster submit --nodes 2 --gpus-per-node 4 --hours 4 -- cifar_residual --trials 50
    python -m cluster submit … --dry-run -- STUDY …       print the job script, and submit nothing
    python -m cluster submit … -- --resume RUN            go on with a run
    python -m cluster start -- STUDY …       the same in an allocation that you have (salloc)
    python -m cluster status RUN             what job, Ray and search are doing
    python -m cluster logs RUN [--follow]
    python -m cluster cancel RUN             stop after the epochs in flight

What stands after -- are the arguments of `python -m search`. RUN is a path, or STUDY/NAME under --runs.
Exit 0 done, 1 failed, 2 a usage error.
"""

import argparse
import shlex
import sys
from typing import Any

from cluster import commands, request
from cluster.options import JobOptions, OptionError
from cluster.search_check import SearchError
from cluster.slurm import SlurmError
from data.terminal.arguments import command_line, count, nearest, path
from data.terminal.output import plain_output

ACTIONS = {
    "submit": "write a job script and submit it",
    "start": "search in the allocation of this shell",
    "status": "what job, Ray and search are doing",
    "logs": "what the job printed",
    "cancel": "stop after the epochs in flight",
}


@plain_output()
def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    own, search = request.split(arguments)
    action = own[0] if own and not own[0].startswith("-") else ""
    parser = _parser(action)
    if action and action not in ACTIONS:
        hint = f" Did you mean {match}?" if (match := nearest(action, ACTIONS)) else ""
        parser.error(f"there is no {action!r}: choose from {', '.join(ACTIONS)}.{hint}")
    parsed = vars(parser.parse_args(own[1:] if action else own))
    given = {name: value for name, value in parsed.items() if value is not None}
    try:
        return _run(action, given, search, shlex.join(["python", "-m", "cluster", *arguments]))
    except OptionError as error:
        parser.error(str(error))
    except (SlurmError, SearchError, commands.JobError, OSError) as error:
        print(f"python -m cluster: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(action: str, given: dict[str, Any], search: list[str] | None, command: str) -> int:
    runs = given.pop("runs", request.RUNS)
    if action in ("submit", "start"):
        name, dry_run = given.pop("name", None), given.pop("dry_run", False)
        given["env"] = dict(given.get("env", ()))
        job = request.make(JobOptions(**given), search or [], runs=runs, name=name, command=command)
        if dry_run:
            return commands.preview(job)
        return commands.submit(job) if action == "submit" else commands.start(job)
    if search is not None:
        raise OptionError("-- and the arguments of a search are for submit and start")
    if not action:
        return commands.overview(runs)
    run = commands.find(runs, given.pop("run"))
    return {"status": commands.status, "logs": commands.logs, "cancel": commands.cancel}[action](run, **given)


def _parser(action: str) -> argparse.ArgumentParser:
    """Return the parser of an action; without one, that of the list of runs."""
    if action not in ACTIONS:
        parser = command_line("python -m cluster", "%(prog)s [ACTION] [options] [-- SEARCH]", __doc__ or "")
    else:
        text = f"{ACTIONS[action].capitalize()}."
        place = "-- SEARCH" if action in ("submit", "start") else "RUN"
        parser = command_line(f"python -m cluster {action}", f"%(prog)s [options] {place}", text)
    if action == "submit":
        _add_allocation(parser)
    if action in ("submit", "start"):
        _add_both(parser)
    elif action in ACTIONS:
        parser.add_argument("run", metavar="RUN", help="a path, or STUDY/NAME under --runs")
    if action == "logs":
        parser.add_argument("--follow", action="store_true", help="print what comes until the job ends")
    text = f"folder of the runs (default {request.RUNS})"
    parser.add_argument("--runs", type=path, metavar="DIR", help=text)
    return parser


def _add_allocation(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--nodes", type=int, metavar="N", help="how many (default 1)")
    add("--cpus-per-node", type=count, metavar="N", help="default: 4 for each GPU; without GPUs, whole nodes")
    add("--memory-per-node", metavar="SIZE", help="like 64G (default: the site's; of whole nodes all)")
    add("--hours", type=float, metavar="H", help="walltime of a job (default 1)")
    for name in ("partition", "account", "qos", "reservation", "constraint"):
        add(f"--{name}", metavar=name[0].upper(), help="as SLURM has it (default: the site's)")
    add("--requeues", type=int, metavar="N", help="how often the job may start again (default 20)")
    add("--jobs", type=count, metavar="N", help="so many jobs one after another, none of them requeued")


def _add_both(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--gpus-per-node", metavar="[TYPE:]N", help="GPUs of each node, like 4 or a100:8 (default: none)")
    add("--notice", type=count, metavar="SECONDS", help="before the end, to finish the epochs (default 300)")
    add("--image", type=path, metavar="SIF", help="run each step in this Singularity image")
    add("--module", dest="modules", action="append", metavar="NAME", help="load it first; may be repeated")
    add("--env", action="append", type=_variable, metavar="NAME=VALUE", help="set it; may be repeated")
    add("--name", metavar="NAME", help="of the run (default: date and time)")
    add("--dry-run", action="store_true", help="print the job script, and submit nothing")


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


if __name__ == "__main__":
    sys.exit(main())
