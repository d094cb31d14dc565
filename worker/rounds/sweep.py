"""Repair what was lost: lapsed leases, due items, queues nobody was told of. Imports the ledger; never torch."""

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from corpusmill.settings import Settings
from ledger.engine import Ledger
from ledger.work.history import ranges
from ledger.work.jobs import cancel, discard
from ledger.work.leases import breaker, repair
from worker.drain.patience import is_passing

CLEARING_SECONDS = 2.0
"""Of a sweep for what others left half done: leases that lapse wait for it."""

log = structlog.get_logger()


class Sweep:
    """Runs every duty once at each call. Safe in any number of processes at the same time.

    After the database was away or its clock jumped, and at the start of a process, leases are left alone for two
    heartbeats: workers that live could not extend theirs either, and must not pay for it. So are stages that have
    just fallen silent.
    """

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger = ledger
        self._lease_seconds = settings.lease_seconds
        self._pause_seconds = settings.pause_seconds
        self._grace_seconds = 2 * settings.heartbeat_seconds
        self._lapse_from = time.monotonic() + self._grace_seconds
        self._clock_ahead: float | None = None
        self._silent: dict[str, tuple[datetime, float]] = {}

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
        self._duty("lapse", self._lapse)
        self._duty("due", self._make_due)
        with self._ledger.read() as session:
            waiting = list(repair.waiting_queues(session, now=self._ledger.now(session)))
        self._duty("cancel", self._go_on_cancelling)
        self._duty("discard", self._discard)
        self._duty("ranges", self._keep_ranges_ahead)
        return waiting

    def _duty(self, name: str, work: Callable[[], None]) -> None:
        """Do one thing, and the others too where it fails for a reason of its own. Raises what is of the database."""
        try:
            work()
        except SQLAlchemyError as error:
            if is_passing(error):
                raise
            log.error("sweep_duty_failed", duty=name, cause=type(error).__name__)

    def _lapse(self) -> None:
        lapsed: list[int] = []

        def step(session: Session) -> bool:
            now = self._ledger.now(session)
            self._watch_clock(now)
            if time.monotonic() < self._lapse_from:
                return False
            moved = repair.lapse_expired(
                session, now=now, lease_seconds=self._lease_seconds, pause_seconds=self._pause_seconds
            )
            lapsed.append(moved)
            return moved > 0

        self._ledger.write_in_steps("sweep", step, limit_seconds=CLEARING_SECONDS)
        if any(lapsed):
            log.warning("leases_lapsed", items=sum(lapsed))

    def _make_due(self) -> None:
        due: list[int] = []

        def step(session: Session) -> bool:
            now = self._ledger.now(session)
            breaker.put_right(session, now=now)
            due.append(repair.make_due(session, now=now))
            return due[-1] >= repair.ITEMS_A_STEP

        self._ledger.write_in_steps("due", step, limit_seconds=CLEARING_SECONDS)
        if any(due):
            log.info("items_due", items=sum(due))

    def _go_on_cancelling(self) -> None:
        """For a while: what is left is the next sweep's, and each job's fault is its own."""
        with self._ledger.read() as session:
            halted = cancel.unfinished(session)
        for job_id in halted:
            self._duty("cancel", partial(self._cancel, job_id, CLEARING_SECONDS / len(halted)))

    def _cancel(self, job_id: str, limit_seconds: float) -> None:
        cancel.go_on(self._ledger, job_id, clock=self._ledger.now, limit_seconds=limit_seconds)

    def _discard(self) -> None:
        """Throw away the stages that stay silent, not those of which only a clock that jumped says so."""
        with self._ledger.read() as session:
            found = discard.silent(session, now=self._ledger.now(session))
        seen = {stage.job_id: self._since(stage) for stage in found}
        self._silent = seen
        for stage in found:
            if stage.begun or time.monotonic() >= seen[stage.job_id][1] + self._grace_seconds:
                log.warning("stage_discarded", job=stage.job_id)
                until = stage.staged_until
                discard.discard(self._ledger, stage.job_id, unless_since=until, limit_seconds=CLEARING_SECONDS)
                return

    def _since(self, stage: discard.Silent) -> tuple[datetime, float]:
        """The end of a silent stage, and since when, by this machine's steady clock, it was seen to be that."""
        known = self._silent.get(stage.job_id)
        return known if known and known[0] == stage.staged_until else (stage.staged_until, time.monotonic())

    def _keep_ranges_ahead(self) -> None:
        for opened in ranges.keep_ahead(self._ledger):
            log.info("range_opened", range=opened)

    def _watch_clock(self, now: datetime) -> None:
        """Notice a jump of the ledger's clock against this machine's steady one."""
        ahead = now.timestamp() - time.monotonic()
        if self._clock_ahead is not None and abs(ahead - self._clock_ahead) > self._grace_seconds:
            log.warning("clock_jumped", seconds=round(ahead - self._clock_ahead))
            self._lapse_from = time.monotonic() + self._grace_seconds
        self._clock_ahead = ahead
