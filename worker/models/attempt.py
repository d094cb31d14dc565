"""The mark of a load, which stays when it takes its process with it. Imports the standard library only.

Nothing is leased during a load, so nobody would know whose model ends one process after the other. The process that
takes the place finds the mark and counts a death of the queue, which rests when there are too many. Only time is saved:
a mark that cannot be written is none.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path


class Attempt:
    """The mark of one child of a worker, among those of its siblings in a directory that their parent made."""

    def __init__(self, directory: Path, index: int) -> None:
        self._path = directory / f"loading-{index}"

    @contextlib.contextmanager
    def of(self, queue: str) -> Iterator[None]:
        """A model is loaded for `queue`. However that is left in order, the mark goes."""
        with contextlib.suppress(OSError):
            self._path.write_text(queue, encoding="utf-8")
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)

    def left_behind(self) -> str | None:
        """The queue whose load ended the process before this one, once; None when none did."""
        try:
            queue = self._path.read_text(encoding="utf-8")
            self._path.unlink()
        except (OSError, UnicodeDecodeError):
            return None
        return queue or None
