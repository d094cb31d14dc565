"""A thread that extends this process's leases and says that it lives. Imports the ledger."""

import os
import resource
import threading
from collections.abc import Mapping
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ledger import lease, workers
from ledger.base import utc_now
from ledger.engine import Ledger
from worker.resident import Resident

log = structlog.get_logger()


class Heartbeat:
    """Beats until stopped. A process whose parent died ends itself: nobody would ever stop it."""

    def __init__(
        self,
        ledger: Ledger,
        resident: Resident,
        *,
        worker_id: str,
        every_seconds: float,
        lease_seconds: float,
        trouble: Mapping[str, str],
    ) -> None:
        self._ledger = ledger
        self._resident = resident
        self._worker_id = worker_id
        self._every_seconds = every_seconds
        self._lease_seconds = lease_seconds
        self._parent = os.getppid()
        self._stopped = threading.Event()
        self._trouble = trouble
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopped.set()
        self._thread.join(timeout=5)

    def beat(self) -> None:
        """Extend the leases and update the register, once."""
        now = utc_now()
        with self._ledger.write() as session:
            lease.extend(session, worker_id=self._worker_id, now=now, lease_seconds=self._lease_seconds)
            workers.beat(
                session,
                worker_id=self._worker_id,
                device=self._resident.device,
                resident=self._resident.names,
                trouble=self._trouble,
                rss_bytes=rss_bytes(),
                now=now,
            )

    def _run(self) -> None:
        while not self._stopped.wait(self._every_seconds):
            if os.getppid() != self._parent:
                log.error("parent_died")
                os._exit(1)
            try:
                self.beat()
            except SQLAlchemyError as error:
                log.warning("heartbeat_failed", cause=type(error).__name__)


def rss_bytes() -> int:
    """The resident set of this process in bytes (its peak where the system does not tell the present one)."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
