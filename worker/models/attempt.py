"""The mark of a load, which stays when it takes its process with it. Imports the standard library only.

Nothing is leased during a load, so nobody would know whose model ends one process after the other. The next process
that begins finds the mark and counts a death of the queue, which rests when there are too many. Only time is saved: a
mark that cannot be written is none.

A process that loads holds a lock on its mark, which ends with the process however that ends; a process id would not
tell, since containers that share a volume have the same ones. A mark is for the host that wrote it: a file system of
several may not tell one of the locks of another.
"""

import contextlib
import errno
import fcntl
import json
import os
import socket
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Self

MOST_BYTES = 1 << 16


class Attempt:
    """The marks of one worker in `directory`, where those of the others of an installation are too.

    `worker` is a name that no other worker has, now or later; all children of one have the same.
    """

    def __init__(self, directory: Path, worker: str) -> None:
        self._directory = directory
        self._worker = worker

    @classmethod
    def of_worker(cls, data_dir: Path, worker: str) -> Self:
        """In the one place of an installation."""
        return cls(data_dir / "run" / "loading", worker)

    @contextlib.contextmanager
    def of(self, queue: str) -> Iterator[None]:
        """A model is loaded for `queue`. However that is left in order, the mark goes."""
        path = self._directory / f"{self._worker}.{uuid.uuid4().hex}"
        descriptor = self._make(path, queue)
        try:
            yield
        finally:
            if descriptor is not None:
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)
                os.close(descriptor)

    def left_behind(self) -> list[str]:
        """The queue of each load on this host that ended its process, whosever worker it was; each is told once."""
        return sorted(queue for path in self._marks() if (queue := _taken(path)) is not None)

    def forgive(self) -> None:
        """Have no load count that this worker is at: it was told to stop, and to be killed in one is nobody's fault."""
        for path in self._marks():
            if path.name.startswith(f"{self._worker}."):
                with contextlib.suppress(OSError), _opened(path) as descriptor:
                    if not _is_free(descriptor):
                        path.unlink()

    def _make(self, path: Path, queue: str) -> int | None:
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:
            return None
        with contextlib.suppress(OSError):  # without the lock or a word in it, it is nobody's
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            os.write(descriptor, json.dumps({"host": socket.gethostname(), "queue": queue}).encode())
        return descriptor

    def _marks(self) -> list[Path]:
        try:
            return sorted(self._directory.iterdir())
        except OSError:
            return []


def _taken(path: Path) -> str | None:
    """The queue of a mark of this host whose process has ended, and which no other process took first."""
    try:
        with _opened(path) as descriptor:
            if not _is_free(descriptor):
                return None
            mark = json.loads(os.read(descriptor, MOST_BYTES))
            host, queue = mark["host"], mark["queue"]
            if host != socket.gethostname() or not isinstance(queue, str):
                return None
            path.unlink()
            return queue
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    """Raises OSError, also for what is no file: a worker that begins would wait for a pipe for ever."""
    descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        yield descriptor
    finally:
        os.close(descriptor)


def _is_free(descriptor: int) -> bool:
    """Whether nobody holds the lock; then it is held here until the descriptor is closed."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
