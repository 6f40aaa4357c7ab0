"""How far the intervals over seeds and images can be trusted, and which differences they find: a simulation.

    python -m tests.benchmarks.seeds_and_images --tries 400 > table.md

Two models are compared in cells of 2 to 10 seeds, 50 to 10,000 images, accuracies of 70 or 97 %, and every
source of variance: how hard an image is for all models, and for one of them (their interaction); the effect
of a seed (standard deviation 0, 0.7 or 3 points, of both models or of one alone); the rest. In each try
they are equal once, and differ once by what a test with the known variance would find in 80 of 100. Takes 5
minutes on 2 idle cores.
"""

import argparse
import functools
import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from analysis.statistics.intervals import Interval, over_seeds, wilson
from analysis.statistics.seeds_and_images import Variance, accuracy, difference, two_more, variance_of

Right = NDArray[np.bool_]  # (seeds, images)

COMMON = 0.55  # variance over images of a latent score whose variance without seeds is 1
INTERACTION = 0.15
IDEAL = 2.8  # standard errors: what a test with the known variance finds in 80 of 100
COLUMNS = ("accuracy", "seeds", "images", "points over seeds", "interaction", "difference")
SINGLE = ("seeds alone", "Wilson", "now")


@dataclass(frozen=True)
class Cell:
    """What is simulated: numbers of seeds of both models, accuracies and deviations in [0, 1]."""

    seeds: tuple[int, int]
    images: int
    deviations: tuple[float, float]
    interaction: float
    accuracy: float

    def latent(self) -> tuple[float, float]:
        """Return the seeds' standard deviations in units of the latent score."""
        slope = float(stats.norm.pdf(stats.norm.ppf(self.accuracy)))
        return self.deviations[0] / slope, self.deviations[1] / slope

    def error(self) -> float:
        """Return the true standard error of the difference of the mean accuracies of two equal models."""
        total = 0.0
        for seeds, deviation in zip(self.seeds, self.latent(), strict=True):
            same_seed = self._covariance(deviation**2, deviation)
            same_image = self._covariance(COMMON + self.interaction, deviation)
            others = (self.images - 1) * same_seed + (seeds - 1) * same_image
            total += (self.accuracy * (1 - self.accuracy) + others) / (seeds * self.images)
        return math.sqrt(total - 2 * self._covariance_of_models() / self.images)

    def _covariance(self, shared: float, deviation: float) -> float:
        """Return the covariance of right answers whose scores share this variance."""
        return _both_right(self.accuracy, shared / (1 + deviation**2)) - self.accuracy**2

    def _covariance_of_models(self) -> float:
        first, second = self.latent()
        return (
            _both_right(self.accuracy, COMMON / math.sqrt((1 + first**2) * (1 + second**2)))
            - self.accuracy**2
        )


def _both_right(accuracy: float, correlation: float) -> float:
    bound = float(stats.norm.ppf(accuracy))
    covariance = [[1, correlation], [correlation, 1]]
    return float(stats.multivariate_normal.cdf([bound, bound], cov=covariance))


def cells() -> Iterator[Cell]:
    """Give the cells: every combination at 70 %; at 97 %; then seeds that differ between the models."""
    numbers, spreads = ((2, 2), (3, 3), (5, 5), (10, 10)), (0.0, 0.007, 0.03)
    sizes = (50, 300, 1_000, 10_000)
    for interaction, spread, images, seeds in itertools.product((0.0, INTERACTION), spreads, sizes, numbers):
        yield Cell(seeds, images, (spread, spread), interaction, 0.7)
    for spread, images, seeds in itertools.product(spreads, (50, 1_000), numbers):
        yield Cell(seeds, images, (spread, spread), INTERACTION, 0.97)
    for spread, images, seeds in itertools.product(
        (0.007, 0.03), (300, 10_000), ((2, 2), (3, 3), (5, 5), (2, 10), (10, 2))
    ):
        yield Cell(seeds, images, (spread, 0.0), INTERACTION, 0.7)


