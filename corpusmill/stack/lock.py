"""One stack for a data directory, its processes included. Imports output and the standard library."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from corpusmill.output import Refusal

LOOK_SECONDS = 0.1


@contextmanager
def only_stack(
    data_dir: Path, *, limit_seconds: float, told: Callable[[str], None], unless: Callable[[], bool]
) -> Iterator[int]:
    """Hold the data directory; yields the descriptor that each process of the stack must inherit.

    Two locks. The supervisor's own ends with it, so that a second stack is refused at once. The other is held as long
    as any process has the descriptor: after kill -9 of a supervisor its broker lives on for a moment, and a second one
    on the same socket and file would take them from it. Those are waited for, up to `limit_seconds` or until `unless`.
    Raises Refusal.
    """
    folder = data_dir / "run"
    folder.mkdir(parents=True, exist_ok=True)
    with _file(folder / "supervisor.lock") as own, _file(folder / "stack.lock") as shared:
        if not _taken(own):
            raise Refusal(f"another stack runs on {data_dir}; stop it, or choose another --data-dir")
        deadline = time.monotonic() + limit_seconds
        waiting = False
        while not _taken(shared):
            if unless():
                raise SystemExit(0)
            if time.monotonic() > deadline:
                raise Refusal(f"processes of a stack that was killed still run on {data_dir}; end them first")
            if not waiting:
                told("waiting for the processes of a stack that was killed")
                waiting = True
            time.sleep(LOOK_SECONDS)
        yield shared


@contextmanager
def _file(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
