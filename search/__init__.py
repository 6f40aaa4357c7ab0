"""How it is searched: a scheduler and a sampler decide, an executor trains, the journal is the truth.

from search import SearchOptions, run

result = run("cifar_residual", SearchOptions(trials=50))
result.params, result.value, result.folder
"""

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

# Before anything else: beside a user's own data/ or models.py, this project's packages come first.
sys.path.insert(0, str(Path(__file__).parents[1]))
importlib.import_module("data.terminal.own_packages")
del sys.path[0]

from search.options import SearchOptions  # noqa: E402

if TYPE_CHECKING:
    from search.result import Result

__all__ = ["SearchOptions", "resume", "run"]


def run(study: str, options: SearchOptions | None = None) -> "Result":
    """Search the hyperparameters of a study, with progress on stderr.

    The first Ctrl-C or SIGTERM ends the search after the epochs in flight; `resume` goes on with it.

    Args:
        study: name of a study of `models`, or a file: "./my_study.py".
        options: what is asked of the search.

    Raises:
        UnknownStudy: there is no study of this name.
        OptionError, PointError: an option, or a value of `fixed`, is out of its range, or of no use to this
            study.
        RunError, DataError, WeightsError: the run, the data or the pretrained weights are not available, or
            every trial failed.
    """
    from search.command.session import start

    return start(study, options or SearchOptions())


def resume(
    folder: Path | str,
    *,
    trials: int | None = None,
    budget: float | None = None,
    concurrent: int | None = None,
    weights: Path | None = None,
    local: bool = False,
    address: str | None = None,
) -> "Result":
    """Go on with a run, after anything; a finished one is extended.

    Args:
        folder: of the run.
        trials: how many in the end, at least as many as now; None for as many as now.
        budget: seconds after which this session stops.
        concurrent: trials at a time; None: as the run was started, where there is room.
        weights: where the run's pretrained weights lie now.
        local: train in this process, without Ray.
        address: of a running Ray.

    Raises:
        RunNotFound: there is no run in this folder.
        OptionError: fewer trials than the run has, or more at a time than there is room for.
        RunError, DataError: the run cannot be opened, or its data are not what they were.
    """
    from search.command import session

    return session.resume(
        Path(folder),
        trials=trials,
        budget=budget,
        concurrent=concurrent,
        weights=weights,
        local=local,
        address=address,
    )
