"""Grad-CAM: against closed forms, on evidence in a known place, and against a network of random weights."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation
from scipy.stats import spearmanr

from analysis.explain.class_activation import ClassActivation, enlarged, figure, grad_cam, right_and_wrong
from tests.analysis.figures.conftest import Read

SIZE = 12
IMAGES = np.random.default_rng(0).random((3, SIZE, SIZE, 3), np.float32)


@pytest.fixture(autouse=True)
def seeded() -> None:
    keras.utils.set_random_seed(0)


def weights_of(model: keras.Model, layer: str) -> list[NDArray[Any]]:
    return [np.asarray(array, np.float64) for array in model.get_layer(layer).get_weights()]


def centre(model: keras.Model) -> None:
    """Let the convolution's maps be as often above 0 as below, on images around 0.5."""
    kernel, _ = model.get_layer("conv").get_weights()
    model.get_layer("conv").set_weights([kernel, -kernel.sum(axis=(0, 1, 2)) / 2])


def linear_maps(model: keras.Model) -> NDArray[Any]:
    """The 1×1 convolution's maps, (n, height, width, channels), by hand."""
    kernel, bias = weights_of(model, "conv")
    return IMAGES.astype(np.float64) @ kernel[0, 0] + bias


@pytest.mark.parametrize("classes", [[0, 1, 2], [2, 2, 0]])
def test_behind_pooling_and_one_dense_layer_it_is_the_class_activation_map(classes: list[int]) -> None:
    """Zhou et al. 2016: relu(Σ_k w_k / (height · width) · A_k), exactly."""
    conv, dense = layers.Conv2D(5, 1, name="conv"), layers.Dense(3, name="dense")
    model = keras.Sequential([keras.Input((SIZE, SIZE, 3)), conv, layers.GlobalAveragePooling2D(), dense])
    centre(model)
    result = grad_cam(model, IMAGES, classes)
    pooled = weights_of(model, "dense")[0].T[classes] / SIZE**2
    expected = np.maximum(np.einsum("nhwk,nk->nhw", linear_maps(model), pooled), 0)
    assert result.layer == "conv"
    assert 0.1 < np.mean(expected > 0) < 0.9
    np.testing.assert_allclose(result.weights, pooled, rtol=1e-5)
    np.testing.assert_allclose(result.heatmaps, expected, rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(result.logits, model.predict_on_batch(IMAGES), rtol=1e-5)


def test_behind_a_hidden_layer_the_weights_are_each_images_own() -> None:
    inputs: Any = keras.Input((SIZE, SIZE, 3))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(5, 1, name="conv")(inputs))
    hidden = layers.Dense(16, activation="relu", name="hidden")(x)
    model = keras.Model(inputs, layers.Dense(3, name="dense")(hidden))
    centre(model)
    images = IMAGES * np.array([0.1, 1.0, 3.0], np.float32)[:, None, None, None]
    kernel, bias = weights_of(model, "conv")
    maps = images.astype(np.float64) @ kernel[0, 0] + bias
    first, offset = weights_of(model, "hidden")
    active = maps.mean(axis=(1, 2)) @ first + offset > 0
    pooled = (active * weights_of(model, "dense")[0][:, 1]) @ first.T / SIZE**2
    result = grad_cam(model, images, [1, 1, 1])
    assert not np.allclose(pooled[0], pooled[2])
    np.testing.assert_allclose(result.weights, pooled, rtol=1e-4, atol=1e-9)
    expected = np.maximum(np.einsum("nhwk,nk->nhw", maps, pooled), 0)
    np.testing.assert_allclose(result.heatmaps, expected, rtol=1e-4, atol=1e-7)


def test_a_skip_connection_around_the_layer_adds_nothing_to_its_gradient() -> None:
    inputs: Any = keras.Input((SIZE, SIZE, 3))
    maps = layers.Add()([layers.Conv2D(3, 1, name="conv")(inputs), inputs])
    model = keras.Model(inputs, layers.Dense(2, name="dense")(layers.GlobalAveragePooling2D()(maps)))
    result = grad_cam(model, IMAGES, [0, 0, 1], layer="conv")
    pooled = weights_of(model, "dense")[0].T[[0, 0, 1]] / SIZE**2
    np.testing.assert_allclose(result.weights, pooled, rtol=1e-5)
    expected = np.maximum(np.einsum("nhwk,nk->nhw", linear_maps(model), pooled), 0)
    np.testing.assert_allclose(result.heatmaps, expected, rtol=1e-4, atol=1e-7)


