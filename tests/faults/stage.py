"""What faults act on, and the clock by which they are healed. Imports the fleet, history and producers.

One thread runs it: processes are tied to the thread that starts them.
"""

import contextlib
import heapq
import itertools
import random
import threading
import time
from collections.abc import Callable

import psutil
import redis
from sqlalchemy.exc import DBAPIError

from ledger.errors import LedgerError
from tests.faults.fleet import Fleet
from tests.faults.history import History
from tests.faults.producers import Producers

STEP_SECONDS = 0.05
AGAIN_SECONDS = 0.5
ASIDE_SECONDS = 40.0
AFTERMATH_SECONDS = 12.0
"""How long after a database fault a 503 is still excused: connections are noticed to be dead within ten seconds."""
FAILURES = (OSError, psutil.Error, redis.RedisError)
"""What acting on a process or server that is gone meanwhile raises."""

Action = Callable[[], object]


class Outages:
    """When the database was made to fail; asked by producers' threads."""

    def __init__(self) -> None:
        self._until = 0.0
        self._lock = threading.Lock()

    def declare(self, seconds: float) -> None:
        """An outage begins that lasts so long."""
        with self._lock:
            self._until = max(self._until, time.monotonic() + seconds + AFTERMATH_SECONDS)

    def __call__(self) -> bool:
        """Whether one goes on, or ended so lately that it is still felt."""
        with self._lock:
            return time.monotonic() < self._until


class Stage:
    """The fleet with its timers: `later` heals, `when` waits for a moment, `turn` lets time pass."""

    def __init__(self, fleet: Fleet, producers: Producers, history: History, outages: Outages, seed: int) -> None:
        self.fleet = fleet
        self.producers = producers
        self.history = history
        self.outages = outages
        self.chance = random.Random(seed)
        self.healing = False
        self._asides: list[threading.Thread] = []
        self._over = threading.Event()
        self._order = itertools.count()
        self._timers: list[tuple[float, int, Action]] = []
        self._waits: list[tuple[float, Callable[[], bool], Action, Action]] = []
        self._expected: list[tuple[float, Callable[[], bool], Action, str]] = []

    def later(self, seconds: float, action: Action) -> None:
        """Do it after so many seconds, or when everything is healed."""
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), action))

    def when(
        self, condition: Callable[[], bool], action: Action, *, limit_seconds: float, otherwise: Action = lambda: None
    ) -> None:
        """Do `action` as soon as `condition` holds, or `otherwise` when the limit is over."""
        self._waits.append((time.monotonic() + limit_seconds, condition, action, otherwise))

    def expect(
        self, condition: Callable[[], bool], words: str, *, limit_seconds: float, then: Action = lambda: None
    ) -> None:
        """Do `then` as soon as `condition` holds; where it does not within the limit, that is a violation (I16).

        Unlike what is waited for with `when`, it is still awaited after everything was healed.
        """
        self._expected.append((time.monotonic() + limit_seconds, condition, then, words))

    def aside(self, work: Action) -> None:
        """Do it in a thread, since it may wait for the database; again while that is away, or the ledger refuses."""

        def repeat() -> None:
            while not self._over.is_set():
                try:
                    work()
                    return
                except (DBAPIError, LedgerError, OSError):
                    self._over.wait(AGAIN_SECONDS)

        self._asides.append(threading.Thread(target=repeat, daemon=True))
        self._asides[-1].start()

    def finish(self) -> None:
        """End what is done aside. Call when all is healed and drained."""
        self._over.set()
        for thread in self._asides:
            thread.join(ASIDE_SECONDS)

    def complain(self, words: str) -> None:
        """Something did not behave as it must (I16)."""
        self.history.append("complaint", words=words)

    def attempt(self, action: Action) -> None:
        """Do it; what it acts on may be gone."""
        with contextlib.suppress(*FAILURES):
            action()

    def turn(self, seconds: float) -> None:
        """Let so many seconds pass: keep the fleet, heal what is due, look for what is waited for."""
        end = time.monotonic() + seconds
        while True:
            self.fleet.keep()
            now = time.monotonic()
            while self._timers and self._timers[0][0] <= now:
                self.attempt(heapq.heappop(self._timers)[2])
            waits, self._waits = self._waits, []
            for limit, condition, action, otherwise in waits:
                if _holds(condition):
                    self.attempt(action)
                elif now > limit:
                    self.attempt(otherwise)
                else:
                    self._waits.append((limit, condition, action, otherwise))
            self._look_at_expected(now)
            if now >= end:
                return
            time.sleep(min(STEP_SECONDS, end - now))

    def heal(self) -> None:
        """End every fault now, and bring about no more that was put off."""
        self.healing = True
        while self._timers or self._waits:
            waits, self._waits = self._waits, []
            for _, _, _, otherwise in waits:
                self.attempt(otherwise)
            while self._timers:
                self.attempt(heapq.heappop(self._timers)[2])

    def _look_at_expected(self, now: float) -> None:
        expected, self._expected = self._expected, []
        for limit, condition, then, words in expected:
            if _holds(condition):
                self.attempt(then)
            elif now > limit:
                self.complain(words)
            else:
                self._expected.append((limit, condition, then, words))


def _holds(condition: Callable[[], bool]) -> bool:
    try:
        return condition()
    except FAILURES:
        return False
