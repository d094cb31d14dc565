"""A thread that extends this process's leases and says that it lives. Imports the ledger."""

import os
import threading
import time
from collections.abc import Callable, Mapping

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ledger.engine import Ledger
from ledger.work.leases import lease, workers
from worker import guard
from worker.drain.headway import Headway
from worker.drain.watchdog import Watchdog
from worker.models.memory import rss_bytes
from worker.models.resident import Resident

PROGRESS_SECONDS = 3.0
"""How soon what changed inside long documents is told, where leases are extended less often."""

log = structlog.get_logger()


class Heartbeat:
    """Beats until stopped, sooner while there is progress to tell.

    A process whose parent died ends itself: nobody would ever stop it.
    """

    def __init__(
        self,
        ledger: Ledger,
        resident: Resident,
        *,
        worker_id: str,
        every_seconds: float,
        lease_seconds: float,
        watchdog: Watchdog,
        headway: Headway,
        trouble: Mapping[str, str],
        should_stop: Callable[[], bool],
    ) -> None:
        self._ledger = ledger
        self._resident = resident
        self._worker_id = worker_id
        self._every_seconds = every_seconds
        self._lease_seconds = lease_seconds
        self._parent = os.getppid()
        self._stopped = threading.Event()
        self._watchdog = watchdog
        self._headway = headway
        self._trouble = trouble
        self._should_stop = should_stop
        self._told_draining = False
        self._thread = guard.thread("heartbeat", self._run)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopped.set()
        self._thread.join(timeout=5)

    def beat(self) -> None:
        """Extend the leases whose batches go on, say how far they are, and update the register, once."""
        held = self._watchdog.living()
        self._told_draining = draining = self._should_stop()
        with self._ledger.write("heartbeat") as session:
            now = self._ledger.now(session)
            told = self._headway.tell(held)
            workers.beat(
                session,
                worker_id=self._worker_id,
                device=self._resident.device,
                resident=self._resident.names,
                trouble=self._trouble,
                rss_bytes=rss_bytes(),
                draining=draining,
                now=now,
            )
            kept = lease.extend(session, held, now=now, lease_seconds=self._lease_seconds, told=told)
        self._watchdog.lose(held - kept)

    def _run(self) -> None:
        while self._pause():
            if os.getppid() != self._parent:
                raise guard.OrphanedError
            try:
                self.beat()
            except SQLAlchemyError as error:
                log.warning("heartbeat_failed", cause=type(error).__name__)

    def _pause(self) -> bool:
        """Wait for the next beat, or for a stop, which is told at once; false when the beats end."""
        due = time.monotonic() + self._every_seconds
        soon = time.monotonic() + PROGRESS_SECONDS
        while time.monotonic() < due and self._should_stop() == self._told_draining:
            if time.monotonic() > soon and self._headway.has_news:
                break
            if self._stopped.wait(min(0.5, self._every_seconds)):
                return False
        return not self._stopped.is_set()