def trained(cell: Cell, gaps: Sequence[float], rng: np.random.Generator) -> list[tuple[Right, Right]]:
    """Return what two models get right, for each gap, in [0, 1], by which the second is less accurate."""

    def normal(*shape: int) -> NDArray[np.float32]:
        return rng.standard_normal(shape, dtype=np.float32)

    common = math.sqrt(COMMON) * normal(cell.images)
    scores = []
    for seeds, deviation in zip(cell.seeds, cell.latent(), strict=True):
        hard = common + math.sqrt(cell.interaction) * normal(cell.images)
        score = math.sqrt(1 - COMMON - cell.interaction) * normal(seeds, cell.images)
        score += hard + np.float32(deviation) * normal(seeds, 1)
        scores.append(score / np.float32(math.sqrt(1 + deviation**2)))
    bounds = [special.ndtri(cell.accuracy - gap) for gap in (0.0, *gaps)]
    first = scores[0] < bounds[0]
    return [(first, scores[1] < bound) for bound in bounds[1:]]


def intervals(first: Right, second: Right) -> dict[str, Interval]:
    """Return the interval of the difference by each method.

    - before: what this program used: the pigeonhole bootstrap (Owen 2007) that draws one seed fewer, with
      Welch's degrees of freedom. Its variance over unlimited resamples is known in closed form.
    - seeds alone: Student's t-test over the accuracies of the seeds, which knows of no images.
    - one freedom: the unbiased variance with the degrees of freedom of Hillis 2007, from pooled seeds.
    - now: `analysis.statistics.seeds_and_images`.
    """
    models = two_more(first, second)
    gains = models[0].mean(axis=0) - models[1].mean(axis=0)
    centre, variance = float(gains.mean()), variance_of(models, gains)
    means = [model.mean(axis=1, dtype=float) for model in models]
    parts = [float(mean.var(ddof=1)) / len(mean) for mean in means]
    alone = [variance_of([model], model.mean(axis=0)) for model in models]
    rest = sum(part.these_models - part.images for part in alone)  # which the bootstrap counts twice
    drawn = variance.these_models + variance.seeds + rest
    welch = sum(part**2 / (len(mean) - 1) for part, mean in zip(parts, means, strict=True))
    freedom = len(first) + len(second) - 2
    return {
        "before": _student(centre, math.sqrt(drawn), drawn**2 / welch if welch else math.inf),
        "seeds alone": _student(centre, _pooled(means), freedom),
        "one freedom": _one_freedom(centre, variance, freedom),
        "now": difference(first, second).interval,
    }


def _student(centre: float, error: float, freedom: float) -> Interval:
    half = special.stdtrit(min(freedom, 1e9), 0.975) * error
    return Interval(centre - half, centre + half)


def _pooled(means: Sequence[NDArray[np.float64]]) -> float:
    squares = sum(float(np.square(mean - mean.mean()).sum()) for mean in means)
    numbers = [len(mean) for mean in means]
    return math.sqrt(squares / (sum(numbers) - 2) * sum(1 / number for number in numbers))


def _one_freedom(centre: float, variance: Variance, freedom: int) -> Interval:
    total = max(variance.seeds + variance.images, variance.these_models)
    return _student(
        centre, math.sqrt(total), freedom * (total / variance.seeds) ** 2 if variance.seeds else math.inf
    )


def of_one_model(right: Right) -> dict[str, Interval]:
    """Return the interval of one model's accuracy by each method."""
    over, images = over_seeds([float(mean) for mean in right.mean(axis=1)]).interval, right.shape[1]
    assert over
    mean = wilson(round(float(right.mean()) * images), images)
    return {"seeds alone": over, "Wilson": mean, "now": accuracy(right)}


@dataclass
class Count:
    """What a method did in the tries of a cell."""

    false: int = 0
    found: int = 0
    covered: int = 0
    width: float = 0.0


