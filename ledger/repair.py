"""What the sweep mends: leases that lapsed, items that are due, queues nobody was told of. Imports the ledger.

Every duty is idempotent and may run in several processes at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ledger import breaker, lapse, schema
from ledger.advance import advance
from ledger.lease import release_lease
from ledger.schema import Worker, WorkItem
from ledger.states import Event, State

LEASES_A_SWEEP = 100
ITEMS_A_SWEEP = 5000


def lapse_expired(session: Session, *, now: datetime, lease_seconds: float, pause_seconds: float) -> int:
    """Take items back from leases whose heartbeat stopped, and return how many.

    A worker that was told to stop and did not manage in time gives them back uncharged; any other is taken for dead. A
    lease that expires impossibly late, made by a host whose clock ran ahead, lapses as well.
    """
    late = now + timedelta(seconds=2 * lease_seconds)
    expired = (
        select(schema.Lease.id, schema.Lease.worker_id, schema.Lease.queue, Worker.draining)
        .outerjoin(Worker, Worker.id == schema.Lease.worker_id)
        .where(or_(schema.Lease.expires_at < now, schema.Lease.expires_at > late))
        .limit(LEASES_A_SWEEP)
        .with_for_update(skip_locked=True, of=schema.Lease)
    )
    moved = 0
    deaths: set[tuple[str, str]] = set()
    for row in session.execute(expired).all():
        if row.draining:
            moved += len(release_lease(session, row.id, now=now))
        else:
            moved += lapse.lapse(session, row.id, lapse.DEATH, now=now)
            deaths.add((row.worker_id, row.queue))
    for _, queue in sorted(deaths):
        breaker.count_death(session, queue, now=now, pause_seconds=pause_seconds)
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


def waiting_queues(session: Session, *, now: datetime) -> Sequence[str]:
    """The queues with items available that do not rest, each of which deserves a notification.

    One probe of the index for each queue: SELECT DISTINCT would read every item that waits.
    """
    found: list[str] = []
    following = select(func.min(WorkItem.queue)).where(WorkItem.state == State.AVAILABLE)
    queue = session.scalar(following)
    while queue is not None:
        found.append(queue)
        queue = session.scalar(following.where(WorkItem.queue > queue))
    rest = {resting.queue for resting in breaker.resting(session, now=now)}
    return [queue for queue in found if queue not in rest]
