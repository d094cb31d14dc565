"""The terminal of the stack, which may take nothing for hours. Imports names and the standard library."""

import contextlib
import os
import queue
import sys
import threading
import time
from types import TracebackType
from typing import Self

from ledger.names import plain

STDERR = 2
TAB = "\t"
LONGEST_BACKLOG = 10_000
LAST_SECONDS = 1.0
"""For what is left to be said at the end."""
LOOK_SECONDS = 0.02


class Terminal:
    """Prints lines to stderr from a thread of its own: a pager that rests or a full pipe holds up no process.

    Beyond LONGEST_BACKLOG lines further ones are dropped, and counted.
    """

    def __init__(self) -> None:
        self._lines: queue.Queue[str] = queue.Queue(LONGEST_BACKLOG)
        self._dropped = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._print, name="terminal", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        deadline = time.monotonic() + LAST_SECONDS
        while self._lines.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)

    def print(self, line: str) -> None:
        """Print a line, now or when the terminal takes it."""
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._dropped += 1

    def say(self, name: str, line: str) -> None:
        """Print a line of a service."""
        self.print(f"{name:<7}| {line}")

    def _print(self) -> None:
        while True:
            line = self._lines.get()
            dropped, self._dropped = self._dropped, 0
            if dropped:
                _write(f"{'stack':<7}| {dropped} lines were dropped")
            _write(line)
            self._lines.task_done()


def _write(line: str) -> None:
    """Write to the descriptor itself: whoever holds sys.stderr while it is stuck holds up the end of the process."""
    said = f"{plain(line, kept=TAB)}\n".encode(sys.stderr.encoding, errors="backslashreplace")
    with contextlib.suppress(OSError):
        while said:
            said = said[os.write(STDERR, said) :]
