"""The ways to search that are compared, by name: one entry each, and one file for each other tool."""

import importlib.util
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
    """

    what: str
    make: Callable[[Table], Contestant]
    needs: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The modules that are not installed."""
        return tuple(name for name in self.needs if importlib.util.find_spec(name) is None)


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
}

# Compared where none is named: this program's default now and before, random search, and the peers.
USUAL = (
    *("default", "tpe-halving", "random-none"),
    *("ray-asha", "ray-asha-optuna", "optuna-hyperband", "keras-tuner"),
)
