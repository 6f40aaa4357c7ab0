"""What the tests of the figures share: rendering to PNG, as a reader would see it."""

import io
from collections.abc import Callable

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

Read = Callable[[Figure], str]


@pytest.fixture
def read() -> Read:
    """Render a figure to PNG at a size one can read, and return the texts in it, a line each."""

    def render(figure: Figure) -> str:
        file = io.BytesIO()
        figure.savefig(file, format="png")
        with Image.open(file) as picture:
            width, _ = picture.size
            extremes = picture.convert("L").getextrema()
        assert 600 <= width <= 1600
        assert extremes[0] < 100 and extremes[1] == 255, "nothing is drawn"
        texts = [each for each in figure.findobj(Text) if each.get_visible() and each.get_text()]
        assert min(each.get_fontsize() for each in texts) >= 9
        return "\n".join(each.get_text() for each in texts)

    return render
