"""The job script: what an administrator reads, what a shell makes of it, and that values stay values."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cluster.job import Job, script
from cluster.options import JobOptions, OptionError

GOLDEN = Path(__file__).with_name("golden")

# Three sites: GPUs of two types on nodes of eight; whole nodes without GPUs, and only short jobs that are not
# requeued; slices of GPUs (MIG), with an image.
SITES: dict[str, dict[str, Any]] = {
    "gres_types": {
        "nodes": 2,
        "gpus_per_node": "a100:8",
        "cpus_per_node": 64,
        "memory_per_node": "480G",
        "hours": 24,
        "partition": "gpu",
        "account": "proj:42",
        "qos": "normal",
        "constraint": "a100&ib",
        "modules": ("cuda/12.4",),
    },
    "whole_nodes": {"nodes": 8, "hours": 1.5, "partition": "cpu,long", "jobs": 6, "notice": 600},
    "mig_slices": {
        "gpus_per_node": "1g.10gb:7",
        "hours": 0.5,
        "partition": "mig",
        "image": Path("/shared/images/search 1.sif"),
        "env": {"TF_CPP_MIN_LOG_LEVEL": "1"},
    },
}


def job(**changes: Any) -> Job:
    """Return a job with some options, or with other values."""
    run = changes.pop("run", Path("/shared/runs/cifar_residual/first"))
    values = {
        "command": changes.pop("command", "python -m cluster submit -- cifar_residual --trials 50"),
        "new": changes.pop("new", ["cifar_residual", "--trials", "50", "--runs", "/shared/runs"]),
        "work": changes.pop("work", Path("/shared/work")),
        "python": changes.pop("python", "/shared/venv/bin/python"),
    }
    resume = ["--resume", str(run)]
    return Job(
        options=JobOptions(**changes), run=run, resume=resume, source=Path("/shared/project"), **values
    )


def test_the_whole_script_is_the_one_that_was_read_and_tried() -> None:
    text = script(job(nodes=2, gpus_per_node="4", hours=4))
    assert text == (GOLDEN / "whole.sbatch").read_text(encoding="utf-8")


@pytest.mark.parametrize("site", SITES)
def test_the_head_for_a_site(site: str) -> None:
    head = script(job(**SITES[site])).partition("\n# ----")[0]
    assert head == (GOLDEN / f"{site}.sbatch").read_text(encoding="utf-8")


@pytest.mark.parametrize("site", SITES)
def test_a_shell_and_shellcheck_have_nothing_to_say(site: str, tmp_path: Path) -> None:
    file = tmp_path / "job.sbatch"
    file.write_text(script(job(**SITES[site])))
    assert subprocess.run(["bash", "-n", file], capture_output=True, text=True).stderr == ""
    if shutil.which("shellcheck") is None:
        pytest.skip("there is no shellcheck: apt-get install shellcheck")
    found = subprocess.run(["shellcheck", file], capture_output=True, text=True)
    assert found.returncode == 0, found.stdout


HOSTILE = [
    "a'; echo foo",
    "$(touch foo)",
    "`touch foo`",
    '"; touch foo; "',
    "a b",
    "-x",
    "*",
    "\\",
    "#",
    "ü${x",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_stays_a_value(value: str, tmp_path: Path) -> None:
    made = job(
        run=Path("/shared", value, "r"),
        work=Path("/shared", value),
        new=["study", "--set", value],
        python=f"/bin/{value}",
        env={"X": value},
        modules=(value,),
        command=f"submit {value}",
    )
    values = script(made).partition("\n# ----")[0]
    show = '\nprintf \'%s\\n\' "$run" "$work" "${new[2]}" "$python" "$X" "$loaded"'
    load = "module() { loaded=$2; }\n"
    done = subprocess.run(["bash", "-c", load + values + show], capture_output=True, text=True, cwd=tmp_path)
    path = str(Path("/shared", value))
    assert done.stdout.splitlines() == [f"{path}/r", path, value, f"/bin/{value}", value, value]
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []
    # It reaches SLURM nowhere: directives hold checked names only.
    directives = [line for line in values.splitlines() if line.startswith("#SBATCH")]
    assert all(re.fullmatch(r"#SBATCH --[a-z-]+(=[A-Za-z0-9_.:@-]+)?", line) for line in directives)


@pytest.mark.parametrize("value", ["a\ntouch foo", "a\r", "\x1b[2J"])
def test_a_line_break_is_refused_where_a_comment_would_end(value: str) -> None:
    for change in ({"command": value}, {"run": Path(value)}, {"work": Path(value)}, {"new": [value]}):
        with pytest.raises(OptionError, match="line break"):
            script(job(**change))


def test_a_folder_that_an_image_cannot_be_given_is_refused() -> None:
    with pytest.raises(OptionError, match="image"):
        script(job(run=Path("/a:b/s/r"), image=Path("x.sif")))
