"""Fixtures for tests of figures: a figure rendered to PNG, as a reader sees it."""

import io
from collections.abc import Callable

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

Read = Callable[[Figure], str]


@pytest.fixture
def read() -> Read:
    """Render a figure to PNG, check that it is readable, and return its texts, one per line."""

    def render(figure: Figure) -> str:
        file = io.BytesIO()
        figure.savefig(file, format="png")
        with Image.open(file) as picture:
            width, _ = picture.size
            extremes = picture.convert("L").getextrema()
        assert 600 <= width <= 1600
        assert extremes[0] < 100 and extremes[1] == 255, "nothing is drawn"
        texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
        assert min(text.get_fontsize() for text in texts) >= 9
        return "\n".join(text.get_text() for text in texts)

    return render


def text_of(figure: Figure) -> str:
    """Return all text in a figure without line breaks."""
    return " | ".join(text.get_text().replace("\n", " ") for text in figure.findobj(Text) if text.get_text())
