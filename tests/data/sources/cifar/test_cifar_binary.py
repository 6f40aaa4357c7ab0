"""A batch of the binary version is read, or its size is named."""

import numpy as np
import pytest

from data import DataError
from data.sources.cifar.binary import read_batch


def test_it_reads_rows_and_labels() -> None:
    rows, labels = read_batch(bytes([7, 1, 2, 3, 0, 4, 5, 6]), 3, "test_batch.bin")
    assert rows.tolist() == [[1, 2, 3], [4, 5, 6]] and labels.tolist() == [7, 0]
    assert (rows.dtype, labels.dtype) == (np.uint8, np.int64)


@pytest.mark.parametrize("size", [0, 1, 3, 5])
def test_half_a_record_is_refused(size: int) -> None:
    with pytest.raises(DataError, match=rf"^test_batch\.bin has {size} bytes, not a multiple of 4$"):
        read_batch(bytes(size), 3, "test_batch.bin")
