"""Learning curves of retrained models, side by side: a line for each seed."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from analysis.figures._style import BLUE, TEXT, blank, quieten

COLUMNS = 2  # names of runs are long


def figure(curves: Mapping[str, Sequence[Mapping[int, float]]]) -> Figure:
    """Draw a panel for each model, all on one scale.

    Args:
        curves: name → of each seed: epoch → validation accuracy in [0, 1].
    """
    columns = min(COLUMNS, len(curves))
    rows = -(-len(curves) // columns)
    drawn = blank(
        "Retrained with several seeds: validation accuracy by epoch",
        "A line is one seed; all panels have one scale. Validation images of the training's own split: the "
        "test set is measured once, after the last epoch.",
        height=1.2 + 2.6 * rows,
    )
    panels = drawn.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for panel, (name, seeds) in zip(panels.flat, curves.items(), strict=False):
        quieten(panel)
        panel.set_title(name, fontsize=TEXT)
        panel.set_xlabel("epoch")
        panel.xaxis.get_major_locator().set_params(integer=True)
        for each in seeds:
            epochs = sorted(each)
            values = [each[epoch] for epoch in epochs]
            panel.plot(epochs, values, color=BLUE, alpha=0.6, marker=".", markevery=[-1])
    for panel in panels.flat[len(curves) :]:
        panel.set_axis_off()
    drawn.supylabel("validation accuracy")
    return drawn
