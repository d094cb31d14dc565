"""How the children of one worker share its machine. Imports settings, the devices and cgroups; never torch."""

import os

from corpusmill.settings import Settings
from worker.models.cgroups import Cgroups
from worker.models.devices import count_gpus


def children(settings: Settings) -> int:
    """How many processes a worker has: as its operator says, or one for each GPU, or one."""
    return settings.children or count_gpus(settings.device) or 1


def threads(children: int, cgroups: Cgroups | None = None) -> int:
    """CPU threads of one of so many children: what the scheduler and the container's quota leave, divided; at least 1.

    More threads than that would not run side by side, and threads of one matrix product wait for the slowest.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = (cgroups or Cgroups()).cpus()
    cpus = allowed if quota is None else min(float(allowed), quota)
    return max(1, int(cpus / children))
