"""The picture of a comparison."""

from pathlib import Path

import numpy as np
from PIL import Image

from search.benchmark.figure import draw


def test_there_is_a_panel_for_each_number_of_workers(tmp_path: Path) -> None:
    regrets = {(workers, "default"): np.full((1, 3, 2), 0.1) for workers in (1, 4)}
    one = draw({(1, "default"): regrets[1, "default"]}, (5, 10), tmp_path / "one.png")
    two = draw(regrets, (5, 10), tmp_path / "two.png")
    with Image.open(one) as narrow, Image.open(two) as wide:
        assert wide.width == 2 * narrow.width and wide.height == narrow.height
