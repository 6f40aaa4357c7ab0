"""The format of numbers and names, the same in every document."""

import math
import re
from typing import Any

from analysis.statistics.intervals import Interval


def percent(share: float) -> str:
    r"""Return a share in [0, 1] as a percentage, with a space that does not break the line.

    >>> percent(0.6283)
    '62.8\xa0%'
    """
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def points(share: float) -> str:
    """Return a difference of shares in percentage points.

    >>> points(0.0314), points(-0.0028), points(-0.0001)
    ('+3.1', '−0.3', '0.0')
    """
    return f"{100 * share:+z.1f}".replace("-", "−").replace("+0.0", "0.0")


def outwards(interval: Interval) -> Interval:
    """Return an interval of shares in percent, with its ends rounded outwards to one decimal.

    >>> outwards(Interval(0.61237, 0.64211))
    Interval(low=61.2, high=64.3)
    """
    # Rounded first, against floating-point noise.
    low, high = (round(1000 * end, 6) for end in (interval.low, interval.high))
    return Interval(math.floor(low) / 10, math.ceil(high) / 10)


def span(interval: Interval) -> str:
    """Return an interval of shares as text in percent, with its ends rounded outwards.

    >>> span(Interval(0.61237, 0.64211)), span(Interval(-0.00281, 0.01))
    ('61.2 to 64.3', '−0.3 to 1.0')
    """
    printed = outwards(interval)
    return f"{printed.low:.1f} to {printed.high:z.1f}".replace("-", "−")


def p_value(p: float) -> str:
    """Return a p-value as text.

    >>> p_value(0.0312), p_value(0.00002)
    ('0.031', '< 0.001')
    """
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def minutes(seconds: float) -> str:
    """Return a duration as text in seconds or minutes.

    >>> minutes(42.4), minutes(754)
    ('42 s', '12.6 min')
    """
    return f"{seconds:.0f} s" if seconds < 99 else f"{seconds / 60:.1f} min"


def value(setting: Any) -> str:
    """Return the value of a hyperparameter as it is typed after `--set NAME=`, rounded to three digits.

    >>> value(0.0040877443), value("batch"), value(True)
    ('0.00409', 'batch', 'True')
    """
    return f"{setting:.3g}" if isinstance(setting, float) else str(setting)


def listed(names: list[str], last: str = "and") -> str:
    """Return names as an enumeration in a sentence.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def without_folders(text: str) -> str:
    """Return a text with absolute paths cut to their last part, because they exist on one machine only.

    >>> without_folders("--weights /home/me/vgg16.npz --parent cats_dogs_vgg16/first")
    '--weights …/vgg16.npz --parent cats_dogs_vgg16/first'
    """
    return re.sub(r"(?<![\w./:])~?/(?:[^\s/'\":;,]+/)+", "…/", text)


def share(accuracy: float, measure: str, images: str) -> str:
    """Return an accuracy on some images, as it stands after `verb`.

    >>> share(0.934, "accuracy", "1,000 test images").replace("\N{NO-BREAK SPACE}", " ")
    '93.4 % of the 1,000 test images'
    >>> share(0.934, "balanced accuracy", "1,000 test images").replace("\N{NO-BREAK SPACE}", " ")
    'balanced accuracy 93.4 % on the 1,000 test images'
    """
    if measure == "accuracy":
        return f"{percent(accuracy)} of the {images}"
    return f"{measure} {percent(accuracy)} on the {images}"


def verb(measure: str) -> str:
    """Return what a model does in front of `share`."""
    return "is right on" if measure == "accuracy" else "has"
