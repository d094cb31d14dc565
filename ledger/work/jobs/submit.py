"""Accept a job: documents, items and events in the caller's one transaction. Imports the ledger."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from ledger.base import new_id
from ledger.errors import IdempotencyError
from ledger.upsert import insert_missing
from ledger.work.advance import record
from ledger.work.states import Event, State, target
from ledger.work.tables import Document, Job, TextRow, WorkItem

CHUNK_ITEMS = 500
ITEMS_A_TURN = 32
"""Items of one job that share a turn: the grain at which jobs of one queue alternate."""


@dataclass(frozen=True, slots=True)
class NewDocument:
    """One document as submitted. `custom_id` is unique within its job."""

    custom_id: str
    name: str
    text: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class NewJob:
    """What is asked, fully resolved: the model is chosen and permitted, the parameters are checked."""

    task: str
    model_id: str
    queue: str
    parameters: dict[str, Any]
    purpose: str
    name: str
    priority: int = 0
    idempotency_key: str | None = None
    request_sha256: str | None = None
    schedule_id: str | None = None
    tick_at: datetime | None = None


@dataclass(slots=True)
class _Writer:
    """Writes the items of one job, chunk by chunk."""

    session: Session
    job_id: str
    asked: NewJob
    now: datetime
    first_turn: int
    position: int = field(default=0)

    def add(self, documents: list[NewDocument]) -> None:
        bodies = [document.text.encode() for document in documents]
        hashes = [hashlib.sha256(body).hexdigest() for body in bodies]
        texts = {sha256: {"sha256": sha256, "body": body} for sha256, body in zip(hashes, bodies, strict=True)}
        insert_missing(self.session, TextRow, list(texts.values()), ["sha256"])
        rows: list[dict[str, Any]] = [
            {
                "sha256": sha256,
                "name": document.name,
                "custom_id": document.custom_id,
                "language": document.language,
                "size_bytes": len(body),
            }
            for document, sha256, body in zip(documents, hashes, bodies, strict=True)
        ]
        made = self.session.scalars(insert(Document).returning(Document.id, sort_by_parameter_order=True), rows)
        self.add_items([(document_id, row["size_bytes"], None) for document_id, row in zip(made, rows, strict=True)])

    def add_items(self, documents: list[tuple[int, int, int | None]]) -> None:
        """Items for (document id, size in bytes, the item it repeats or None)."""
        rows = [
            {
                "job_id": self.job_id,
                "document_id": document_id,
                "position": position,
                "queue": self.asked.queue,
                "state": target(Event.SUBMIT),
                "priority": self.asked.priority,
                "turn": self.first_turn + position // ITEMS_A_TURN,
                "size_bytes": size_bytes,
                "available_at": self.now,
                "retry_of": retry_of,
            }
            for position, (document_id, size_bytes, retry_of) in enumerate(documents, start=self.position)
        ]
        ids = list(self.session.scalars(insert(WorkItem).returning(WorkItem.id), rows))
        record(self.session, Event.SUBMIT, ids, now=self.now)
        self.position += len(rows)


def submit(session: Session, asked: NewJob, documents: Iterable[NewDocument], *, now: datetime) -> str:
    """Write a job with all its items and return its id; nothing counts before the caller commits.

    Raises IdempotencyError when the key was used before with another request; with the same request the id of the
    job of that time is returned and nothing is written.
    """
    _alone_with(session, asked.idempotency_key)
    known = earlier(session, asked.idempotency_key, asked.request_sha256)
    if known is not None:
        return known
    writer = _open(session, asked, now)
    for chunk in _chunks(documents, CHUNK_ITEMS):
        writer.add(chunk)
    return _close(writer)


def submit_again(
    session: Session, asked: NewJob, failed: list[tuple[int, int, int]], *, retry_of: str, now: datetime
) -> str:
    """Write a job over documents that are here already: (document id, size in bytes, the item it repeats)."""
    writer = _open(session, asked, now)
    session.get_one(Job, writer.job_id).retry_of = retry_of
    for start in range(0, len(failed), CHUNK_ITEMS):
        writer.add_items(list(failed[start : start + CHUNK_ITEMS]))
    return _close(writer)


def earlier(session: Session, idempotency_key: str | None, request_sha256: str | None) -> str | None:
    """The id of the job that this key made before, None for a fresh key. Raises IdempotencyError as `submit`."""
    if idempotency_key is None:
        return None
    job = session.scalar(select(Job).where(Job.idempotency_key == idempotency_key))
    if job is None:
        return None
    if job.request_sha256 != request_sha256:
        raise IdempotencyError("This Idempotency-Key was used before with another request; use a fresh one.")
    return job.id


def _alone_with(session: Session, idempotency_key: str | None) -> None:
    """Have a second request with the same key wait for the first; SQLite lets one transaction write at a time."""
    if idempotency_key is not None and session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(idempotency_key, 0))))


def _open(session: Session, asked: NewJob, now: datetime) -> _Writer:
    job = Job(
        id=new_id("job"),
        name=asked.name,
        task=asked.task,
        model_id=asked.model_id,
        parameters=asked.parameters,
        purpose=asked.purpose,
        priority=asked.priority,
        item_count=0,
        created_at=now,
        idempotency_key=asked.idempotency_key,
        request_sha256=asked.request_sha256,
        schedule_id=asked.schedule_id,
        tick_at=asked.tick_at,
    )
    session.add(job)
    session.flush()
    waiting = select(func.min(WorkItem.turn)).where(
        WorkItem.queue == asked.queue, WorkItem.state == State.AVAILABLE, WorkItem.priority == asked.priority
    )
    return _Writer(session, job.id, asked, now, first_turn=session.scalar(waiting) or 0)


def _close(writer: _Writer) -> str:
    writer.session.get_one(Job, writer.job_id).item_count = writer.position
    return writer.job_id


def _chunks(documents: Iterable[NewDocument], size: int) -> Iterator[list[NewDocument]]:
    source = iter(documents)
    while chunk := list(islice(source, size)):
        yield chunk
