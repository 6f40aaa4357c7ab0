"""The style of all figures: a size that can be read, long titles wrapped, messages instead of data."""

from analysis.figures.style import DPI, WIDTH, light_frame, message_figure, new_figure
from tests.analysis.figures.conftest import Read, text_of


def test_a_long_title_and_a_long_note_stay_inside_the_figure() -> None:
    figure = new_figure("a title of many words " * 10, "a note of many words " * 20, height=4)
    figure.subplots()
    figure.canvas.draw()
    assert figure.bbox.width == WIDTH * DPI
    for text in (figure._suptitle, figure._supxlabel):
        box = text.get_window_extent()
        assert box.x0 >= 0 and box.x1 <= figure.bbox.width


def test_a_message_figure_says_what_is_missing(read: Read) -> None:
    figure = message_figure("the title", "No trial has a value yet.", "the note")
    texts = read(figure)
    assert "the title" in texts and "No trial has a value yet." in texts and "the note" in texts
    assert figure.axes == [] and "No trial" in text_of(figure)


def test_a_light_frame_keeps_the_left_and_the_bottom_edge() -> None:
    axes = new_figure("title", "note", height=3).subplots()
    light_frame(axes)
    visible = [edge for edge, spine in axes.spines.items() if spine.get_visible()]
    assert visible == ["left", "bottom"]
