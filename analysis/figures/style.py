"""The style that all figures share: size, fonts, colours and a light frame."""

import textwrap

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH, DPI = 9.0, 150  # inches; pixels per inch: figures are 1,350 pixels wide
TITLE, TEXT = 12, 9  # points
BLUE, VERMILION = "#0072B2", "#D55E00"  # from Okabe & Ito's palette for colour-blind readers
QUIET = "#595959"  # grey of notes and of scale lines

matplotlib.rcdefaults()  # a user's own matplotlibrc decides nothing of our figures


def new_figure(title: str, note: str, height: float) -> Figure:
    """Return an empty figure.

    Args:
        title: written above the figure; says what to see.
        note: written below it; says how to read it.
        height: of the figure, in inches.
    """
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained")
    figure.suptitle(textwrap.fill(title, 88), x=0.01, ha="left", fontsize=TITLE, fontweight="bold")
    figure.supxlabel(textwrap.fill(note, 128), x=0.01, ha="left", fontsize=TEXT, color=QUIET)
    return figure


def message_figure(title: str, message: str, note: str) -> Figure:
    """Return a figure that shows a message instead of data."""
    figure = new_figure(title, note, height=2.5)
    figure.text(0.5, 0.5, textwrap.fill(message, 90), ha="center", va="center", fontsize=TITLE)
    return figure


def light_frame(axes: Axes) -> None:
    """Remove the top and the right edge of the frame, and draw a light grid behind the data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#E5E5E5", linewidth=0.8)
    axes.set_axisbelow(True)
