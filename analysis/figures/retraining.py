"""Learning curves of retrained models, side by side: one line per seed."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from analysis.figures.style import BLUE, TEXT, light_frame, new_figure

COLUMNS = 2  # more would not leave room for the long names of runs


def figure(curves: Mapping[str, Sequence[Mapping[int, float]]], measure: str) -> Figure:
    """Draw one panel per model, all with the same axes.

    Args:
        curves: model name → for each seed, a mapping of epoch → validation accuracy in [0, 1].
        measure: what that accuracy is called.
    """
    columns = min(COLUMNS, len(curves))
    rows = -(-len(curves) // columns)
    fig = new_figure(
        f"Retrained with several seeds: validation {measure} by epoch",
        "A line is one seed; all panels have one scale. Validation images of the training's own split: the "
        "test set is measured once, after the last epoch.",
        height=1.2 + 2.6 * rows,
    )
    panels = fig.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for panel, (name, seeds) in zip(panels.flat, curves.items(), strict=False):
        light_frame(panel)
        panel.set_title(name, fontsize=TEXT)
        panel.set_xlabel("epoch")
        panel.xaxis.get_major_locator().set_params(integer=True)
        for curve in seeds:
            epochs = sorted(curve)
            values = [curve[epoch] for epoch in epochs]
            panel.plot(epochs, values, color=BLUE, alpha=0.6, marker=".", markevery=[-1])
    for panel in panels.flat[len(curves) :]:
        panel.set_axis_off()
    fig.supylabel(f"validation {measure}")
    return fig
