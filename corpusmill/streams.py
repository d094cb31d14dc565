"""stdout and stderr that never stop a command: what they cannot take is dropped. Imports the standard library only."""

import contextlib
import errno
import io
import os
import select
import sys
from collections.abc import Iterable
from typing import Any


class Outlet(io.BufferedWriter):
    """A descriptor whose writes succeed even where the disk is full or the reader gone; `lost` is the first error.

    Above the buffer and not below: a signal that interrupts a raw write in Python, after it was done, has the buffer
    write the same again.
    """

    lost: OSError | None = None

    def write(self, data: Any, /) -> int:
        """Take the data, and write or drop what the buffer has no room for."""
        left = memoryview(data)
        while True:
            try:
                super().write(left)
            except BlockingIOError as full:  # a terminal that another program made non-blocking
                left = left[full.characters_written :]
                select.select([], [self], [])
            except OSError as error:
                self.lost = self.lost or error
            else:
                return len(data)
            if self.lost is not None:
                return len(data)

    def flush(self) -> None:
        """Write what is buffered, or drop it."""
        while True:
            try:
                super().flush()
            except BlockingIOError:
                select.select([], [self], [])
                continue
            except OSError as error:
                self.lost = self.lost or error
            return


def protect() -> None:
    """Put outlets under sys.stdout and sys.stderr, with a letter no terminal lacks for what its encoding lacks.

    A closed descriptor is opened on the null device first: else the next file that is opened, the database perhaps,
    would be what a library prints to.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = _outlet(sys.stdout, 1)
    sys.stderr = _outlet(sys.stderr, 2)


def loss() -> OSError | None:
    """Why something that was meant for stdout could not be written; None when all was, or its reader had enough."""
    lost = _lost()
    return None if lost is None or lost.errno == errno.EPIPE else lost


def pour(chunks: Iterable[bytes]) -> None:
    """Write bytes to stdout, until nobody takes them any more."""
    for chunk in chunks:
        sys.stdout.buffer.write(chunk)
        if _lost() is not None:
            return


def flush() -> None:
    """Write what is buffered."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()


def _lost() -> OSError | None:
    lost: OSError | None = getattr(sys.stdout.buffer, "lost", None)
    return lost


def _outlet(stream: Any, number: int) -> io.TextIOWrapper:
    """A text stream on the descriptor, in the encoding of the one that stood there."""
    if stream is not None:
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    return io.TextIOWrapper(
        Outlet(io.FileIO(number, "w", closefd=False)),
        encoding=getattr(stream, "encoding", None) or "utf-8",
        errors="backslashreplace",
        line_buffering=True,
    )