def test_the_last_convolution_is_found_in_a_nested_model() -> None:
    conv = layers.Conv2D(5, 1, name="conv")
    base = keras.Sequential([keras.Input((SIZE, SIZE, 3)), conv, layers.MaxPooling2D()], name="base")
    inputs: Any = keras.Input((SIZE, SIZE, 3))
    x = layers.GlobalMaxPooling2D()(base(layers.Rescaling(2.0)(inputs)))
    nested = keras.Model(inputs, layers.Dense(3, name="dense")(x))
    flat = keras.Sequential(
        [keras.Input((SIZE, SIZE, 3)), layers.Rescaling(2.0), *base.layers, layers.GlobalMaxPooling2D()]
    )
    flat.add(nested.get_layer("dense"))
    result, expected = grad_cam(nested, IMAGES), grad_cam(flat, IMAGES)
    assert result.layer == "base/conv"
    assert expected.heatmaps.max() > 0
    np.testing.assert_allclose(result.heatmaps, expected.heatmaps, rtol=1e-5)
    assert result.classes.tolist() == result.logits.argmax(axis=1).tolist()


def squares(n: int) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.bool_]]:
    """Noise with a square in it, red (class 0) or green (class 1): images, labels, where the squares are."""
    rng = np.random.default_rng(3)
    images = rng.uniform(0.2, 0.6, (n, 16, 16, 3)).astype(np.float32)
    labels, places = np.arange(n) % 2, np.zeros((n, 16, 16), bool)
    for image, label, place in zip(images, labels, places, strict=True):
        top, left = rng.integers(1, 10, 2)
        place[top : top + 5, left : left + 5] = True
        image[place] = rng.uniform(0, 0.3, (25, 3))
        image[place, label] = rng.uniform(0.7, 1, 25)
    return images, labels, places


def small_network(seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    inputs: Any = keras.Input((16, 16, 3))
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    return keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))


def test_the_heatmap_lies_on_the_evidence_and_random_weights_give_another() -> None:
    """The sanity check of Adebayo et al. 2018: an explanation must depend on what the network has learned."""
    images, labels, places = squares(128)
    trained = small_network(0)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    trained.compile(keras.optimizers.Adam(0.02), loss)
    trained.fit(images, labels, batch_size=32, epochs=12, verbose=0)
    images, labels, places = images[:12], labels[:12], places[:12]
    learned = grad_cam(trained, images, labels).heatmaps
    assert (trained.predict_on_batch(images).argmax(axis=1) == labels).all()

    # What a square can reach: two convolutions see two pixels around it.
    near = binary_dilation(places, np.ones((1, 5, 5)))

    def share_near_the_square(heatmaps: NDArray[Any]) -> float:
        return float((heatmaps * near).sum() / heatmaps.sum())

    assert share_near_the_square(learned) > 0.7
    for seed in (1, 2, 3):
        blind = grad_cam(small_network(seed), images, labels).heatmaps
        pairs = [(a, b) for a, b in zip(learned, blind, strict=True) if a.any() and b.any()]
        likeness = [spearmanr(a.ravel(), b.ravel()).statistic for a, b in pairs]
        assert np.mean(likeness) < 0.3
        assert share_near_the_square(blind) < 0.5


def test_right_and_wrong_examples_in_their_order() -> None:
    logits = np.eye(2, dtype=np.float32)[[0, 1, 0, 1, 0]]
    assert right_and_wrong(logits, np.array([0, 0, 0, 1, 1]), most=2).tolist() == [0, 2, 1, 4]


def test_a_heatmap_is_enlarged_to_the_image_with_its_largest_value_1() -> None:
    heat = enlarged(np.array([[0.0, 0.0], [0.0, 5.0]], np.float32), 20, 30)
    assert heat.shape == (20, 30)
    assert np.unravel_index(heat.argmax(), heat.shape) >= (10, 15)
    assert heat.max() == pytest.approx(1)
    assert enlarged(np.zeros((2, 2), np.float32), 4, 4).max() == 0


def test_the_picture_says_what_is_right_wrong_and_explained(read: Read) -> None:
    result = ClassActivation(
        layer="base/conv",
        classes=np.array([1, 1, 0]),
        logits=np.array([[0, 9], [0, 9], [9, 0]], np.float32),
        weights=np.random.default_rng(1).normal(size=(3, 5)).astype(np.float32),
        heatmaps=np.stack([np.eye(4), np.eye(4), np.zeros((4, 4))]).astype(np.float32),
    )
    texts = read(figure(IMAGES, np.array([1, 0, 0]), result, ["cat", "dog"]))
    assert "Grad-CAM at base/conv" in texts
    assert "dog,\nright (1.00)" in texts
    assert "cat, WRONG:\ndog (1.00)" in texts
    assert "evidence for\ndog" in texts and "evidence for\ncat" in texts
    assert "none anywhere" in texts
    assert "channel weights,\nup to " in texts
    strongest = np.argsort(-np.abs(result.weights[0]))
    assert "\n".join(map(str, strongest)) in texts
