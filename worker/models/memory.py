"""Memory of this process and of its machine. Imports cgroups."""

import ctypes
import os
import resource
import sys
from pathlib import Path

from worker.models.cgroups import Cgroups


def rss_bytes() -> int:
    """The resident set of this process in bytes (its peak where the system does not tell the present one)."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def private_bytes() -> int:
    """What of the resident set is this process's own, and no file's; all of it where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
    kilobytes = next((line.split()[1] for line in lines if line.startswith("RssAnon:")), None)
    return rss_bytes() if kilobytes is None else 1024 * int(kilobytes)


def machine_bytes(cgroups: Cgroups | None = None) -> int:
    """The memory that processes here may use together: the machine's, or the container's limit where it is lower."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = (cgroups or Cgroups()).memory_bytes()
    return machine if limit is None else min(machine, limit)


def trim() -> None:
    """Have the C library give freed memory back to the system, where it can (glibc)."""
    if sys.platform == "linux":
        give_back = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if give_back is not None:
            give_back(0)
