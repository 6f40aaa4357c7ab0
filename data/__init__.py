"""What models see: datasets prepared once, opened memory-mapped, their test splits sealed.

import data
cifar = data.prepare("cifar10")        # fetched and prepared when missing
cifar.training.images                  # (45000, 32, 32, 3) uint8
"""

from data.store.dataset import Dataset, Prepared, load, names, prepare, shape, sizes
from data.store.split import DataError, Split

__all__ = ["DataError", "Dataset", "Prepared", "Split", "load", "names", "prepare", "shape", "sizes"]
