import functools

import keras
import numpy as np
import pytest

from models.parts.augmentation import augment
from search.training.batches import Batches

IMAGES = np.random.default_rng(0).integers(0, 256, (50, 8, 8, 3), np.uint8)
LABELS = np.arange(50)
FLIP = functools.partial(augment, flip=True, shift=2)


def seen(batches):
    images, labels = zip(*(batches[number] for number in range(len(batches))), strict=True)
    return np.concatenate(images), np.concatenate(labels)


def test_validation_sees_every_image_once_as_it_is():
    images, labels = seen(Batches(IMAGES, LABELS, 16))
    assert len(Batches(IMAGES, LABELS, 16)) == 4
    assert images.dtype == np.float32 and (images == IMAGES.astype(np.float32) / 255).all()
    assert (labels == LABELS).all()


def test_training_sees_images_in_the_order_given_with_their_labels():
    order = np.random.default_rng(1).permutation(50)[:48]
    images, labels = seen(Batches(IMAGES, LABELS, 16, order=order))
    assert (labels == order).all()
    assert (images == IMAGES[order].astype(np.float32) / 255).all()


def test_the_same_seed_augments_the_same_and_another_epoch_otherwise():
    first, again, later = (
        seen(Batches(IMAGES, LABELS, 16, augment=FLIP, seed=seed))[0] for seed in ((0, 1), (0, 1), (0, 2))
    )
    assert (first == again).all()
    assert (first != later).any()


@pytest.mark.parametrize("workers", [1, 3])
def test_keras_gets_the_same_batches_whatever_the_workers(workers):
    identity = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()])
    batches = Batches(IMAGES, LABELS, 16, augment=FLIP, seed=(3,), workers=workers)
    given = identity.predict(batches, verbose=0).reshape(-1, 8, 8, 3)
    assert given == pytest.approx(seen(batches)[0])


def test_features_pass_as_they_are():
    features = np.random.default_rng(0).random((10, 4)).astype(np.float32)
    assert (Batches(features, LABELS[:10], 4)[2][0] == features[8:]).all()
