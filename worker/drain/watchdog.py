"""Watches the batches of this process: which leases it holds, and whether their steps make progress.

Imports the guard. A batch that hangs must not keep its lease for ever: at its deadline the heartbeat leaves it out, the
stacks of all threads go to stderr and the process ends. A model that does not come is a reason as well, and nobody's
fault: no lease is held while it is loaded.
"""

import faulthandler
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from worker import guard

EXIT_HUNG = guard.EXIT_BROKEN
BACKSTOP_SECONDS = 30.0
"""Beyond the deadline the C timer of faulthandler ends a process in which no Python thread can run any more."""

log = structlog.get_logger()


class Watchdog:
    """Leases held here and the steps under way. `start` begins to watch; `last_words` tells the ledger at the end."""

    def __init__(self, *, deadline_seconds: float, load_deadline_seconds: float = math.inf) -> None:
        self._deadline_seconds = deadline_seconds
        self._load_deadline_seconds = load_deadline_seconds
        self._loading: tuple[str, float] | None = None
        self._held: set[int] = set()
        self._lost: set[int] = set()
        self._steps: dict[int, float] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def start(self, last_words: Callable[[set[int]], None]) -> None:
        """Watch from a thread; `last_words` is called with the leases that hang before the process ends."""
        guard.thread("watchdog", lambda: self._run(last_words)).start()

    def stop(self) -> None:
        """Watch no longer."""
        self._ended.set()
        faulthandler.cancel_dump_traceback_later()

    def hold(self, lease_id: int) -> None:
        """Take note that this process holds the lease from now on."""
        with self._lock:
            self._held.add(lease_id)

    def drop(self, lease_id: int) -> None:
        """Take note that it does not any more."""
        with self._lock:
            self._held.discard(lease_id)
            self._lost.discard(lease_id)

    @contextmanager
    def step(self, lease_id: int) -> Iterator[None]:
        """A step of this lease's batch, which must show progress within the deadline."""
        self.progress(lease_id)
        try:
            yield
        finally:
            with self._lock:
                self._steps.pop(lease_id, None)

    @contextmanager
    def loading(self, queue: str) -> Iterator[None]:
        """The model of a queue is loaded, which must be done within a deadline of its own."""
        with self._lock:
            self._loading = queue, time.monotonic() + self._load_deadline_seconds
        try:
            yield
        finally:
            with self._lock:
                self._loading = None

    def progress(self, lease_id: int) -> None:
        """The step goes on; its deadline begins anew."""
        with self._lock:
            self._steps[lease_id] = time.monotonic() + self._deadline_seconds

    def held(self) -> set[int]:
        """The leases that this process holds."""
        with self._lock:
            return set(self._held)

    def living(self) -> set[int]:
        """The leases to extend: those held, without the ones that hang."""
        hung = self.hung()
        with self._lock:
            return self._held - hung

    def hung(self) -> set[int]:
        """The leases whose step passed its deadline."""
        now = time.monotonic()
        with self._lock:
            return {lease_id for lease_id, deadline in self._steps.items() if deadline < now}

    def lose(self, lease_ids: set[int]) -> None:
        """These leases were given away meanwhile: nothing that is made under them counts."""
        with self._lock:
            self._lost |= lease_ids & self._held

    def is_lost(self, lease_id: int) -> bool:
        """Whether the lease was given away."""
        with self._lock:
            return lease_id in self._lost

    def _load_left_seconds(self) -> float | None:
        """How long the model that is loaded may take yet; None while none is."""
        with self._lock:
            return self._loading[1] - time.monotonic() if self._loading is not None else None

    def _run(self, last_words: Callable[[set[int]], None]) -> None:
        every_seconds = min(1.0, self._deadline_seconds / 4, self._load_deadline_seconds / 4)
        while not self._ended.wait(every_seconds):
            left_seconds = self._load_left_seconds()
            self._arm(max(self._deadline_seconds, left_seconds or 0))
            if hung := self.hung():
                self._end("step_hung", hung, last_words)
            elif left_seconds is not None and left_seconds < 0:
                self._end("load_hung", set(), last_words)

    def _arm(self, seconds: float) -> None:
        if math.isfinite(seconds):
            faulthandler.dump_traceback_later(seconds + BACKSTOP_SECONDS, exit=True)
        else:
            faulthandler.cancel_dump_traceback_later()

    def _end(self, what: str, hung: set[int], last_words: Callable[[set[int]], None]) -> None:
        log.error(what, leases=sorted(hung), queue=self._loading[0] if self._loading else None)
        faulthandler.dump_traceback(file=sys.stderr, all_threads=True)
        guard.end(lambda: last_words(hung), EXIT_HUNG)
