"""What the sweep mends: leases that lapsed, items that are due, queues nobody was told of. Imports the ledger.

Every duty is idempotent and may run in several processes at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from ledger import schema
from ledger.advance import advance
from ledger.backoff import MAX_LONELY_DEATHS
from ledger.schema import WorkItem
from ledger.states import Event, Reason, State

LEASES_A_SWEEP = 100
ITEMS_A_SWEEP = 5000


def lapse_expired(session: Session, *, now: datetime, lease_seconds: float) -> int:
    """Take items back from leases whose heartbeat stopped, and return how many.

    Nobody knows which item of a batch brought its worker down, so none is charged: each runs alone next time. An item
    that was alone is charged a death, and after the third it is discarded as poison. A lease that expires impossibly
    late, made by a host whose clock ran ahead, lapses as well.
    """
    late = now + timedelta(seconds=2 * lease_seconds)
    expired = (
        select(schema.Lease.id)
        .where(or_(schema.Lease.expires_at < now, schema.Lease.expires_at > late))
        .limit(LEASES_A_SWEEP)
        .with_for_update(skip_locked=True)
    )
    return sum(_lapse(session, lease_id, now) for lease_id in session.scalars(expired).all())


def _lapse(session: Session, lease_id: int, now: datetime) -> int:
    held = session.execute(
        select(WorkItem.id, WorkItem.alone, WorkItem.deaths).where(WorkItem.lease_id == lease_id)
    ).all()
    lonely = [row.id for row in held if row.alone]
    poison = [row.id for row in held if row.alone and row.deaths + 1 >= MAX_LONELY_DEATHS]
    error = {
        "error_code": "worker_died",
        "error_message": f"The worker died {MAX_LONELY_DEATHS} times while it processed this document alone.",
        "deaths": WorkItem.deaths + 1,
    }
    moved = len(
        advance(session, Event.EXHAUST, poison, now=now, lease_id=lease_id, reason=Reason.POISON, changes=error)
    )
    again = {"attempt": WorkItem.attempt - 1, "available_at": now, "alone": True}
    charged = [item_id for item_id in lonely if item_id not in poison]
    free = [row.id for row in held if not row.alone]
    moved += len(
        advance(
            session, Event.LAPSE, charged, now=now, lease_id=lease_id, changes=again | {"deaths": WorkItem.deaths + 1}
        )
    )
    moved += len(advance(session, Event.LAPSE, free, now=now, lease_id=lease_id, changes=again))
    session.execute(delete(schema.Lease).where(schema.Lease.id == lease_id))
    return moved


def make_due(session: Session, *, now: datetime) -> int:
    """Make scheduled and retryable items available whose time has come, and return how many."""
    resting = (
        select(WorkItem.id)
        .where(WorkItem.state.in_([State.SCHEDULED, State.RETRYABLE]), WorkItem.available_at <= now)
        .order_by(WorkItem.available_at)
        .limit(ITEMS_A_SWEEP)
        .with_for_update(skip_locked=True)
    )
    return len(advance(session, Event.DUE, session.scalars(resting).all(), now=now))


def waiting_queues(session: Session) -> Sequence[str]:
    """The queues with items available, each of which deserves a notification."""
    return session.scalars(select(WorkItem.queue).where(WorkItem.state == State.AVAILABLE).distinct()).all()
