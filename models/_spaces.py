"""Parts of search spaces that several studies share: how to train, and how to augment small images."""

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

FIT = {
    "optimizer": CategoricalDistribution(["adam", "sgd"]),
    "learning_rate": FloatDistribution(1e-4, 1e-1, log=True),
    "schedule": CategoricalDistribution(["constant", "cosine", "warmup"]),
    "batch_size": CategoricalDistribution([32, 64, 128]),
    "weight_decay": FloatDistribution(1e-5, 1e-1, log=True),
    "dropout": FloatDistribution(0.0, 0.6),
    "label_smoothing": FloatDistribution(0.0, 0.2),
}

CIFAR_AUGMENTATION = {
    "flip": CategoricalDistribution([True, False]),
    "shift": IntDistribution(0, 4),
    "cutout": IntDistribution(0, 16, step=4),
}
