"""SLURM's commands. What they answer on a real SLURM is tested on the lab."""

from pathlib import Path

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


def test_programs_without_a_cluster_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "sinfo"
    program.write_text(
        "#!/bin/sh\nprintf 'sinfo: error: x\\nsinfo: fatal: Could not establish a "
        "configuration source\\n' >&2; exit 1\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SlurmError) as error:
        slurm.partitions()
    assert str(error.value) == "sinfo knows no cluster: there is no slurm.conf here, and no SLURM_CONF"


def test_a_slurm_that_does_not_answer_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sinfo").write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    (tmp_path / "sinfo").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SlurmError, match=r"sinfo has not answered in 0\.2 seconds"):
        slurm.partitions(patience=0.2)
