"""Take the best next items of a queue, keep them while the work goes on, give them back. Imports the ledger."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    bindparam,
    case,
    delete,
    exists,
    insert,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.orm import Session

from ledger import rowset
from ledger.base import BigId
from ledger.work import tables as schema
from ledger.work.advance import advance
from ledger.work.jobs.progress import Told
from ledger.work.leases.batch import choose
from ledger.work.states import Event
from ledger.work.tables import Document, Job, TextRow, WorkItem

LOADED = (
    select(
        WorkItem.id,
        WorkItem.job_id,
        WorkItem.attempt,
        WorkItem.deaths,
        WorkItem.timeouts,
        Document.language,
        TextRow.body,
        Job.parameters,
        Job.purpose,
    )
    .join(Document, Document.id == WorkItem.document_id)
    .join(TextRow, TextRow.sha256 == Document.sha256)
    .join(Job, Job.id == WorkItem.job_id)
    .where(rowset.among(WorkItem.id))
    .order_by(WorkItem.id)
)
ORDERED = (
    select(schema.Lease.id)
    .where(schema.Lease.id.in_(bindparam("leases", expanding=True)))
    .order_by(schema.Lease.id)
    .with_for_update()
)
NEW_LEASE = insert(schema.Lease).returning(schema.Lease.id)
DROP_EMPTY = delete(schema.Lease).where(
    schema.Lease.id == bindparam("lease", type_=BigId),
    ~exists().where(WorkItem.lease_id == bindparam("lease", type_=BigId)),
)


@dataclass(frozen=True, slots=True)
class LeasedItem:
    """One item under a lease with all that is needed to process it."""

    id: int
    job_id: str
    text: str
    language: str | None
    parameters: dict[str, Any]
    purpose: str
    attempt: int
    deaths: int
    timeouts: int


@dataclass(frozen=True, slots=True)
class Lease:
    """A claim on `items`, the batch, until `expires_at` unless it is extended. `id` is the fencing token.

    `alone`: a worker died with this item once, so nothing else may be in its process with it.
    """

    id: int
    queue: str
    expires_at: datetime
    items: tuple[LeasedItem, ...]
    alone: bool


def take(
    session: Session,
    *,
    worker_id: str,
    queue: str,
    now: datetime,
    lease_seconds: float,
    max_items: int,
    max_bytes: int,
) -> Lease | None:
    """Lease the next items of `queue`, or None when none waits or the queue rests.

    Every job has its share of a batch (`ledger.work.leases.share`). A batch holds at most `max_items` items and, beyond
    the first, `max_bytes` of text. An item held when a worker died is leased alone.
    """
    chosen, alone = choose(session, queue, now, max_items, max_bytes)
    if not chosen:
        return None
    expires_at = now + timedelta(seconds=lease_seconds)
    row = {"worker_id": worker_id, "queue": queue, "taken_at": now, "expires_at": expires_at}
    lease_id = session.connection().execute(NEW_LEASE, row).scalar_one()
    moved = advance(session, Event.LEASE, chosen, now=now, lease_id=lease_id)
    return Lease(lease_id, queue, expires_at, _load(session, moved), alone)


def extend(
    session: Session,
    lease_ids: Collection[int],
    *,
    now: datetime,
    lease_seconds: float,
    told: Mapping[int, Told] = MappingProxyType({}),
) -> set[int]:
    """Extend those of these leases that are still held and return their ids; one that is missing was lost.

    The holder names what it knows it holds: a lease whose commit it never heard of must run out. What it has `told` of
    the long documents of each goes along.
    """
    progress = {
        lease_id: literal(one.as_json(), schema.Lease.progress.type)
        for lease_id, one in told.items()
        if lease_id in lease_ids and one.portions
    }
    kept = case(progress, value=schema.Lease.id, else_=null()) if progress else null()
    if len(lease_ids) > 1:
        lock(session, lease_ids)
    statement = (
        update(schema.Lease)
        .where(schema.Lease.id.in_(lease_ids))
        .values(expires_at=now + timedelta(seconds=lease_seconds), progress=kept)
        .returning(schema.Lease.id)
    )
    return set(session.scalars(statement.execution_options(synchronize_session=False)))


def lock(session: Session, lease_ids: Collection[int]) -> None:
    """Have these leases to oneself until the transaction ends; whoever moves items of several does this first."""
    if lease_ids and session.get_bind().dialect.name == "postgresql":
        session.connection().execute(ORDERED, {"leases": list(lease_ids)})


def release(session: Session, lease_id: int, ids: Sequence[int], *, now: datetime) -> list[int]:
    """Give items back as if they had never been taken: no error, no attempt charged."""
    moved = advance(session, Event.RELEASE, ids, now=now, lease_id=lease_id)
    drop_empty(session, lease_id)
    return moved


def release_all(session: Session, *, worker_id: str, now: datetime) -> int:
    """Give back everything that `worker_id` holds and return how many items that was."""
    held = session.scalars(select(schema.Lease.id).where(schema.Lease.worker_id == worker_id)).all()
    lock(session, held)
    return sum(len(release_lease(session, lease_id, now=now)) for lease_id in held)


def release_lease(session: Session, lease_id: int, *, now: datetime) -> list[int]:
    """Give back all that a lease still holds and return the ids; a lease that is gone holds nothing."""
    ids = session.scalars(select(WorkItem.id).where(WorkItem.lease_id == lease_id)).all()
    return release(session, lease_id, ids, now=now)


def queue_of(session: Session, lease_id: int) -> str | None:
    """The queue of a lease, None when the lease has ended."""
    return session.scalar(select(schema.Lease.queue).where(schema.Lease.id == lease_id))


def drop_empty(session: Session, lease_id: int) -> None:
    """Forget a lease that holds no item any more."""
    session.connection().execute(DROP_EMPTY, {"lease": lease_id})


def _load(session: Session, ids: Sequence[int]) -> tuple[LeasedItem, ...]:
    return tuple(
        LeasedItem(
            id=row.id,
            job_id=row.job_id,
            text=row.body.decode(),
            language=row.language,
            parameters=row.parameters,
            purpose=row.purpose,
            attempt=row.attempt,
            deaths=row.deaths,
            timeouts=row.timeouts,
        )
        for row in session.connection().execute(LOADED, {"ids": ids}).all()
    )
