"""What models see: datasets that are prepared once and opened memory-mapped, their test splits sealed.

    import data
    dataset = data.prepare("cifar10")      # downloads and prepares it if it is missing
    dataset.training.images                # (45000, 32, 32, 3) uint8, in 0 to 255
    dataset.training.take(1000, seed=0)    # a subset with the same class proportions

A dataset is one module of this package, `cifar10` or `cats_dogs`, or a folder of a user's own pictures:
`data.find("./flowers")` returns the name of its prepared copy. `store` holds prepared data in the user's
cache folder, `sources` reads downloads, archives and pictures, and `terminal` parses arguments and prints
tables for all commands.
"""

import importlib
from typing import TYPE_CHECKING, Any

from data.terminal import surroundings  # noqa: F401  (before anything else is imported)

if TYPE_CHECKING:
    from data.image_folder import find, unknown
    from data.store.dataset import Dataset, load, names, origin, own_names, shape, sizes
    from data.store.description import Origin
    from data.store.preparation import Prepared, prepare
    from data.store.split import DataError, Split

__all__ = [
    "DataError",
    "Dataset",
    "Origin",
    "Prepared",
    "Split",
    "find",
    "load",
    "names",
    "origin",
    "own_names",
    "prepare",
    "shape",
    "sizes",
    "unknown",
]

_MODULES = {
    "DataError": "data.store.split",
    "Origin": "data.store.description",
    "Prepared": "data.store.preparation",
    "Split": "data.store.split",
    "find": "data.image_folder",
    "prepare": "data.store.preparation",
    "unknown": "data.image_folder",
}


def __getattr__(name: str) -> Any:
    """Import a name when it is first used: commands parse their arguments before NumPy is imported."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES.get(name, "data.store.dataset")), name)
