"""Cats vs dogs on VGG16's frozen base, augmented: does augmentation still pay on top of it? (assignment 1 i)

    python -m search cats_dogs_vgg16_augmented --trials 50 [--weights PATH]

The augmented images differ in every epoch, so the base processes all of them again in every epoch. A trial
whose augmentation is switched off entirely uses features that are computed once.

Result: validation accuracy 0.861 on 800 images, reached by the default configuration. One search (n = 1) of
4 trials on 600 photographs at 64 pixels, with blocks 1 to 4 of the base; 3.4 min on 2 shared CPU cores
(AMD EPYC), 2026-11-22.
Test accuracy, retrained with 3 seeds: 88.1 % of 1,000 photographs (95 % interval 87.6 to 88.6).
"""

from optuna.distributions import CategoricalDistribution

from models.cats_dogs_vgg16 import SPACE as FROZEN
from models.cats_dogs_vgg16 import base, build
from models.space.sections import FIT, PHOTO_AUGMENTATION
from models.space.study import Study

SPACE = {**FROZEN, "fit": FIT, "augmentation": PHOTO_AUGMENTATION}

STUDY = Study(
    dataset="cats_dogs",
    space=SPACE,
    base=base,
    build=build,
    max_epochs=30,
    default={"shift": 10},
    cpu_images=1000,
    cpu_epochs=6,
    on_cpu={"pixels": CategoricalDistribution([64])},
)
