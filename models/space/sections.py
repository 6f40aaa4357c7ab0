"""Sections of search spaces that several studies share: training, augmentation, top of a pretrained base."""

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

# The layers on top of a pretrained base: `top` in models/parts/vgg16.py.
TOP = {
    "pooling": CategoricalDistribution(["average", "flatten"]),
    "depth": IntDistribution(0, 2),
    "width": IntDistribution(32, 256, step=32),
    "normalization": CategoricalDistribution(["none", "batch", "layer", "group"]),
}

# Height and width to which images are resized before the first layer.
PIXELS = CategoricalDistribution([64, 96, 150])

PHOTO_AUGMENTATION = {
    "flip": CategoricalDistribution([True, False]),
    "shift": IntDistribution(0, 30, step=5),
    "rotation": IntDistribution(0, 40, step=5),
    "zoom": FloatDistribution(0.0, 0.4),
    "brightness": FloatDistribution(0.0, 0.4),
}

CIFAR_AUGMENTATION = {
    "flip": CategoricalDistribution([True, False]),
    "shift": IntDistribution(0, 4),
    "cutout": IntDistribution(0, 16, step=4),
}
