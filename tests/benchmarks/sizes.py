"""What the two sides of a benchmark share: sizes, and the given configurations."""

import itertools
from typing import Any

WORKERS = 2
VALIDATION = 500
SHORT_IMAGES = 1024
SEARCH_IMAGES = 2048
SEARCH_TRIALS = 16
EPOCHS = 9


def given() -> list[dict[str, Any]]:
    """Return 24 configurations of cifar_basic: 4 small architectures × 6 settings."""
    architectures = [
        {"depth": depth, "convolutions": 1, "width": width, "pooling": "max", "normalization": "batch"}
        for depth, width in itertools.product((2, 3), (16, 32))
    ]
    settings = [
        {"learning_rate": rate, "dropout": dropout, "weight_decay": 1e-3}
        for rate, dropout in itertools.product((5e-4, 2e-3, 8e-3), (0.0, 0.3))
    ]
    rest = {"optimizer": "adam", "schedule": "constant", "batch_size": 64, "label_smoothing": 0.0}
    none = {"flip": False, "shift": 0, "cutout": 0}
    return [{**a, **s, **rest, **none} for a, s in itertools.product(architectures, settings)]
