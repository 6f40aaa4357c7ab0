"""What a comparison of two models allows to say, in words: never more than its interval."""

import math

from analysis.document.wording import outwards, points, span
from analysis.statistics.intervals import Difference, Interval

ALPHA = 0.05


def conclusion(first: str, second: str, difference: Difference, p: float) -> str:
    """Return the sentence that the numbers allow, with differences in points: 0.01 is 1 point.

    A model is called better only where the interval leaves out 0, as printed, with its ends rounded outwards;
    and where the corrected p-value is under 0.05. The interval is that of the one comparison, not corrected.

    Args:
        first: name of a model.
        second: name of the other.
        difference: of the first over the second.
        p: its p-value, corrected for the number of comparisons (`analysis.statistics.intervals.holm`).

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
    interval = Interval(low, high)
    numbers = f"{points(estimate)} points, interval {span(interval)}"
    above = outwards(interval).low > 0
    trained_once = "" if difference.seeds > 1 else "; for these trained models, other seeds may differ"
    if above and p < ALPHA:
        return f"{first} over {second}: {numbers}{trained_once}"
    why = "at this size"
    if above and difference.p < ALPHA:
        why = "once corrected for the number of comparisons"
        numbers += f", corrected p = {p:.2f}"
    return f"{first} against {second}: no difference shown {why} ({numbers}{trained_once})"
