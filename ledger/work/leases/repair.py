"""What the sweep mends: leases that lapsed, items that are due, queues nobody was told of. Imports the ledger.

Every duty is idempotent and may run in several processes at once.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.orm import Session

from ledger.work import tables as schema
from ledger.work.advance import advance
from ledger.work.leases import breaker, lapse
from ledger.work.leases.backoff import CAP_SECONDS
from ledger.work.leases.lease import release_lease
from ledger.work.states import Event, State
from ledger.work.tables import Worker, WorkItem

WORKERS_A_SWEEP = 100
ITEMS_A_SWEEP = 5000


def lapse_expired(session: Session, *, now: datetime, lease_seconds: float, pause_seconds: float) -> int:
    """Take items back from workers whose heartbeat stopped, and return how many.

    A worker extends all its leases at once, so one that ran out means that the worker is gone, with all it held. One
    that was told to stop and did not manage in time gives its items back uncharged. A lease that expires impossibly
    late, made by a host whose clock ran ahead, has run out as well.
    """
    late = now + timedelta(seconds=2 * lease_seconds)
    ran_out = or_(schema.Lease.expires_at < now, schema.Lease.expires_at > late)
    gone = session.scalars(select(schema.Lease.worker_id).where(ran_out).distinct().limit(WORKERS_A_SWEEP)).all()
    held = (
        select(schema.Lease.id, schema.Lease.worker_id, schema.Lease.queue)
        .where(schema.Lease.worker_id.in_(gone))
        .with_for_update(skip_locked=True)
    )
    leases: dict[str, list[Row[int, str, str]]] = defaultdict(list)
    for row in session.execute(held):
        leases[row.worker_id].append(row)
    draining = set(session.scalars(select(Worker.id).where(Worker.id.in_(gone), Worker.draining)))
    moved = 0
    for worker_id, its in sorted(leases.items()):
        if worker_id in draining:
            moved += sum(len(release_lease(session, row.id, now=now)) for row in its)
            continue
        for row in its:
            moved += lapse.lapse(
                session, row.id, lapse.DEATH, now=now, wait_seconds=pause_seconds, charged=len(its) == 1
            )
        for queue in sorted({row.queue for row in its}):
            breaker.count_death(session, queue, now=now, pause_seconds=pause_seconds)
    return moved


def make_due(session: Session, *, now: datetime) -> int:
    """Make scheduled and retryable items available whose time has come, and return how many.

    A try that is due later than any wait lasts was put off by a clock that ran ahead; it is due now.
    """
    mistaken = and_(WorkItem.state == State.RETRYABLE, WorkItem.available_at > now + timedelta(seconds=2 * CAP_SECONDS))
    resting = (
        select(WorkItem.id)
        .where(WorkItem.state.in_([State.SCHEDULED, State.RETRYABLE]), or_(WorkItem.available_at <= now, mistaken))
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


def waits(session: Session, *, now: datetime) -> dict[str, float]:
    """How many seconds the item that is next in each of these queues has waited."""
    found: dict[str, float] = {}
    for queue in waiting_queues(session, now=now):
        following = (
            select(WorkItem.available_at)
            .where(WorkItem.queue == queue, WorkItem.state == State.AVAILABLE)
            .order_by(WorkItem.priority.desc(), WorkItem.turn, WorkItem.id)
            .limit(1)
        )
        since = session.scalar(following)
        if since is not None:
            found[queue] = (now - since).total_seconds()
    return found
