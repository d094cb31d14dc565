"""Tie a process's life to its parent's, where the system can. Imports the guard.

`python -m worker.tether COMMAND…` ties itself, then becomes COMMAND.
"""

import ctypes
import os
import signal
import sys
import time

from worker import guard

PR_SET_PDEATHSIG = 1
PR_GET_PDEATHSIG = 2
"""From linux/prctl.h; the setting survives execve."""

GRACE_SECONDS = 20.0
"""For an orphan to give back what it holds. Whoever would kill it after a grace time of its own is gone."""
LOOK_SECONDS = 0.5
EXIT_ORPHANED = 75
"""EX_TEMPFAIL of sysexits.h."""


def end_with_parent(sent: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel send `sent` to this process when the one that started it dies (Linux; elsewhere a no-op)."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    _prctl(PR_SET_PDEATHSIG, int(sent))
    if os.getppid() != parent:
        os.kill(os.getpid(), sent)


def end_for_sure(grace_seconds: float = GRACE_SECONDS) -> None:
    """Should this process be tied and outlive its parent by `grace_seconds`, end it from a thread of its own.

    A signal asks: a broker that went at the same moment, or a thread that waits, can keep an answer back for ever.
    """
    if _is_tied():
        parent = os.getppid()
        guard.thread("tether", lambda: _outlive(parent, grace_seconds)).start()


def _outlive(parent: int, grace_seconds: float) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    time.sleep(grace_seconds)
    os._exit(EXIT_ORPHANED)


def _is_tied() -> bool:
    if sys.platform != "linux":
        return False
    sent = ctypes.c_int(0)
    _prctl(PR_GET_PDEATHSIG, ctypes.byref(sent))
    return sent.value != 0


def _prctl(option: int, argument: object) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, argument, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")


if __name__ == "__main__":
    end_with_parent()
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - the supervisor chose the command
