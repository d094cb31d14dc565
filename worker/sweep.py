"""Repair what was lost: lapsed leases, due items, queues nobody was told of. Imports the ledger; never torch."""

from collections.abc import Callable

import structlog

from ledger import repair
from ledger.base import utc_now
from ledger.engine import Ledger

log = structlog.get_logger()


def sweep(ledger: Ledger, notify: Callable[[str], None], *, lease_seconds: float) -> None:
    """Run every duty once. Safe in any number of processes at the same time; `notify` may fail without harm."""
    now = utc_now()
    with ledger.write() as session:
        lapsed = repair.lapse_expired(session, now=now, lease_seconds=lease_seconds)
        due = repair.make_due(session, now=now)
    if lapsed:
        log.warning("leases_lapsed", items=lapsed)
    if due:
        log.info("items_due", items=due)
    with ledger.read() as session:
        waiting = repair.waiting_queues(session)
    for queue in waiting:
        notify(queue)
