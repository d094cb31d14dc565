"""End a lease that its worker did not: whose fault it was, and who pays. Imports the ledger.

Nobody knows which item of a batch brought its worker down, so none is charged: each runs alone next time. An item that
was alone, in its lease and in its process, is charged, and when it was charged too often it is discarded.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ledger.work.advance import advance
from ledger.work.leases.backoff import CAP_SECONDS, MAX_LONELY_DEATHS, MAX_LONELY_TIMEOUTS
from ledger.work.leases.lease import lock
from ledger.work.states import Event, Reason
from ledger.work.tables import Lease, WorkItem


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a lease ends: the column of items that counts it, how often an item may, and what ends one that did."""

    counter: str
    limit: int
    reason: Reason
    code: str
    message: str


DEATH = Cause("deaths", MAX_LONELY_DEATHS, Reason.POISON, "worker_died", "The worker died each time")
TIMEOUT = Cause("timeouts", MAX_LONELY_TIMEOUTS, Reason.TIMEOUT, "timed_out", "The model made no progress each time")


def lapse(
    session: Session, lease_id: int, cause: Cause, *, now: datetime, wait_seconds: float = 0, charged: bool = True
) -> int:
    """Take back every item of a lease and return how many; nothing happens when the lease has ended already.

    A charged item waits `wait_seconds` before its next try, so that others go first that may be well; like any, at most
    CAP_SECONDS. With `charged` false nobody pays, because another lease of the same worker may have been to blame.
    """
    lock(session, [lease_id])
    counter = getattr(WorkItem, cause.counter)
    held = session.execute(select(WorkItem.id, WorkItem.alone, counter).where(WorkItem.lease_id == lease_id)).all()
    free = [item_id for item_id, alone, _ in held if not (alone and charged)]
    warned = [item_id for item_id, alone, count in held if alone and charged and count + 1 < cause.limit]
    spent = [item_id for item_id, alone, count in held if alone and charged and count + 1 >= cause.limit]
    charge: dict[str, Any] = {f"more_{cause.counter}": 1}
    moved = advance(session, Event.LAPSE, free, now=now, lease_id=lease_id)
    again_at = now + timedelta(seconds=min(wait_seconds, CAP_SECONDS))
    moved += advance(session, Event.LAPSE, warned, now=now, lease_id=lease_id, again_at=again_at, **charge)
    error = {"code": cause.code, "message": f"{cause.message} that it processed this document alone ({cause.limit})."}
    moved += advance(session, Event.EXHAUST, spent, now=now, lease_id=lease_id, reason=cause.reason, **(charge | error))
    session.execute(delete(Lease).where(Lease.id == lease_id))
    return len(moved)
