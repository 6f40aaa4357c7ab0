"""What a job has on one node, from SLURM's environment variables. Ray itself would take the whole machine."""

from collections.abc import Mapping
from dataclasses import dataclass

MIB = 2**20
# For Ray's shared memory, a tenth of the node's share: a worker gets a plan from it, and no images.
_STORE = range(100 * MIB, 2000 * MIB)


@dataclass(frozen=True)
class Resources:
    """A job's part of one node.

    Attributes:
        cpus: CPUs.
        gpus: GPUs, or slices of them.
        memory: bytes.
    """

    cpus: int
    gpus: int
    memory: int

    @property
    def object_store(self) -> int:
        """Bytes for Ray's shared memory."""
        return min(max(self.memory // 10, _STORE.start), _STORE.stop)

    def flags(self) -> list[str]:
        """Return the arguments of `ray start`."""
        return [
            f"--num-cpus={self.cpus}",
            f"--num-gpus={self.gpus}",
            f"--memory={max(self.memory - self.object_store, self.memory // 2)}",
            f"--object-store-memory={self.object_store}",
        ]


def of_step(environment: Mapping[str, str], machine_memory: int) -> Resources:
    """Return what a step has on this node.

    Args:
        environment: of a process that `srun` has started.
        machine_memory: bytes of the machine, where SLURM does not count memory.

    Raises:
        ValueError: it is not that of a step.

    >>> of_step({"SLURM_CPUS_ON_NODE": "8", "SLURM_MEM_PER_CPU": "2000", "CUDA_VISIBLE_DEVICES": "0,1"}, 0)
    Resources(cpus=8, gpus=2, memory=16777216000)
    """
    if "SLURM_CPUS_ON_NODE" not in environment:
        raise ValueError("SLURM_CPUS_ON_NODE is not set: srun has not started this process")
    cpus = int(environment["SLURM_CPUS_ON_NODE"])
    per_node = int(environment.get("SLURM_MEM_PER_NODE", 0))
    memory = (per_node or cpus * int(environment.get("SLURM_MEM_PER_CPU", 0))) * MIB
    return Resources(cpus, len(devices(environment)), memory or machine_memory)


def devices(environment: Mapping[str, str]) -> list[str]:
    """Return the GPUs that a process may use: numbers, or names like MIG-…

    >>> devices({"CUDA_VISIBLE_DEVICES": "0,1"}), devices({})
    (['0', '1'], [])
    """
    names = environment.get("CUDA_VISIBLE_DEVICES", "").split(",")
    return [name.strip() for name in names if name.strip() not in ("", "-1", "NoDevFiles")]
