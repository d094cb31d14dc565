"""The read side of documents and results: lines in input order, in pages. Imports the ledger."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, TypedDict, TypeVarTuple, Unpack

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ledger.engine import Ledger
from ledger.errors import NotFoundError
from ledger.work.jobs import flagged as with_flags
from ledger.work.states import State
from ledger.work.tables import Document, EventRow, Job, Receipt, Result, TextRow, WorkItem

PAGE_ITEMS = 500
PAGE_BYTES = 4_000_000

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True)
class Entry:
    """One item with its document, as a list shows it."""

    item: WorkItem
    document: Document


@dataclass(frozen=True, slots=True)
class Line(Entry):
    """One item with its document and, where it completed, its result and receipt."""

    result: Result | None
    receipt: Receipt | None


class Wanted(TypedDict, total=False):
    """Which items of a job: those whose position is greater than `after`, in input order, at most `limit`.

    With `states` only those in one of them. With `flagged` only those that have flags, or those that have none; only
    what completed has any. Beyond the first only as many as have documents of `max_bytes` together, since results are
    about as long.
    """

    after: int
    states: Sequence[State] | None
    flagged: bool | None
    limit: int
    max_bytes: int | None


def entries(session: Session, job_id: str, **wanted: Unpack[Wanted]) -> list[Entry]:
    """The chosen items with their documents. Their results, which may be long, are not read."""
    statement = select(WorkItem, Document).join(Document, Document.id == WorkItem.document_id)
    return [Entry(*row) for row in session.execute(_chosen(session, statement, job_id, **wanted))]


def page(session: Session, job_id: str, **wanted: Unpack[Wanted]) -> list[Line]:
    """The chosen items with all that is known of them.

    Results are asked for by their items: of a join with all of them PostgreSQL plans, and may read, every range.
    """
    found = entries(session, job_id, **wanted)
    completed = [entry.item.id for entry in found if entry.item.state is State.COMPLETED]
    made: dict[int, tuple[Result, Receipt]] = {}
    if completed:
        statement = select(Result, Receipt).join(Receipt, Receipt.id == Result.receipt_id)
        for result, receipt in session.execute(statement.where(Result.item_id.in_(completed))):
            made[result.item_id] = (result, receipt)
    return [Line(entry.item, entry.document, *made.get(entry.item.id, (None, None))) for entry in found]


def labels(session: Session, found: Sequence[Entry]) -> dict[int, str]:
    """The label of each of these items whose result has one, by item; no more of a result is read than that."""
    label = Result.output["label"].as_string()
    of_items = Result.item_id.in_([entry.item.id for entry in found])
    return dict(session.execute(select(Result.item_id, label).where(of_items, label.is_not(None))).all())


def _chosen(
    session: Session,
    statement: Select[*Columns],
    job_id: str,
    *,
    after: int = -1,
    states: Sequence[State] | None = None,
    flagged: bool | None = None,
    limit: int = PAGE_ITEMS,
    max_bytes: int | None = None,
) -> Select[*Columns]:
    """The statement for the items of a `Wanted`."""
    wanted = [WorkItem.job_id == job_id, WorkItem.position > after]
    if states is not None and not (flagged and State.COMPLETED in states):
        wanted.append(WorkItem.state.in_(states))
    if flagged is not None:
        wanted.append(with_flags.items(flagged=flagged))
    if max_bytes is not None:
        sizes = select(WorkItem.size_bytes).where(*wanted).order_by(WorkItem.position).limit(limit)
        totals = accumulate(session.scalars(sizes))
        limit = max(1, sum(total <= max_bytes for total in totals))
    return statement.where(*wanted).order_by(WorkItem.position).limit(limit)


def lines(ledger: Ledger, job_id: str, *, states: Sequence[State], flagged: bool | None = None) -> Iterator[Line]:
    """Every line of a job in those states, in input order, a page at a time; no transaction is open between them."""
    after = -1
    while True:
        with ledger.read() as session:
            found = page(session, job_id, after=after, states=states, flagged=flagged, max_bytes=PAGE_BYTES)
        if not found:
            return
        yield from found
        after = found[-1].item.position


def texts(ledger: Ledger, job_id: str) -> Iterator[tuple[Document, bytes]]:
    """Every document of a job with its text, likewise."""
    after = -1
    while True:
        with ledger.read() as session:
            found = entries(session, job_id, after=after, max_bytes=PAGE_BYTES)
            wanted = select(TextRow).where(TextRow.sha256.in_({entry.document.sha256 for entry in found}))
            bodies = {row.sha256: row.body for row in session.scalars(wanted)}
        if not found:
            return
        for entry in found:
            yield entry.document, bodies[entry.document.sha256]
        after = found[-1].item.position


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One document of a job with its text, its result and its history, which is empty once it was pruned."""

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
