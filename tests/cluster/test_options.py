"""The options of a job: bad ones are refused before anything is submitted."""

from pathlib import Path
from typing import Any

import pytest

from cluster.options import JobOptions, OptionError


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"nodes": 0}, "--nodes 0: it is a whole number from 1 on"),
        ({"jobs": 0}, "--jobs 0"),
        ({"requeues": -1}, "--requeues -1"),
        ({"hours": 0}, "--hours 0: it is above 0"),
        ({"hours": float("nan")}, "--hours nan"),
        ({"hours": 0.05}, "--notice 300: a job of 3 minutes can be stopped at most 120 seconds before"),
        ({"partition": "a b"}, "--partition 'a b': it is the name of a partition"),
        ({"partition": "a\n#SBATCH --uid=0"}, "--partition"),
        ({"account": "a'; echo foo"}, "--account"),
        ({"gpus_per_node": "0"}, "--gpus-per-node '0': it is a number, or TYPE:NUMBER"),
        ({"gpus_per_node": "a100"}, "--gpus-per-node"),
        ({"memory_per_node": "64"}, "--memory-per-node '64': it is a number with M, G or T"),
        ({"env": {"1X": "a"}}, "--env '1X'"),
        ({"env": {"X": "a\nb"}}, "--env X"),
        ({"modules": ("a\n",)}, "--module"),
        ({"image": Path("a\nb")}, "--image"),
    ],
)
def test_a_bad_option_is_named_with_what_is_valid(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError) as error:
        JobOptions(**options)
    assert message in str(error.value)


def test_cpus_follow_from_the_gpus() -> None:
    assert JobOptions(gpus_per_node="a100:4").cpus == 16
    assert JobOptions(gpus_per_node="4", cpus_per_node=10).cpus == 10
    assert JobOptions().cpus is None


def test_the_walltime_is_rounded_up_to_whole_minutes() -> None:
    assert JobOptions(hours=0.21).minutes == 13
    assert JobOptions(hours=4.1).minutes == 246
