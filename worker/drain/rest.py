"""Queues that this process leaves alone for a while, because something that is no document's fault went wrong.

Imports the standard library only.
"""

import random
import time

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 60.0


class Rest:
    """How long each queue rests: from one second, doubling while it fails, to a minute; with jitter."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._ceiling: dict[str, float] = {}

    def begin(self, queue: str) -> None:
        """The queue could not be served: rest, longer than the last time."""
        ceiling = self._ceiling.get(queue, FIRST_SECONDS)
        self._ceiling[queue] = min(2 * ceiling, LONGEST_SECONDS)
        wait_seconds = random.uniform(ceiling / 2, ceiling)  # noqa: S311 - jitter, no secret
        self._until[queue] = time.monotonic() + wait_seconds

    def end(self, queue: str) -> None:
        """The queue is served again."""
        self._until.pop(queue, None)
        self._ceiling.pop(queue, None)

    def holds(self, queue: str) -> bool:
        """Whether the queue rests now."""
        return self._until.get(queue, 0.0) > time.monotonic()
