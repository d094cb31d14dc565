"""Watches the batches of this process: which leases it holds, and whether their steps make progress.

Imports the standard library only. A batch that hangs must not keep its lease for ever: at its deadline the heartbeat
leaves it out, the stacks of all threads go to stderr and the process ends.
"""

import faulthandler
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

EXIT_HUNG = 70
"""EX_SOFTWARE of sysexits.h."""
LAST_WORDS_SECONDS = 5.0
"""How long the ledger may take to hear of the end; with no answer the leases run out by themselves."""
BACKSTOP_SECONDS = 30.0
"""Beyond the deadline the C timer of faulthandler ends a process in which no Python thread can run any more."""

log = structlog.get_logger()


class Watchdog:
    """Leases held here and the steps under way. `start` begins to watch; `last_words` tells the ledger at the end."""

    def __init__(self, *, deadline_seconds: float) -> None:
        self._deadline_seconds = deadline_seconds
        self._held: set[int] = set()
        self._lost: set[int] = set()
        self._steps: dict[int, float] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def start(self, last_words: Callable[[set[int]], None]) -> None:
        """Watch from a thread; `last_words` is called with the leases that hang before the process ends."""
        threading.Thread(target=self._run, args=(last_words,), name="watchdog", daemon=True).start()

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

    def progress(self, lease_id: int) -> None:
        """The step goes on; its deadline begins anew."""
        with self._lock:
            self._steps[lease_id] = time.monotonic() + self._deadline_seconds

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

    def _run(self, last_words: Callable[[set[int]], None]) -> None:
        every_seconds = min(1.0, self._deadline_seconds / 4)
        while not self._ended.wait(every_seconds):
            faulthandler.dump_traceback_later(self._deadline_seconds + BACKSTOP_SECONDS, exit=True)
            if hung := self.hung():
                self._end(hung, last_words)

    def _end(self, hung: set[int], last_words: Callable[[set[int]], None]) -> None:
        log.error("step_hung", leases=sorted(hung), deadline_seconds=self._deadline_seconds)
        faulthandler.dump_traceback(file=sys.stderr, all_threads=True)
        speaker = threading.Thread(target=last_words, args=(hung,), daemon=True)
        speaker.start()
        speaker.join(LAST_WORDS_SECONDS)
        os._exit(EXIT_HUNG)
