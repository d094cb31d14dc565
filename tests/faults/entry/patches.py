"""All that a test process has otherwise than the product's, besides the model. Imports the ledger and orders.

- `ledger.base.utc_now` is offset by the standing order of the clock;
- paths of the data directory are stale while that is ordered;
- crash points heed the orders to die or to stop there, besides CRASH_AT;
- a repair that took leases back dies before its commit when it is ordered to;
- an item may bring down five workers alone instead of three, and time out three times instead of two: the campaign's
  own kills and pauses hit documents that run alone, which is no fault of theirs;
- a failed try is repeated after tenths of a second and a queue that keeps killing rests a second at most, so that a
  campaign of half a minute sees their end.
"""

import dataclasses
import os
import signal
import sys
from datetime import datetime, timedelta, tzinfo
from typing import Any

import structlog

import ledger.base
import ledger.corpora.takings
import ledger.engine
import ledger.work.jobs.cancel
import ledger.work.jobs.discard
import ledger.work.jobs.submit
import ledger.work.leases.backoff
import ledger.work.leases.breaker
import ledger.work.leases.lapse
import ledger.work.leases.repair
import worker.app
from corpusmill import logs, streams
from corpusmill.output import Refusal
from corpusmill.place.local import require_known_tables
from corpusmill.settings import Settings, load
from ledger.crash import crash_point
from tests.faults.entry import orders, stale
from worker.tether import end_with_parent

LONELY_DEATHS = 5
LONELY_TIMEOUTS = 3
BASE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 1.0
CHUNK_ITEMS = 8
STEP_ITEMS = 3
STAGE_SECONDS = 6.0
"""The campaign's jobs are small: these have them staged, cancelled and thrown away in several transactions."""

log = structlog.get_logger()


class _Clock(datetime):
    """Tells the time with the ordered offset, as plain datetimes."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        offset_seconds = float(orders.standing(orders.CLOCK) or 0)
        return datetime.now(tz) + timedelta(seconds=offset_seconds)


def _point(name: str) -> None:
    if orders.carry_out(orders.CRASH_AT, name):
        os.kill(os.getpid(), signal.SIGKILL)
    if orders.carry_out(orders.STOP_AT, name):
        os.kill(os.getpid(), signal.SIGSTOP)
    crash_point(name)


def _repair(*arguments: Any, **options: Any) -> int:
    moved = _lapse_expired(*arguments, **options)
    if moved and orders.carry_out(orders.DIE_IN_REPAIR, "now"):
        os.kill(os.getpid(), signal.SIGKILL)
    return moved


_lapse_expired = ledger.work.leases.repair.lapse_expired


def install(settings: Settings) -> None:
    """Put everything in place, in a process that the harness started or in a worker's child."""
    stale.install(settings.data_dir)
    ledger.base.datetime = _Clock  # type: ignore[misc]
    ledger.engine.crash_point = _point
    worker.app.crash_point = _point
    ledger.work.leases.repair.lapse_expired = _repair
    ledger.work.jobs.submit.CHUNK_ITEMS = CHUNK_ITEMS
    ledger.work.jobs.submit.STAGE_SECONDS = STAGE_SECONDS
    ledger.work.jobs.cancel.STEP_ITEMS = ledger.work.jobs.discard.STEP_ITEMS = STEP_ITEMS
    ledger.corpora.takings.STEP_DOCUMENTS = 1
    ledger.work.leases.backoff.BASE_SECONDS = BASE_SECONDS
    ledger.work.leases.breaker.LONGEST_PAUSE_SECONDS = LONGEST_PAUSE_SECONDS
    ledger.work.leases.lapse.DEATH = dataclasses.replace(ledger.work.leases.lapse.DEATH, limit=LONELY_DEATHS)
    ledger.work.leases.lapse.TIMEOUT = dataclasses.replace(ledger.work.leases.lapse.TIMEOUT, limit=LONELY_TIMEOUTS)


def begin() -> Settings:
    """What the product's commands do before they serve, and `install`, in a process of the harness's own.

    Should the harness be killed, so is this process. On tables of another version it ends, as they do.
    """
    streams.protect()
    end_with_parent(signal.SIGKILL)
    settings = load()
    install(settings)
    logs.configure(settings.log_format)
    try:
        require_known_tables(settings)
    except Refusal as refusal:
        log.error("refused", cause=str(refusal))
        sys.exit(refusal.status)
    return settings
