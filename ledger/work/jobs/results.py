"""The read side of documents and results: lines in input order, in pages. Imports the ledger."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import NotFoundError
from ledger.work.jobs import flagged as with_flags
from ledger.work.states import State
from ledger.work.tables import Document, EventRow, Job, Receipt, Result, TextRow, WorkItem

PAGE_ITEMS = 500
PAGE_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One item with its document and, where it completed, its result and receipt."""

    item: WorkItem
    document: Document
    result: Result | None
    receipt: Receipt | None


def page(
    session: Session,
    job_id: str,
    *,
    after: int = -1,
    states: Sequence[State] | None = None,
    flagged: bool | None = None,
    limit: int = PAGE_ITEMS,
    max_bytes: int | None = None,
) -> list[Line]:
    """Up to `limit` lines whose position is greater than `after`, in input order, optionally of some states only.

    With `flagged` only those that have flags, or those that have none; only what completed has any. Beyond the first
    line only as many as have documents of `max_bytes` together, since results are about as long.
    """
    wanted = [WorkItem.job_id == job_id, WorkItem.position > after]
    if states is not None and not (flagged and State.COMPLETED in states):
        wanted.append(WorkItem.state.in_(states))
    if flagged is not None:
        wanted.append(with_flags.items(flagged=flagged))
    if max_bytes is not None:
        sizes = select(WorkItem.size_bytes).where(*wanted).order_by(WorkItem.position).limit(limit)
        totals = accumulate(session.scalars(sizes))
        limit = max(1, sum(total <= max_bytes for total in totals))
    statement = (
        select(WorkItem, Document, Result, Receipt)
        .join(Document, Document.id == WorkItem.document_id)
        .outerjoin(Result, Result.item_id == WorkItem.id)
        .outerjoin(Receipt, Receipt.id == Result.receipt_id)
        .where(*wanted)
        .order_by(WorkItem.position)
        .limit(limit)
    )
    return [Line(*row) for row in session.execute(statement)]


def lines(session: Session, job_id: str, *, states: Sequence[State], flagged: bool | None = None) -> Iterator[Line]:
    """Every line of a job in those states, in input order, a page at a time in memory; `flagged` as for `page`."""
    after = -1
    while found := page(session, job_id, after=after, states=states, flagged=flagged, max_bytes=PAGE_BYTES):
        yield from found
        after = found[-1].item.position
        session.expunge_all()


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One document of a job with its text, result and history."""

    line: Line
    text: str
    events: Sequence[EventRow]


def document(session: Session, job_id: str, position: int) -> DocumentView:
    """The document at `position` (from 0). Raises NotFoundError."""
    found = page(session, job_id, after=position - 1, limit=1)
    if not found or found[0].item.position != position:
        raise NotFoundError(f"Job {job_id} has no document at position {position}.")
    body = session.get_one(TextRow, found[0].document.sha256).body
    history = select(EventRow).where(EventRow.item_id == found[0].item.id).order_by(EventRow.id)
    return DocumentView(found[0], body.decode(), session.scalars(history).all())


def timings(line: Line, job: Job) -> dict[str, Any]:
    """Times of one line: `queued` from acceptance to the first lease, then the item's share of its batch's work."""
    item, result = line.item, line.result
    return {
        "queued_seconds": _between(job.created_at, item.started_at),
        "prepare_seconds": round(result.prepare_seconds, 4) if result else None,
        "infer_seconds": round(result.infer_seconds, 4) if result else None,
        "total_seconds": _between(job.created_at, item.finished_at),
    }


def _between(start: datetime, end: datetime | None) -> float | None:
    return round((end - start).total_seconds(), 3) if end else None
