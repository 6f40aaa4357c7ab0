"""Pairwise comparison of the models of several runs on the same test images."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.document.conclusion import conclusion, is_shown
from analysis.document.wording import listed
from analysis.evidence import Evidence, read
from analysis.retraining.record import Record
from analysis.retraining.tested import Tested
from analysis.statistics.intervals import Difference, holm
from search.runs.run import RunError


@dataclass(frozen=True)
class Model:
    """The best configuration of one run.

    Attributes:
        name: name in the comparison: the study's name, or STUDY/NAME if two runs are of the same study.
        evidence: results of the run.
        record: record of the retraining.
        tested: the best configuration on the test images.
    """

    name: str
    evidence: Evidence
    record: Record
    tested: Tested


@dataclass(frozen=True)
class Pair:
    """Two models compared.

    Attributes:
        first: the model with the higher mean accuracy.
        second: the other model.
        means: difference of the mean accuracies over seeds.
        p: p-value of `means`, corrected for the number of pairs.
        kept: difference of the two kept models.
        kept_p: p-value of `kept`, corrected for the number of pairs.
    """

    first: Model
    second: Model
    means: Difference
    p: float
    kept: Difference
    kept_p: float

    @property
    def sentence(self) -> str:
        """The conclusion of the comparison of the means."""
        return conclusion(self.first.name, self.second.name, self.means, self.p)

    @property
    def shown(self) -> bool:
        """Whether the sentence says that one model is better."""
        return is_shown(self.means, self.p)


def read_models(folders: Sequence[Path]) -> list[Model]:
    """Read the best configurations of several runs.

    Raises:
        RunError: fewer than two runs, a run is damaged or not tested, or the test images differ.
    """
    results = [read(folder) for folder in folders]
    names = [evidence.name for evidence in results]
    if len(set(names)) < max(2, len(names)):
        raise RunError(f"a comparison needs two or more different runs, not {listed(names) or 'none'}")
    runs_of = Counter(evidence.plan.study for evidence in results)
    models = []
    for evidence in results:
        study = evidence.plan.study
        tested = evidence.tested.get("best")
        if evidence.record is None or tested is None:
            raise RunError(f"{evidence.name} is not tested yet. Run: python -m analysis {evidence.name}")
        models.append(
            Model(study if runs_of[study] == 1 else evidence.name, evidence, evidence.record, tested)
        )
    _check_images(models)
    if all(model.record.balanced for model in models):
        return models
    # By plain accuracy, unless it is the balanced one that all of them were searched by.
    return [replace(model, tested=replace(model.tested, classes=None)) for model in models]


def _check_images(models: Sequence[Model]) -> None:
    first = models[0]
    for model in models[1:]:
        if first.record.test_fingerprint != model.record.test_fingerprint:
            raise RunError(
                "runs with different test images cannot be compared: "
                f"{_tested_on(first)}, but {_tested_on(model)}"
            )


def _tested_on(model: Model) -> str:
    fingerprint = (model.record.test_fingerprint or "")[:12]
    return f"{model.evidence.name} was tested on {model.record.dataset}, fingerprint {fingerprint}…"


def pairs(models: Sequence[Model]) -> list[Pair]:
    """Compare every pair of models, and correct the p-values for the number of pairs."""
    ordered = sorted(models, key=lambda model: -model.tested.mean)
    couples = list(itertools.combinations(ordered, 2))
    means = [a.tested.over(b.tested) for a, b in couples]
    kept = [a.tested.kept_over(b.tested) for a, b in couples]
    p = holm([difference.p for difference in means])
    kept_p = holm([difference.p for difference in kept])
    return [Pair(*couples[n], means[n], p[n], kept[n], kept_p[n]) for n in range(len(couples))]
