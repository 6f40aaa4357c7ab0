"""The installed command: `cnn-search search …` is `python -m search …`, and so on.

It works in any folder, also beside files of a user's own that are called `data.py` or `models.py`.
"""

import importlib
import sys

from data.terminal.output import plain_output

COMMANDS = {
    "search": "search the hyperparameters of a study",
    "data": "list the datasets, fetch and prepare one",
    "models": "look at a study's model",
    "analysis": "retrain what a search found, test it, report and compare",
    "cluster": "run a search on a SLURM cluster",
}


@plain_output()
def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    name = arguments[0] if arguments else ""
    if name in COMMANDS:
        sys.argv = [f"cnn-search {name}", *arguments[1:]]
        status: int = importlib.import_module(f"{name}.__main__").main(arguments[1:])
        return status
    width = max(map(len, COMMANDS))
    listing = "\n".join(f"  cnn-search {command:{width}}  {text}" for command, text in COMMANDS.items())
    if name in ("", "-h", "--help"):
        print(f"Commands, each with --help:\n{listing}")
        return 0
    print(f"cnn-search: there is no command {name!r}. Commands:\n{listing}", file=sys.stderr)
    return 2
