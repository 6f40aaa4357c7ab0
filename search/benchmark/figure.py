"""The comparison as a picture: regret against the budget, a panel for each number of workers."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray

from search.benchmark.contestants import CONTESTANTS

matplotlib.use("agg")
matplotlib.rcdefaults()


def draw(
    regrets: Mapping[tuple[int, str], NDArray[np.float64]], budgets: Sequence[float], path: Path
) -> Path:
    """Draw mean normalized regret and its standard error; return the path.

    Args:
        regrets: (workers, contestant) → (tables, seeds, budgets).
        budgets: in full trainings.
        path: of the PNG file to write.
    """
    import matplotlib.pyplot as plt

    workers = sorted({number for number, _ in regrets})
    figure, axes = plt.subplots(1, len(workers), figsize=(4.5 * len(workers), 4), sharey=True, squeeze=False)
    for axis, number in zip(axes[0], workers, strict=True):
        for name, values in ((name, values) for (each, name), values in regrets.items() if each == number):
            by_seed = values.mean(axis=0)
            error = by_seed.std(axis=0, ddof=1) / math.sqrt(len(by_seed)) if len(by_seed) > 1 else 0.0
            ours = name == "default"
            axis.errorbar(
                budgets, by_seed.mean(axis=0), error, label=CONTESTANTS[name].what, marker="o", capsize=2,
                linewidth=2.5 if ours else 1.2, color="#D55E00" if ours else None, zorder=3 if ours else 2,
            )  # fmt: skip
        axis.set(
            title=f"{number} worker{'s' if number > 1 else ''}", xscale="log", xlabel="budget, full trainings"
        )
        axis.set_xticks(list(budgets), [f"{budget:g}" for budget in budgets])
        axis.grid(alpha=0.3)
    axes[0][0].set(ylabel="normalized regret (0: best, 1: median)", ylim=(0, None))
    axes[0][-1].legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path
