"""The look that all figures share: their size, letters and colours, and a frame that keeps quiet."""

import textwrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH, DPI = 9.0, 150  # inches; pixels an inch: 1,350 pixels wide
TITLE, TEXT = 12, 9  # points
BLUE, VERMILION = "#0072B2", "#D55E00"  # Okabe & Ito's, told apart by the colour-blind
QUIET = "#595959"  # of notes, and of what only measures


def blank(title: str, note: str, height: float) -> Figure:
    """Return an empty figure.

    Args:
        title: what to see, above.
        note: how to read it, below.
        height: in inches.
    """
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained")
    figure.suptitle(textwrap.fill(title, 88), x=0.01, ha="left", fontsize=TITLE, fontweight="bold")
    figure.supxlabel(textwrap.fill(note, 128), x=0.01, ha="left", fontsize=TEXT, color=QUIET)
    return figure


def nothing(title: str, why: str, note: str) -> Figure:
    """Return a figure that says what is missing."""
    figure = blank(title, note, height=2.5)
    figure.text(0.5, 0.5, textwrap.fill(why, 90), ha="center", va="center", fontsize=TITLE)
    return figure


def quieten(axes: Axes) -> None:
    """Leave away half of an axis' frame, and lay light lines behind the data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#E5E5E5", linewidth=0.8)
    axes.set_axisbelow(True)
