"""The front of two objectives: which accuracy can be had at which cost."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from analysis.figures.style import light_frame, message_figure, new_figure
from analysis.figures.trials import BEST, DEFAULT, STYLES, progress
from search.algorithm.objectives import COSTS, cost_of, front
from search.algorithm.trial import Trial
from search.runs.plan import Plan


def figure(trials: Sequence[Trial], plan: Plan) -> Figure:
    """Draw the trials of full length by cost and accuracy, with a step line through the front.

    Args:
        trials: trials of one run, finished or not.
        plan: plan of the run; it has a second objective.
    """
    title = f"{plan.study}: validation {plan.measure} against {plan.cost}"
    complete = [trial for trial in trials if trial.state == "complete"]
    if not complete:
        return message_figure(title, "No trial is complete yet.", progress(trials, plan))
    chosen = front(complete, plan.cost)
    note = (
        f"{progress(trials, plan)} One mark for each of the {len(complete)} trials of full length; the "
        f"others were stopped earlier, because of their accuracy alone. {plan.cost}: {COSTS[plan.cost]}."
    )
    fig = new_figure(title, note, height=4.2)
    axes = fig.add_subplot()
    light_frame(axes)
    axes.set_xscale("log")
    others = [trial for trial in complete if trial not in chosen]
    for group, style, label in (
        (others, STYLES["stopped"], "another trial is as good and costs no more"),
        (chosen, STYLES["complete"], "on the front"),
        ([trial for trial in complete if trial.number == 0], DEFAULT, "the default"),
        ([max(complete, key=lambda trial: trial.value)], BEST, "the most accurate"),
    ):
        if group:
            axes.plot(
                [cost_of(trial, plan.cost) for trial in group],
                [trial.value for trial in group],
                style.marker,
                color=style.colour,
                label=label,
            )
    axes.step(
        [cost_of(trial, plan.cost) for trial in chosen],
        [trial.value for trial in chosen],
        where="post",
        color=STYLES["complete"].colour,
        linewidth=1,
    )
    axes.set_xlabel("milliseconds for one image" if plan.cost == "latency" else plan.cost)
    axes.set_ylabel(f"validation {plan.measure}")
    axes.legend(frameon=False, loc="best")
    return fig
