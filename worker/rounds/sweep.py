"""Repair what was lost: lapsed leases, due items, queues nobody was told of. Imports the ledger; never torch."""

import time
from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from corpusmill.settings import Settings
from ledger.engine import Ledger
from ledger.work.jobs import cancel, discard
from ledger.work.leases import repair

log = structlog.get_logger()


class Sweep:
    """Runs every duty once at each call. Safe in any number of processes at the same time.

    After the database was away or its clock jumped, and at the start of a process, leases are left alone for two
    heartbeats: workers that live could not extend theirs either, and must not pay for it.
    """

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger = ledger
        self._lease_seconds = settings.lease_seconds
        self._pause_seconds = settings.pause_seconds
        self._grace_seconds = 2 * settings.heartbeat_seconds
        self._lapse_from = time.monotonic() + self._grace_seconds
        self._clock_ahead: float | None = None

    def run(self, notify: Callable[[str], None]) -> None:
        """Sweep, and hand each queue with items to `notify`, which may fail without harm.

        A database that is away is logged.
        """
        try:
            waiting = self._mend()
        except SQLAlchemyError as error:
            log.warning("sweep_failed", cause=type(error).__name__)
            self._lapse_from = time.monotonic() + self._grace_seconds
            return
        for queue in waiting:
            notify(queue)

    def _mend(self) -> list[str]:
        lapsed = 0
        with self._ledger.write("sweep") as session:
            now = self._ledger.now(session)
            self._watch_clock(now)
            if time.monotonic() >= self._lapse_from:
                lapsed = repair.lapse_expired(
                    session, now=now, lease_seconds=self._lease_seconds, pause_seconds=self._pause_seconds
                )
            due = repair.make_due(session, now=now)
        if lapsed:
            log.warning("leases_lapsed", items=lapsed)
        if due:
            log.info("items_due", items=due)
        self._clear_up(now)
        with self._ledger.read() as session:
            return list(repair.waiting_queues(session, now=now))

    def _clear_up(self, now: datetime) -> None:
        """Go on with what a process left half done: a cancelled job, a job that was never accepted."""
        with self._ledger.read() as session:
            halted = cancel.unfinished(session)
            abandoned = discard.abandoned(session, now=now)
        for job_id in halted:
            cancel.go_on(self._ledger, job_id, clock=self._ledger.now)
        if abandoned is not None:
            log.warning("stage_discarded", job=abandoned)
            discard.discard(self._ledger, abandoned)

    def _watch_clock(self, now: datetime) -> None:
        """Notice a jump of the ledger's clock against this machine's steady one."""
        ahead = now.timestamp() - time.monotonic()
        if self._clock_ahead is not None and abs(ahead - self._clock_ahead) > self._grace_seconds:
            log.warning("clock_jumped", seconds=round(ahead - self._clock_ahead))
            self._lapse_from = time.monotonic() + self._grace_seconds
        self._clock_ahead = ahead
