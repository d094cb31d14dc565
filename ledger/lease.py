"""Take the best next items of a queue, keep them while the work goes on, give them back. Imports the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from ledger import schema
from ledger.advance import advance
from ledger.schema import Document, Job, TextRow, WorkItem
from ledger.states import Event, State


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


@dataclass(frozen=True, slots=True)
class Lease:
    """A claim on `items`, the batch, until `expires_at` unless it is extended. `id` is the fencing token."""

    id: int
    queue: str
    expires_at: datetime
    items: tuple[LeasedItem, ...]


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
    """Lease the next items of `queue`, or None when none waits.

    A batch is of the highest priority that waits, in the order of turn (jobs alternate), then age. It holds at most
    `max_items` items and, beyond the first, `max_bytes` of text. An item held when a worker died is leased alone.
    """
    chosen = _choose(session, queue, max_items, max_bytes)
    if not chosen:
        return None
    expires_at = now + timedelta(seconds=lease_seconds)
    row = {"worker_id": worker_id, "queue": queue, "taken_at": now, "expires_at": expires_at}
    lease_id = session.scalars(insert(schema.Lease).returning(schema.Lease.id), [row]).one()
    changes = {"attempt": WorkItem.attempt + 1, "started_at": func.coalesce(WorkItem.started_at, now)}
    moved = advance(session, Event.LEASE, chosen, now=now, lease_id=lease_id, changes=changes)
    return Lease(lease_id, queue, expires_at, _load(session, moved))


def extend(session: Session, *, worker_id: str, now: datetime, lease_seconds: float) -> set[int]:
    """Extend every lease that `worker_id` still holds and return their ids; one that is missing was lost."""
    statement = (
        update(schema.Lease)
        .where(schema.Lease.worker_id == worker_id)
        .values(expires_at=now + timedelta(seconds=lease_seconds))
        .returning(schema.Lease.id)
    )
    return set(session.scalars(statement.execution_options(synchronize_session=False)))


def release(session: Session, lease_id: int, ids: Sequence[int], *, now: datetime) -> list[int]:
    """Give items back as if they had never been taken: no error, no attempt charged."""
    moved = advance(session, Event.RELEASE, ids, now=now, lease_id=lease_id, changes={"attempt": WorkItem.attempt - 1})
    drop_empty(session, lease_id)
    return moved


def release_all(session: Session, *, worker_id: str, now: datetime) -> int:
    """Give back everything that `worker_id` holds and return how many items that was."""
    held = session.scalars(select(schema.Lease.id).where(schema.Lease.worker_id == worker_id)).all()
    return sum(len(_release_lease(session, lease_id, now)) for lease_id in held)


def _release_lease(session: Session, lease_id: int, now: datetime) -> list[int]:
    ids = session.scalars(select(WorkItem.id).where(WorkItem.lease_id == lease_id)).all()
    return release(session, lease_id, ids, now=now)


def drop_empty(session: Session, lease_id: int) -> None:
    """Forget a lease that holds no item any more."""
    held = exists().where(WorkItem.lease_id == lease_id)
    session.execute(delete(schema.Lease).where(schema.Lease.id == lease_id, ~held))


def _choose(session: Session, queue: str, max_items: int, max_bytes: int) -> list[int]:
    here = (WorkItem.queue == queue, WorkItem.state == State.AVAILABLE)
    highest = select(func.max(WorkItem.priority)).where(*here).scalar_subquery()
    waiting = (
        select(WorkItem.id, WorkItem.size_bytes, WorkItem.alone)
        .where(*here, WorkItem.priority == highest)
        .order_by(WorkItem.turn, WorkItem.id)
        .limit(max_items)
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(waiting).all()
    if rows and rows[0].alone:
        return [rows[0].id]
    chosen: list[int] = []
    size_bytes = 0
    for row in rows:
        size_bytes += row.size_bytes
        if chosen and (size_bytes > max_bytes or row.alone):
            break
        chosen.append(row.id)
    return chosen


def _load(session: Session, ids: Sequence[int]) -> tuple[LeasedItem, ...]:
    if not ids:
        return ()
    statement = (
        select(WorkItem, Document.language, TextRow.body, Job.parameters, Job.purpose)
        .join(Document, Document.id == WorkItem.document_id)
        .join(TextRow, TextRow.sha256 == Document.sha256)
        .join(Job, Job.id == WorkItem.job_id)
        .where(WorkItem.id.in_(ids))
        .order_by(WorkItem.id)
    )
    return tuple(_leased(row) for row in session.execute(statement))


def _leased(row: Row[WorkItem, str | None, bytes, dict[str, Any], str]) -> LeasedItem:
    item, language, body, parameters, purpose = row
    return LeasedItem(item.id, item.job_id, body.decode(), language, parameters, purpose, item.attempt, item.deaths)
