"""What the sweep mends: leases that lapsed, items that are due, queues nobody was told of. Imports the ledger.

Every duty is idempotent and may run in several processes at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from ledger.work import standings
from ledger.work import tables as schema
from ledger.work.advance import advance
from ledger.work.leases import breaker, lapse
from ledger.work.leases.backoff import CAP_SECONDS
from ledger.work.leases.lease import release_lease
from ledger.work.standings import Standing
from ledger.work.states import Event, State
from ledger.work.tables import Worker, WorkItem

RESTING = sql("work_items.state IN ('scheduled', 'retryable')")
"""Written out, as the partial index has it: a database cannot tell that bound values are those of an index."""
WORKERS_A_STEP = 4
ITEMS_A_STEP = 1000
"""So much one transaction mends, for others to wait that long at most."""


def lapse_expired(session: Session, *, now: datetime, lease_seconds: float, pause_seconds: float) -> int:
    """Take items back from a few workers whose heartbeat stopped, and return how many; 0 when none is left.

    A worker that was not heard of for as long as a lease lasts is gone, with all it held. One that lives, and one that
    was told to stop and did not manage in time, gives back the leases that ran out, uncharged: it never heard of them,
    or no longer knows of them. A lease that expires impossibly late, made by a host whose clock ran ahead, has run out
    as well.
    """
    moved = 0
    died: list[str] = []
    for worker_id in _with_expired(session, now, lease_seconds):
        dead = _is_dead(session, worker_id, now, lease_seconds)
        held = select(schema.Lease.id, schema.Lease.queue).where(schema.Lease.worker_id == worker_id)
        if not dead:
            held = held.where(_ran_out(now, lease_seconds))
        its = session.execute(held.order_by(schema.Lease.id).with_for_update(skip_locked=True)).all()
        if not dead:
            moved += sum(len(release_lease(session, row.id, now=now)) for row in its)
            continue
        for row in its:
            moved += lapse.lapse(
                session, row.id, lapse.DEATH, now=now, wait_seconds=pause_seconds, charged=len(its) == 1
            )
        died += {row.queue for row in its}
    for queue in sorted(died):  # last, as breakers are locked: the next worker may be another sweep's, which waits
        breaker.count_death(session, queue, now=now, pause_seconds=pause_seconds)
    return moved


def _ran_out(now: datetime, lease_seconds: float) -> ColumnElement[bool]:
    late = now + timedelta(seconds=2 * lease_seconds)
    return or_(schema.Lease.expires_at < now, schema.Lease.expires_at > late)


def _with_expired(session: Session, now: datetime, lease_seconds: float) -> Sequence[str]:
    expired = select(schema.Lease.worker_id).where(_ran_out(now, lease_seconds)).distinct()
    return session.scalars(expired.order_by(schema.Lease.worker_id).limit(WORKERS_A_STEP)).all()


def _is_dead(session: Session, worker_id: str, now: datetime, lease_seconds: float) -> bool:
    """Whether a worker fell silent without having been told to stop; it stays so until the transaction ends."""
    worker = session.get(Worker, worker_id, with_for_update={"key_share": True}, populate_existing=True)
    if worker is None:
        return True
    silent = abs(now - worker.seen_at) > timedelta(seconds=lease_seconds)
    return silent and worker.stopped_at is None and not worker.draining


def make_due(session: Session, *, now: datetime) -> int:
    """Make scheduled and retryable items available whose time has come, ITEMS_A_STEP at most, and return how many.

    A try that is due later than any wait lasts was put off by a clock that ran ahead; it is due now.
    """
    mistaken = and_(WorkItem.state == State.RETRYABLE, WorkItem.available_at > now + timedelta(seconds=2 * CAP_SECONDS))
    resting = (
        select(WorkItem.id)
        .where(RESTING, or_(WorkItem.available_at <= now, mistaken))
        .order_by(WorkItem.available_at)
        .limit(ITEMS_A_STEP)
        .with_for_update(skip_locked=True)
    )
    return len(advance(session, Event.DUE, session.scalars(resting).all(), now=now))


def waiting_queues(session: Session, *, now: datetime) -> Sequence[str]:
    """The queues with items available that do not rest, each of which deserves a notification."""
    found = session.scalars(select(Standing.queue).where(*standings.waits()).distinct().order_by(Standing.queue))
    rest = {resting.queue for resting in breaker.resting(session, now=now)}
    return [queue for queue in found if queue not in rest]


def waits(session: Session, *, now: datetime) -> dict[str, float]:
    """How many seconds the first item of the oldest job in each of these queues has waited.

    Where a clock that ran ahead had it wait from a later time on, as many as that is away: it must not wait for it.
    """
    awake = set(waiting_queues(session, now=now))
    oldest = select(func.min(Standing.job_id)).where(*standings.waits()).group_by(Standing.queue)
    first = (
        select(WorkItem.available_at)
        .where(WorkItem.job_id == Standing.job_id, WorkItem.state == State.AVAILABLE)
        .order_by(WorkItem.position)
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(select(Standing.queue, first).where(Standing.job_id.in_(oldest)))
    return {queue: abs(now - since).total_seconds() for queue, since in rows if since is not None and queue in awake}
