"""SLURM's commands. What they answer on a real SLURM is tested on the lab."""

import pytest

from cluster import slurm
from cluster.options import JobOptions, OptionError
from cluster.slurm import Partition, SlurmError, check

SITE = [Partition("gpu", 4, 24 * 60), Partition("debug", 1, 30), Partition("long", 2, None)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (JobOptions(partition="gpus"), "--partition gpus: choose from gpu, debug, long. Did you mean gpu?"),
        (JobOptions(partition="gpu", nodes=5), "--nodes 5: gpu has 4"),
        (JobOptions(partition="debug", hours=2), "--hours 2: debug allows 0.5"),
        (JobOptions(partition="gpu,x"), "--partition x"),
    ],
)
def test_what_a_site_does_not_have_is_an_error_before_submitting(options: JobOptions, message: str) -> None:
    with pytest.raises(OptionError) as error:
        check(options, SITE)
    assert message in str(error.value)


def test_what_a_site_has_is_accepted() -> None:
    for options in (JobOptions(), JobOptions(partition="long", hours=500), JobOptions(partition="gpu,debug")):
        check(options, SITE)


def test_a_machine_without_slurm_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SlurmError, match="there is no sinfo here: this is no machine of a SLURM cluster"):
        slurm.partitions()
