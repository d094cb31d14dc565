"""Which threads answer which requests, so that none waits behind another kind. Imports waitress and remainder."""

import logging
from typing import Any

from waitress.task import ThreadedTaskDispatcher

from corpusmill.serving.remainder import Remainder

ALONE = {"/healthz": "health", "/readyz": "readiness"}
"""Each has a thread of its own: the second asks the database, which may not answer, and the first must all the same."""

LARGE_BODY_BYTES = 1_000_000
DOWNLOADS = ("/results", "/errors")
THREADS = {"health": 1, "readiness": 1, "large": 2, "download": 2, "other": 8}
"""Large bodies take memory while they are read and downloads all the processor they get, so few run at once."""

STOP_SECONDS = 1.0


logging.getLogger("corpusmill.serving.queue").setLevel(logging.ERROR)


class _Lane(ThreadedTaskDispatcher):  # type: ignore[misc]
    """Waitress's own, without a warning for each request that waits its turn."""

    queue_logger = logging.getLogger("corpusmill.serving.queue")


class Lanes:
    """A dispatcher of tasks as waitress wants one: each lane has threads and a queue of its own."""

    def __init__(self) -> None:
        self._lanes: dict[str, Any] = {}
        for name, threads in THREADS.items():
            self._lanes[name] = _Lane()
            self._lanes[name].set_thread_count(threads)

    def add_task(self, task: Any) -> None:
        """Have `task.service()` called by a thread of its lane."""
        self._lanes[lane_of(task)].add_task(task)

    def shutdown(self) -> None:
        """Drop what waits and end the threads; one that is busy is left to the end of the process."""
        for lane in self._lanes.values():
            lane.shutdown(timeout=STOP_SECONDS)


def lane_of(task: Any) -> str:
    """The lane of the remainder of an answer, or of a channel by the request that it would answer next."""
    if isinstance(task, Remainder):
        return "download"
    asked = task.requests[0]
    if asked.error:
        return "other"
    if asked.path in ALONE:
        return ALONE[asked.path]
    if asked.body_bytes_received > LARGE_BODY_BYTES:
        return "large"
    return "download" if asked.path.endswith(DOWNLOADS) else "other"
