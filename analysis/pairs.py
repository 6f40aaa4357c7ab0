"""Models of several runs in pairs, on the same test images: how much better, and how sure that is."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.document.conclusion import conclusion
from analysis.document.wording import listed
from analysis.evidence import Evidence, Tested, read
from analysis.retraining.record import Record
from analysis.statistics import bootstrap
from analysis.statistics.intervals import Difference, holm, paired
from search.runs.run import RunError


@dataclass(frozen=True)
class Model:
    """What one run came to.

    Attributes:
        name: by which it is called here: its study's, or STUDY/NAME where two runs are of one study.
        evidence: of its run.
        record: of its retraining.
        tested: its best configuration on the test images.
    """

    name: str
    evidence: Evidence
    record: Record
    tested: Tested


@dataclass(frozen=True)
class Pair:
    """Two models compared.

    Attributes:
        first: the one with the higher mean accuracy.
        second: the other.
        means: the means over seeds, compared.
        p: of these, corrected for the number of pairs.
        kept: the two kept models, compared.
        kept_p: of these, likewise.
    """

    first: Model
    second: Model
    means: Difference
    p: float
    kept: Difference
    kept_p: float

    @property
    def sentence(self) -> str:
        """What may be said of the means."""
        return conclusion(self.first.name, self.second.name, self.means, self.p)

    @property
    def shown(self) -> bool:
        """Whether the sentence says that one is better."""
        return not self.sentence.startswith(f"{self.first.name} against {self.second.name}: no difference")


def read_models(folders: Sequence[Path]) -> list[Model]:
    """Return what some runs came to.

    Raises:
        RunError: there are fewer than two, one is damaged or not tested, or their test images differ.
    """
    found = [read(folder) for folder in folders]
    names = [evidence.name for evidence in found]
    if len(set(names)) < max(2, len(names)):
        raise RunError(f"a comparison needs two runs or more, each once, not {listed(names) or 'none'}")
    several = Counter(evidence.plan.study for evidence in found)
    models = []
    for evidence in found:
        study = evidence.plan.study
        tested = evidence.tested.get("best")
        if evidence.record is None or tested is None:
            raise RunError(f"{evidence.name} was not tested yet: python -m analysis {evidence.name}")
        models.append(
            Model(study if several[study] == 1 else evidence.name, evidence, evidence.record, tested)
        )
    _check_images(models)
    return models


def _check_images(models: Sequence[Model]) -> None:
    first = models[0]
    for model in models[1:]:
        known, found = first.record.test_fingerprint or "", model.record.test_fingerprint or ""
        if known != found:
            raise RunError(
                f"{first.evidence.name} was tested on {first.record.dataset} with fingerprint "
                f"{known[:12]}…, {model.evidence.name} on {model.record.dataset} with {found[:12]}…: on "
                "different test images they cannot be compared"
            )


def pairs(models: Sequence[Model]) -> list[Pair]:
    """Return every pair of models, compared, the p-values corrected for their number."""
    ordered = sorted(models, key=lambda model: -model.tested.right.mean())
    every = list(itertools.combinations(ordered, 2))
    means = [bootstrap.over_seeds_and_images(a.tested.right, b.tested.right) for a, b in every]
    kept = [paired(a.tested.right_of_kept, b.tested.right_of_kept) for a, b in every]
    p, kept_p = holm([each.p for each in means]), holm([each.p for each in kept])
    return [Pair(*every[n], means[n], p[n], kept[n], kept_p[n]) for n in range(len(every))]
