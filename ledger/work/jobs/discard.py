"""Throw away jobs that were never accepted. Imports the ledger's engine and schema."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from ledger.engine import Ledger
from ledger.work.tables import Dependency, Document, EventRow, Job, TextRow, WorkItem

STEP_ITEMS = 1000


@dataclass(frozen=True, slots=True)
class Silent:
    """A stage whose time is over by the clock, when that was, and whether some of it is deleted already."""

    job_id: str
    staged_until: datetime
    begun: bool


def discard(
    ledger: Ledger, job_id: str, *, unless_since: datetime | None = None, limit_seconds: float | None = None
) -> None:
    """Delete a staged job with all that was written of it; nothing happens to one that was accepted.

    Nothing happens either to one whose time was put off since it was over at `unless_since`. What is left after
    `limit_seconds` stays silent, for the next sweep.
    """
    ledger.write_in_steps("discard", lambda session: _step(session, job_id, unless_since), limit_seconds=limit_seconds)


def silent(session: Session, *, now: datetime) -> list[Silent]:
    """The stages that nobody goes on with, if the clock is right."""
    over = select(Job.id, Job.staged_until, Job.staged_until < Job.created_at)
    over = over.where(Job.staged_until.is_not(None), Job.staged_until < now)
    return [Silent(job_id, until, bool(begun)) for job_id, until, begun in session.execute(over.limit(100)) if until]


def _step(session: Session, job_id: str, unless_since: datetime | None) -> bool:
    """Delete some of it and say whether anything is left. What is half deleted can no longer be sealed."""
    job = session.get(Job, job_id, with_for_update=True)
    if job is None or job.staged_until is None:
        return False
    if unless_since is not None and job.staged_until > unless_since:
        return False
    job.staged_until = min(job.staged_until, job.created_at - timedelta(seconds=1))
    session.flush()
    rows = select(WorkItem.id, WorkItem.document_id).where(WorkItem.job_id == job_id)
    found = session.execute(rows.order_by(WorkItem.position).limit(STEP_ITEMS)).all()
    if not found:
        session.delete(job)
        return False
    items = [row.id for row in found]
    session.execute(delete(EventRow).where(EventRow.item_id.in_(items)))
    session.execute(delete(Dependency).where(Dependency.item_id.in_(items) | Dependency.needs_id.in_(items)))
    session.execute(delete(WorkItem).where(WorkItem.id.in_(items)))
    _delete_documents(session, [row.document_id for row in found])
    return True


def _delete_documents(session: Session, ids: Sequence[int]) -> None:
    """Delete those of these documents that no other item has, and the texts that no other document has."""
    unheld = ~exists().where(WorkItem.document_id == Document.id)
    gone = delete(Document).where(Document.id.in_(ids), unheld).returning(Document.sha256)
    hashes = sorted(set(session.scalars(gone.execution_options(synchronize_session=False))))
    mine = select(TextRow.sha256).where(TextRow.sha256.in_(hashes)).order_by(TextRow.sha256)
    # A text that a stage takes up just now is locked by it and stays; who has the others a later statement sees.
    free = session.scalars(mine.with_for_update(skip_locked=True)).all()
    unused = ~exists().where(Document.sha256 == TextRow.sha256)
    session.execute(delete(TextRow).where(TextRow.sha256.in_(free), unused))
