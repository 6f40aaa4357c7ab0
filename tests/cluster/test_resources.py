"""What a job has on a node, from SLURM's environment variables."""

import pytest

from cluster.resources import MIB, Resources, of_step

STEP = {"SLURM_CPUS_ON_NODE": "8"}


def test_memory_of_the_node_of_each_cpu_or_of_the_machine() -> None:
    assert of_step({**STEP, "SLURM_MEM_PER_NODE": "4000"}, 1).memory == 4000 * MIB
    assert of_step({**STEP, "SLURM_MEM_PER_CPU": "500"}, 1).memory == 4000 * MIB
    assert of_step({**STEP, "SLURM_MEM_PER_NODE": "0"}, 5).memory == 5
    assert of_step(STEP, 5).memory == 5


def test_gpus_are_those_that_slurm_has_granted() -> None:
    assert of_step({**STEP, "CUDA_VISIBLE_DEVICES": "MIG-a,MIG-b"}, 1).gpus == 2
    assert of_step({**STEP, "CUDA_VISIBLE_DEVICES": "NoDevFiles"}, 1).gpus == 0
    assert of_step(STEP, 1).gpus == 0


def test_ray_gets_no_more_than_the_job_has() -> None:
    flags = Resources(8, 2, 4000 * MIB).flags()
    assert flags[:2] == ["--num-cpus=8", "--num-gpus=2"]
    memory, store = (int(flag.partition("=")[2]) for flag in flags[2:])
    assert memory + store == 4000 * MIB
    assert Resources(1, 0, 10**15).object_store <= 2000 * MIB


def test_outside_of_a_step_it_says_so() -> None:
    with pytest.raises(ValueError, match="SLURM_CPUS_ON_NODE is not set"):
        of_step({}, 1)
