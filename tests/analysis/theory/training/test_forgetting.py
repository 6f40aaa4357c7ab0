"""A frozen base forgets nothing under a new top."""

import numpy as np

from analysis.theory.layers import probe
from analysis.theory.material import Network, untrained
from analysis.theory.training.forgetting import remembered, train_top, with_new_top
from data import Split


def test_a_base_under_a_trained_top_still_knows_what_it_knew() -> None:
    images = np.random.default_rng(0).integers(0, 256, (64, 32, 32, 3), np.uint8)
    old = untrained(8)
    labels = probe.maps(old, images)[0].argmax(axis=1)
    labels[0] = (labels[0] + 1) % 8  # one image is wrong
    network = Network(old, 63 / 64, Split(images, labels), ("",) * 8)
    model = with_new_top(network)
    top = model.get_layer("logits").get_weights()[0]
    train_top(model, (images, np.arange(64) % 2), (images, labels % 2), epochs=1, seed=0, batch_size=32)
    assert (model.get_layer("logits").get_weights()[0] != top).any()
    assert remembered(model, network).sum() == 63
