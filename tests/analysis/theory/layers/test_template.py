"""A template is found where it was cut out, and neither brightness nor contrast matters."""

import numpy as np

from analysis.theory.layers.template import best_position, correlation, filtered


def noise(seed: int, size: int = 20) -> np.ndarray:
    return np.random.default_rng(seed).random((size, size, 3)).astype(np.float32)


def test_a_filter_multiplies_and_adds_as_loops_do() -> None:
    image, kernel = noise(0, 6), noise(1, 3)
    expected = [[float((image[y : y + 3, x : x + 3] * kernel).sum()) for x in range(4)] for y in range(4)]
    np.testing.assert_allclose(filtered(image, kernel), expected, rtol=1e-5)


def test_correlation_is_pearsons_of_each_window() -> None:
    image, template = noise(0, 7), noise(1, 5)
    expected = [
        [np.corrcoef(image[y : y + 5, x : x + 5].ravel(), template.ravel())[0, 1] for x in range(3)]
        for y in range(3)
    ]
    np.testing.assert_allclose(correlation(image, template), expected, atol=1e-4)


def test_a_template_is_found_in_a_darker_image_with_a_bright_corner() -> None:
    image = noise(0)
    template = image[4:10, 7:13].copy()
    darker = 0.3 * image
    darker[:8, :8] = 1.0
    assert best_position(filtered(darker, template)) != (4, 7)  # brightness wins
    darker[4:10, 7:13] = 0.3 * template
    assert best_position(correlation(darker, template)) == (4, 7)
