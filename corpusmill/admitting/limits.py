"""What a process that reads somebody's files may take: memory for all, seconds for each step. Standard library only.

The kernel ends a step that takes more CPU seconds, or waits longer, wherever it hangs: in Python, in Rust or in C.
"""

import resource
import signal
import sys
from pathlib import Path

WAITING = 10
"""A step may last so many times its CPU seconds, on a machine that has other things to do."""
TOO_SLOW = frozenset({signal.SIGPROF, signal.SIGALRM})
"""The signals that end a step in which a limit of time ran out."""


def limit_memory(more_bytes: int) -> None:
    """Let this process take `more_bytes` beyond what it has, where the system counts them (Linux).

    It is private memory that counts, not address space, of which torch takes gigabytes that it never touches, and not
    files that are mapped. Beyond it Python raises MemoryError, and other languages end the process.
    """
    held = _data_bytes()
    if held is not None:
        limit = held + more_bytes
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        if hard == resource.RLIM_INFINITY or limit < hard:
            resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_time(cpu_seconds: float) -> None:
    """Have the step that begins now end the process after so many CPU seconds of all threads; 0 sets no limit."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
    signal.setitimer(signal.ITIMER_REAL, WAITING * cpu_seconds)


def _data_bytes() -> int | None:
    if not sys.platform.startswith("linux"):
        return None
    status = Path("/proc/self/status").read_text(encoding="ascii")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmData:"))
    return 1024 * int(kilobytes)