def simulate(cell: Cell, tries: int, luck: int) -> tuple[dict[str, Count], dict[str, Count], float]:
    """Return what the methods did with two models, and with one; and the difference there was."""
    rng = np.random.default_rng([luck, *cell.seeds, cell.images, round(1000 * sum(cell.deviations))])
    gap, compared, single = IDEAL * cell.error(), defaultdict(Count), defaultdict(Count)
    for _ in range(tries):
        equal, unequal = trained(cell, (0.0, gap), rng)
        for name, interval in intervals(*equal).items():
            compared[name].false += interval.low > 0 or interval.high < 0
            compared[name].width += 100 * (interval.high - interval.low)
        for name, interval in intervals(*unequal).items():
            compared[name].found += interval.low > 0
            compared[name].covered += interval.low <= gap <= interval.high
        for name, interval in of_one_model(equal[0]).items():
            single[name].covered += interval.low <= cell.accuracy <= interval.high
            single[name].width += 100 * (interval.high - interval.low)
    return dict(compared), dict(single), gap


def row(tries: int, cell: Cell, luck: int = 17) -> tuple[Cell, list[str], dict[str, Count]]:
    """Return the cell's line of the table."""
    compared, single, gap = simulate(cell, tries, luck)
    seeds = str(cell.seeds[0]) if len(set(cell.seeds)) == 1 else "{} and {}".format(*cell.seeds)
    spreads = " and ".join(f"{100 * spread:g}" for spread in dict.fromkeys(cell.deviations))
    texts = [
        f"{100 * cell.accuracy:.0f}",
        seeds,
        f"{cell.images:,}",
        spreads,
        "yes" if cell.interaction else "no",
    ]
    texts += [f"{100 * gap:.1f}"]
    for count in compared.values():
        shares = [100 * number / tries for number in (count.false, count.found, count.covered)]
        texts.append("{:.1f} / {:.0f} / {:.0f} / {:.1f}".format(*shares, count.width / tries))
    for count in single.values():
        texts.append(f"{100 * count.covered / tries:.0f} / {count.width / tries:.1f}")
    return cell, texts, compared


def main() -> None:
    """Print the table as Markdown, and below it the extremes of each method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=400, help="tries of each cell (%(default)s)")
    tries = parser.parse_args().tries
    with ProcessPoolExecutor(2) as pool:
        rows = []
        for cell, texts, compared in pool.map(functools.partial(row, tries), cells()):
            if not rows:
                columns = [*COLUMNS, *compared, *(f"one model: {name}" for name in SINGLE)]
                print("| " + " | ".join(columns) + " |")
                print("|" + "---|" * len(texts))
            print("| " + " | ".join(texts) + " |", flush=True)
            rows.append((cell, compared))
    # A share above 5 % may be luck: these cells are tried again, five times as often and with other draws.
    for cell, compared in rows:
        if compared["now"].false > 0.05 * tries:
            print("\nAgain, with", 5 * tries, "tries: |", " | ".join(row(5 * tries, cell, luck=18)[1]), "|")
    for name in rows[0][1]:
        print(f"\n{name}: {_extremes(name, tries, rows)}")


def _extremes(name: str, tries: int, rows: Sequence[tuple[Cell, dict[str, Count]]]) -> str:
    """Return a method's most frequent false claims, and how often it finds a difference."""
    worst = max(100 * counts[name].false / tries for _, counts in rows)
    above = sum(100 * counts[name].false / tries > 5 for _, counts in rows)
    power = []
    for seeds in (2, 3, 5, 10):
        found = [counts[name].found for cell, counts in rows if cell.seeds == (seeds, seeds)]
        power.append(f"{100 * np.mean(found) / tries:.0f} % with {seeds} seeds")
    return f"at most {worst:.1f} % false, above 5 % in {above} of {len(rows)} cells; finds {', '.join(power)}"


if __name__ == "__main__":
    main()
