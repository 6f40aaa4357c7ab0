"""The conclusion of a comparison of two models in words. It never claims more than its interval allows."""

import math

from analysis.document.wording import outwards, points, span
from analysis.statistics.intervals import Difference, Interval

ALPHA = 0.05


def conclusion(first: str, second: str, difference: Difference, p: float) -> str:
    """Return the conclusion as a sentence, with differences in percentage points (0.01 is 1 point).

    It calls a model better only if `is_shown`. The interval is that of the single comparison, not corrected.

    Args:
        first: name of a model.
        second: name of the other.
        difference: accuracy of the first model minus that of the second.
        p: p-value, corrected for the number of comparisons (`analysis.statistics.intervals.holm`).

    Raises:
        ValueError: a number is NaN or infinite.

    >>> from analysis.statistics.intervals import Interval
    >>> gain = Difference(0.012, Interval(0.004, 0.020), p=0.003, seeds=5)
    >>> conclusion("inception", "basic", gain, p=0.009)
    'inception over basic: +1.2 points, interval 0.4 to 2.0'
    >>> loss = Difference(-0.003, Interval(-0.014, 0.008), p=0.6, seeds=5)
    >>> conclusion("residual", "basic", loss, p=0.6)
    'residual against basic: no difference shown at this size (−0.3 points, interval −1.4 to 0.8)'
    """
    estimate, low, high = difference.estimate, difference.interval.low, difference.interval.high
    if not all(map(math.isfinite, (estimate, low, high, p))):
        raise ValueError(f"{first} against {second}: no conclusion from {difference} and p = {p}")
    if high < 0:
        first, second, estimate, low, high = second, first, -estimate, -high, -low
    numbers = f"{points(estimate)} points, interval {span(Interval(low, high))}"
    limit = "" if difference.seeds > 1 else "; for these trained models, other seeds may differ"
    if is_shown(difference, p):
        return f"{first} over {second}: {numbers}{limit}"
    condition = "at this size"
    if is_shown(difference, difference.p):
        condition = "once corrected for the number of comparisons"
        numbers += f", corrected p = {p:.2f}"
    return f"{first} against {second}: no difference shown {condition} ({numbers}{limit})"


def reach(difference: Difference) -> str:
    """Return what the interval of a difference holds for, as a sentence."""
    if difference.seeds > 1:
        return "Its interval is for other seeds and for other images of the same kind."
    return "The seeds were not varied in both, so its interval is for other images, and not for other seeds."


def is_shown(difference: Difference, p: float) -> bool:
    """Return whether one model may be called better.

    This requires an interval that excludes 0 as printed, with its ends rounded outwards, and a p-value below
    0.05.

    Args:
        difference: accuracy of a model minus that of another.
        p: p-value, corrected for the number of comparisons.
    """
    interval = outwards(difference.interval)
    return (interval.low > 0 or interval.high < 0) and p < ALPHA
