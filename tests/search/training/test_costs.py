"""What a model costs: counted as Keras counts, and timed on one image."""

import keras
import pytest

from search.training.costs import Refused, check, measure


def model(width: int) -> keras.Model:
    inputs = keras.Input((4, 4, 3))
    x = keras.layers.BatchNormalization()(keras.layers.Conv2D(width, 3)(inputs))
    return keras.Model(inputs, keras.layers.Dropout(0.5)(x))  # its state is no weight


def test_weights_are_counted_as_keras_counts_them_in_all_parts() -> None:
    first = model(5)
    inputs = keras.Input(first.output_shape[1:])
    second = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(inputs)))
    costs = measure([first, second], (4, 4, 3), {"parameters", "size"})
    assert costs == {
        "parameters": first.count_params() + second.count_params(),
        "size": 4 * (first.count_params() + second.count_params()),
    }


def test_the_latency_is_of_all_parts_and_has_its_spread() -> None:
    costs = measure([model(2)], (4, 4, 3), {"latency"})
    assert costs.keys() == {"latency", "latency_spread"}
    assert 0 < costs["latency"] < 1000 and 0 <= costs["latency_spread"] < 1000


def test_a_model_above_a_limit_is_refused_with_its_cost() -> None:
    check({"parameters": 100.0}, {"parameters": 100})
    with pytest.raises(Refused, match=r"^1,234 parameters, --at-most parameters=1000$"):
        check({"parameters": 1234.0}, {"parameters": 1000})
