"""What models see: datasets that are prepared once and opened memory-mapped, their test splits sealed.

    import data
    dataset = data.prepare("cifar10")      # downloads and prepares it if it is missing
    dataset.training.images                # (45000, 32, 32, 3) uint8, in 0 to 255
    dataset.training.take(1000, seed=0)    # a subset with the same class proportions

A dataset is one module of this package: `cifar10`, `cats_dogs`. `store` holds prepared data in the user's
cache folder, `sources` reads downloads, archives and pictures, and `terminal` parses arguments and prints
tables for all commands.
"""

import importlib
from typing import TYPE_CHECKING, Any

from data.terminal import surroundings  # noqa: F401  (before anything else is imported)

if TYPE_CHECKING:
    from data.store.dataset import Dataset, load, names, shape, sizes
    from data.store.preparation import Prepared, prepare
    from data.store.split import DataError, Split

__all__ = ["DataError", "Dataset", "Prepared", "Split", "load", "names", "prepare", "shape", "sizes"]

_MODULES = {"DataError": "split", "Split": "split", "Prepared": "preparation", "prepare": "preparation"}


def __getattr__(name: str) -> Any:
    """Import a name when it is first used: commands parse their arguments before NumPy is imported."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"data.store.{_MODULES.get(name, 'dataset')}"), name)
