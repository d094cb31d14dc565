"""Ends a worker whose dead child nobody replaces. Imports the guard and the stop file.

Celery looks after its pool from the loop that serves the broker. While it waits for a broker that is away, a child that
died is not even reaped; the other processes' polling would go on without it, and with one child there is no other. The
supervisor starts the worker again, with a whole pool.
"""

import os
import time
from collections.abc import Callable, Collection

import structlog

from worker import guard
from worker.stop import StopFile

PATIENCE_SECONDS = 2.0
LOOK_SECONDS = 0.5
FAREWELL_SECONDS = 1.0
"""For the other children to give back what they hold."""
EXIT_UNATTENDED = 75
"""EX_TEMPFAIL of sysexits.h: start it again."""

log = structlog.get_logger()


def watch(stop: StopFile, pool: Callable[[], Collection[int]]) -> None:
    """Watch the processes of `pool`, named by their ids, from a thread, for as long as this process lives.

    They alone count: a container whose first process is a worker is given every orphan of it, and those may stay.
    """
    guard.thread("poolwatch", lambda: _watch(stop, pool)).start()


def _watch(stop: StopFile, pool: Callable[[], Collection[int]]) -> None:
    dead, since = 0, 0.0
    while True:
        time.sleep(LOOK_SECONDS)
        found = _unreaped(pool())
        if found != dead:
            dead, since = found, time.monotonic()
        elif dead and time.monotonic() > since + PATIENCE_SECONDS and not stop.is_set():
            log.error("pool_unattended", pid=dead)
            guard.end(lambda: farewell(stop), EXIT_UNATTENDED)


def farewell(stop: StopFile) -> None:
    """Have the children stop, and give them a moment for it."""
    stop.set()
    time.sleep(FAREWELL_SECONDS)


def _unreaped(pids: Collection[int]) -> int:
    """The first of these that ended and was not waited for; 0 when there is none. It is not reaped here."""
    for pid in pids:
        try:
            state = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            continue
        if state is not None:
            return pid
    return 0
