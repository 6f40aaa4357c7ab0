"""The ways to search that are compared, by name: one entry each, and one file for each other tool."""

import importlib.util
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from search.algorithm import samplers, schedulers
from search.benchmark import ours
from search.benchmark.replay import Contestant, Table


@dataclass(frozen=True)
class Entry:
    """A contestant.

    Attributes:
        what: it is, in tables.
        make: returns it for a table.
        needs: modules that it imports, and a plain installation may not have.
        python: environment variable that names the Python of another environment, or "".
    """

    what: str
    make: Callable[[Table], Contestant]
    needs: tuple[str, ...] = ()
    python: str = ""

    @property
    def missing(self) -> str:
        """What is not there, and how to get it; "" where all is there."""
        modules = [name for name in self.needs if importlib.util.find_spec(name) is None]
        if modules:
            return f"{', '.join(modules)}: pip install 'cnn-search[bench]'"
        if self.python and not os.environ.get(self.python):
            return f"an environment of its own, named by {self.python} (see search/benchmark/peers)"
        return ""


def _ours(sampler: str, scheduler: str) -> Entry:
    return Entry(f"{sampler}, {scheduler}", lambda table: ours.search(table, sampler, scheduler))


def _ray(optuna: bool) -> Callable[[Table], Contestant]:
    def make(table: Table) -> Contestant:
        from search.benchmark.peers.ray_tune import RayTune

        return RayTune(table, optuna=optuna)

    return make


def _optuna(table: Table) -> Contestant:
    from search.benchmark.peers.optuna_hyperband import OptunaHyperband

    return OptunaHyperband(table)


def _keras_tuner(table: Table) -> Contestant:
    from search.benchmark.peers.keras_tuner import KerasTuner

    return KerasTuner(table)


def _syne_tune(scheduler: str, what: str) -> Entry:
    def make(table: Table) -> Contestant:
        from search.benchmark.peers.syne_tune import SyneTune

        return SyneTune(table, scheduler)

    return Entry(f"Syne Tune: {what}", make, python="CNN_SEARCH_SYNE_TUNE")


CONTESTANTS: Mapping[str, Entry] = {
    "default": _ours(samplers.DEFAULT, schedulers.DEFAULT),
    **{
        f"{sampler}-{scheduler}": _ours(sampler, scheduler)
        for sampler in ("forecast", "random", "tpe")
        for scheduler in schedulers.SCHEDULERS
        if (sampler, scheduler) != (samplers.DEFAULT, schedulers.DEFAULT)
    },
    "ray-asha": Entry("Ray Tune: ASHA, random", _ray(optuna=False)),
    "ray-asha-optuna": Entry("Ray Tune: ASHA, OptunaSearch", _ray(optuna=True)),
    "optuna-hyperband": Entry("Optuna: TPE, Hyperband", _optuna),
    "keras-tuner": Entry("KerasTuner: Hyperband", _keras_tuner, ("keras_tuner",)),
    "syne-asha": _syne_tune("asha", "promotion ASHA"),
    "syne-asha-stopping": _syne_tune("asha-stopping", "ASHA"),
    "syne-mobster": _syne_tune("mobster", "MOBSTER"),
    "syne-hyper-tune": _syne_tune("hyper-tune", "Hyper-Tune"),
}

# Compared where none is named: this program's default now and before, random search, and the peers.
USUAL = (
    *("default", "tpe-halving", "random-none"),
    *("ray-asha", "ray-asha-optuna", "optuna-hyperband", "keras-tuner", "syne-asha"),
)
