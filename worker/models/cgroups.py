"""What the control groups of this process leave it, versions 1 and 2. Imports the standard library only.

A limit holds for a group and all below it, so the lowest of a group and those above it counts. A container sees its own
group as the root of the file system, or, without a namespace of its own, a path of the host that is not there.
Source: https://docs.kernel.org/admin-guide/cgroup-v2.html and cgroup-v1/memory.html, scheduler/sched-bwc.html.
"""

from collections.abc import Iterator
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


class Cgroups:
    """Read anew at each question; what cannot be read limits nothing."""

    def __init__(self, mount: Path = MOUNT, membership: Path = MEMBERSHIP) -> None:
        self._mount, self._membership = mount, membership

    def memory_bytes(self) -> int | None:
        """The least memory that a group may use; None without a limit."""
        told = [_read(group / "memory.max") for group in self._groups("")]
        told += [_read(group / "memory.limit_in_bytes") for group in self._groups("memory")]
        return min((int(text) for text in told if text.isdigit()), default=None)

    def cpus(self) -> float | None:
        """The least share of CPUs, 1.5 for one and a half; None without a limit."""
        told = [_read(group / "cpu.max").split() for group in self._groups("")]
        told += [
            [_read(group / "cpu.cfs_quota_us"), _read(group / "cpu.cfs_period_us")] for group in self._groups("cpu")
        ]
        return min((int(pair[0]) / int(pair[1]) for pair in told if _is_quota(pair)), default=None)

    def _groups(self, controller: str) -> Iterator[Path]:
        """The process's group and those above it, for a controller of version 1, or "" for version 2."""
        for line in _read(self._membership).splitlines():
            _, controllers, path = line.split(":", 2)
            if controller in controllers.split(","):
                for mount in (self._mount / controllers, self._mount / controller):
                    group = mount / path.lstrip("/")
                    yield from (above for above in (group, *group.parents) if above.is_relative_to(mount))


def _is_quota(pair: list[str]) -> bool:
    return len(pair) == 2 and all(text.isdigit() and int(text) > 0 for text in pair)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
