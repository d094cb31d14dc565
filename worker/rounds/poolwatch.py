"""Ends a worker whose dead child nobody replaces. Imports the standard library and the stop file.

Celery looks after its pool from the loop that serves the broker. While it waits for a broker that is away, a child that
died is not even reaped; the other processes' polling would go on without it, and with one child there is no other. The
supervisor starts the worker again, with a whole pool.
"""

import os
import threading
import time

import structlog

from worker.stop import StopFile

PATIENCE_SECONDS = 2.0
LOOK_SECONDS = 0.5
FAREWELL_SECONDS = 1.0
"""For the other children to give back what they hold."""
EXIT_UNATTENDED = 75
"""EX_TEMPFAIL of sysexits.h: start it again."""

log = structlog.get_logger()


def watch(stop: StopFile) -> None:
    """Watch this process's children from a thread, for as long as it lives."""
    threading.Thread(target=_watch, args=(stop,), name="poolwatch", daemon=True).start()


def _watch(stop: StopFile) -> None:
    dead, since = 0, 0.0
    while True:
        time.sleep(LOOK_SECONDS)
        found = _unreaped()
        if found != dead:
            dead, since = found, time.monotonic()
        elif dead and time.monotonic() > since + PATIENCE_SECONDS and not stop.is_set():
            log.error("pool_unattended", pid=dead)
            stop.set()
            time.sleep(FAREWELL_SECONDS)
            os._exit(EXIT_UNATTENDED)


def _unreaped() -> int:
    """The pid of a child that ended and was not waited for; 0 when there is none. It is not reaped here."""
    try:
        state = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return 0
    return state.si_pid if state is not None else 0
