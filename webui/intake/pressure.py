"""Whether a job may be accepted now: the room on the disk and the backlog. Imports settings and the ledger."""

import math
import threading
import time

from corpusmill.settings import Settings
from ledger.engine import Ledger
from ledger.errors import BacklogFullError
from ledger.work.jobs.backlog import Backlog, Limits, measure
from webui.intake.room import Room

FRESH_SECONDS = 1.0
MEASURING_SHARE = 0.05
"""At most this share of the time goes into counting, however long one count takes."""


class Pressure:
    """Keeps the last count of the backlog and adds what this process accepted since.

    Between two counts the limits are soft by what other web processes accept and by what the workers finish; a job is
    refused only on a count of the last second.
    """

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._ledger = ledger
        self.limits = Limits(settings.max_open_documents, settings.max_open_bytes, settings.max_documents)
        self._room = Room(settings)
        self._lock = threading.Lock()
        self._backlog = Backlog(0, 0, None)
        self._counted_at = self._stale_at = -math.inf

    def check_room(self) -> None:
        """Raise a Problem (507) when too little of a disk is free that the installation writes to."""
        self._room.check()

    def admit(self, documents: int, size_bytes: int) -> None:
        """Raise BacklogFullError or TooLargeError when a job of this size does not fit."""
        with self._lock:
            if time.monotonic() > self._stale_at:
                self._count()
            try:
                self._backlog.check(documents, size_bytes, self.limits)
            except BacklogFullError:
                if time.monotonic() < self._counted_at + FRESH_SECONDS:
                    raise
                self._count()
                self._backlog.check(documents, size_bytes, self.limits)

    def add(self, documents: int, size_bytes: int) -> None:
        """Take note of a job that was accepted."""
        with self._lock:
            self._backlog = self._backlog.plus(documents, size_bytes)

    def _count(self) -> None:
        started = time.monotonic()
        with self._ledger.read() as session:
            self._backlog = measure(session, now=self._ledger.now(session))
        self._counted_at = time.monotonic()
        self._stale_at = self._counted_at + max(FRESH_SECONDS, (self._counted_at - started) / MEASURING_SHARE)
