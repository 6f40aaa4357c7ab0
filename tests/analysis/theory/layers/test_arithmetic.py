"""The numeric answers, computed by Keras layers, equal those of loops that know nothing of Keras."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.theory.demonstration import Demonstration
from analysis.theory.layers import arithmetic

Image = list[list[list[float]]]  # rows of pixels of channels


def the_image() -> Image:
    return [[[1, 2, row] for _ in range(4)] for row in (1, 2, 3, 4)]


def convolve(image: Image, border: int = 0, dilation: int = 1, stride: int = 1) -> list[list[float]]:
    """Add up what lies under a 3 × 3 filter of ones, at every position where the filter fits."""
    height, width, channels = len(image), len(image[0]), len(image[0][0])
    reach = 2 * dilation
    result = []
    for top in range(-border, height + border - reach, stride):
        row = []
        for left in range(-border, width + border - reach, stride):
            total = 0.0
            for i, j, channel in itertools.product(range(3), range(3), range(channels)):
                y, x = top + i * dilation, left + j * dilation
                if 0 <= y < height and 0 <= x < width:
                    total += image[y][x][channel]
            row.append(total)
        result.append(row)
    return result


def cells(demonstration: Demonstration, name: str) -> list[list[float]]:
    """Return the numbers that a table shows."""
    table = demonstration.blocks[name]
    return [[float(cell) for cell in row if cell] for row in table.rows]  # type: ignore[union-attr]


def test_the_image_is_the_one_of_the_questions() -> None:
    assert arithmetic.image().tolist() == the_image()


@pytest.mark.parametrize(
    ("answer", "table", "border", "dilation"),
    [
        (arithmetic.unpadded_answer, "result", 0, 1),
        (arithmetic.padded_answer, "result", 1, 1),
        (arithmetic.dilated_answer, "same", 2, 2),
        (arithmetic.dilated_answer, "kept", 1, 2),
    ],
)
def test_convolutions_equal_the_loops(answer: object, table: str, border: int, dilation: int) -> None:
    expected = convolve(the_image(), border, dilation)
    assert cells(answer(), table) == expected  # type: ignore[operator]


def test_a_dilated_filter_does_not_fit_without_padding() -> None:
    assert convolve(the_image(), dilation=2) == []
    with pytest.raises(ValueError):
        arithmetic.convolved(arithmetic.image(), dilation=2)


def test_max_pooling_equals_the_loops() -> None:
    image = the_image()
    expected = [
        [max(image[y + i][x + j][c] for i in (0, 1) for j in (0, 1)) for c in range(3) for x in (0, 2)]
        for y in (0, 2)
    ]
    assert cells(arithmetic.pooling_answer(), "result") == expected


@pytest.mark.parametrize(
    ("answer", "stride"), [(arithmetic.size_answer, 1), (arithmetic.strided_size_answer, 2)]
)
def test_sizes_equal_a_count_of_the_positions(answer: object, stride: int) -> None:
    positions = len([start for start in range(0, 128, stride) if start + 3 <= 128])
    numbers = answer().numbers  # type: ignore[operator]
    assert numbers["size"] == f"{positions} × {positions} × 16"
    assert numbers["values"] == f"{positions * positions * 16:,}"
    assert numbers["parameters"] == f"{16 * (3 * 3 * 32 + 1):,}"


def test_the_other_reading_of_the_image_transposes_every_answer() -> None:
    turned = arithmetic.image().transpose(1, 0, 2)
    for options in ({}, {"padding": "same"}, {"padding": "same", "dilation": 2}):
        answers: list[NDArray[np.float32]] = [
            arithmetic.convolved(image, **options)  # type: ignore[arg-type]
            for image in (arithmetic.image(), turned)
        ]
        assert (answers[0] == answers[1].T).all()
    pooled = arithmetic.pooled(arithmetic.image()), arithmetic.pooled(turned)
    assert (pooled[0] == pooled[1].transpose(1, 0, 2)).all()


def test_the_numbers_of_the_text_are_those_of_the_tables() -> None:
    first = arithmetic.unpadded_answer()
    assert [first.numbers[name] for name in ("red", "green", "blue")] == ["9", "18", "18"]
    assert float(first.numbers["first"]) == cells(first, "result")[0][0]
    assert float(arithmetic.padded_answer().numbers["corner"]) == 2 * 2 * (1 + 2) + 2 * (1 + 2)
    assert float(arithmetic.dilated_answer().numbers["corner"]) == 2 * 2 * (1 + 2) + 2 * (1 + 3)
