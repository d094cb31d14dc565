"""Accept a job: documents, items and events in short transactions, then one that seals it. Imports the ledger.

Until it is sealed a job is staged: no list shows it, no worker leases of it, and what a process leaves unsealed the
sweep throws away (`ledger.work.jobs.discard`).
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ledger.access.tables import DEFAULT_TENANT
from ledger.base import new_id
from ledger.catalog.tables import Model
from ledger.engine import Clock, Ledger, rest
from ledger.errors import ConflictError, GivenUpError, IdempotencyError
from ledger.work import standings
from ledger.work.jobs.discard import discard
from ledger.work.jobs.written import Again, write_documents, write_items
from ledger.work.tables import Job

CHUNK_ITEMS = 500
CHUNK_BYTES = 4_000_000
"""A chunk is one transaction: as large as these allow, and short enough for others to wait for."""
STAGE_SECONDS = 600.0
"""A stage that nobody goes on with for this long may be thrown away."""

Also = Callable[[Session, str, datetime], None]
"""What else the sealing transaction writes, before what makes the job unique; given the job's id and the time."""


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
    retry_of: str | None = None
    tenant_id: str = DEFAULT_TENANT


class Stage:
    """A job while it is written. Not for use by several threads.

    `clock` tells the time within a transaction; `transaction` names the one that seals, for its crash points. Left by
    an exception, it throws away what was written. Every method may raise GivenUpError when the sweep threw the stage
    away: its process had been away for longer than STAGE_SECONDS.
    """

    def __init__(
        self, ledger: Ledger, asked: NewJob, *, clock: Clock | None = None, transaction: str = "submit"
    ) -> None:
        self.job_id = new_id("job")
        self.count = 0
        self.size_bytes = 0
        self._ledger = ledger
        self._asked = asked
        self._clock = clock or ledger.now
        self._transaction = transaction
        self._waiting: list[NewDocument] = []
        self._waiting_bytes = 0
        self._written = 0
        self._blocked = 0
        self._began: datetime | None = None

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is not None:
            self._discard()

    def add(self, document: NewDocument) -> None:
        """Add a document; it is written with others when a chunk is full, and the last ones with the seal."""
        size_bytes = len(document.text.encode())
        self.count += 1
        self.size_bytes += size_bytes
        self._waiting.append(document)
        self._waiting_bytes += size_bytes
        if len(self._waiting) >= CHUNK_ITEMS or self._waiting_bytes >= CHUNK_BYTES:
            self._step(self._write_waiting)

    def add_again(self, items: Sequence[tuple[int, int, int]]) -> None:
        """Add documents that are here already: (document id, size in bytes, the item it repeats); one chunk."""
        self.count += len(items)
        self.size_bytes += sum(size_bytes for _, size_bytes, _ in items)
        self._step(lambda session, now: self._write_items(session, items, now))

    def add_after(self, items: Sequence[tuple[int, int, Sequence[int]]]) -> None:
        """Add documents that are blocked: (document id, size in bytes, the items that must complete first); one chunk.

        Raises ConflictError when one of those has ended already.
        """
        self.count += len(items)
        self._blocked += len(items)
        self.size_bytes += sum(size_bytes for _, size_bytes, _ in items)
        documents = [(document_id, size_bytes, None) for document_id, size_bytes, _ in items]
        needs = [each for *_, each in items]
        self._step(lambda session, now: self._write_items(session, documents, now, needs))

    def seal(self, *, name: str | None = None, also: Also | None = None) -> str:
        """Accept the job: from now on it is there, whole. Returns its id.

        Where its idempotency key made a job meanwhile, that job's id, and this one is thrown away. Raises
        IdempotencyError when that was another request, ConflictError when its model was retired meanwhile.
        """
        with self._ledger.write(self._transaction) as session:
            _alone_with(session, self._asked)
            known = _earlier(session, self._asked)
            if known is None:
                self._accept(session, name or self._asked.name, also)
        if known is None:
            return self.job_id
        self._discard()
        return known

    def _accept(self, session: Session, name: str, also: Also | None) -> None:
        model = session.get_one(Model, self._asked.model_id, with_for_update={"read": True})
        if model.retired_at is not None:
            raise ConflictError(f"The model {model.name} was retired; choose another one.")
        now = self._keep(session)
        self._write_waiting(session, now)
        if also is not None:
            also(session, self.job_id, now)
        job = session.get_one(Job, self.job_id, populate_existing=True)
        job.name, job.item_count = name, self.count
        job.idempotency_key = self._asked.idempotency_key
        job.schedule_id, job.tick_at = self._asked.schedule_id, self._asked.tick_at
        job.sealed_at, job.staged_until, job.created_at = now, None, now
        job.unclosed = True
        session.flush()
        standings.open_(
            session,
            self.job_id,
            queue=self._asked.queue,
            priority=self._asked.priority,
            items=self.count,
            size_bytes=self.size_bytes,
            blocked=self._blocked,
        )

    def _step(self, write: Callable[[Session, datetime], None]) -> None:
        started = time.monotonic()
        with self._ledger.write("stage") as session:
            write(session, self._keep(session))
        rest(started)

    def _discard(self) -> None:
        if self._written:
            discard(self._ledger, self.job_id)

    def _write_waiting(self, session: Session, now: datetime) -> None:
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        if waiting:
            rows = [(each.custom_id, each.name, each.language, each.text.encode()) for each in waiting]
            self._write_items(session, write_documents(session, rows), now)

    def _write_items(
        self, session: Session, documents: Sequence[Again], now: datetime, needs: Sequence[Sequence[int]] = ()
    ) -> None:
        write_items(session, self.job_id, documents, first=self._written, now=now, needs=needs)
        self._written += len(documents)

    def _keep(self, session: Session) -> datetime:
        """Begin the stage, or say that it goes on; the time."""
        now = self._clock(session)
        self._began = self._began or now
        until = max(now, self._began) + timedelta(seconds=STAGE_SECONDS)
        if not self._written:
            session.add(_row(self.job_id, self._asked, now, until))
            session.flush()
            return now
        # No clock that jumped takes a stage away; whoever throws it away puts its end before its beginning.
        mine = (Job.id == self.job_id, Job.staged_until > Job.created_at)
        going_on = update(Job).where(*mine).values(staged_until=until)
        kept = going_on.returning(Job.id).execution_options(synchronize_session=False)
        if session.scalar(kept) is None:
            raise GivenUpError("Writing the job took too long and it was given up; send it again.")
        return now


def submit(
    ledger: Ledger,
    asked: NewJob,
    documents: Iterable[NewDocument],
    *,
    also: Also | None = None,
    clock: Clock | None = None,
) -> str:
    """Stage a job with all its documents, seal it and return its id; `Stage` says what may go wrong.

    With an idempotency key that was used before for the same request, the id of the job of that time.
    """
    with ledger.read() as session:
        known = _earlier(session, asked)
    if known is not None:
        return known
    with Stage(ledger, asked, clock=clock) as stage:
        for document in documents:
            stage.add(document)
        return stage.seal(also=also)


def earlier(
    session: Session,
    idempotency_key: str | None,
    request_sha256: str | None,
    *,
    tenant_id: str = DEFAULT_TENANT,
) -> str | None:
    """The id of the job that this key of the tenant made before, None for a fresh key.

    Raises IdempotencyError when the key was used before with another request.
    """
    if idempotency_key is None:
        return None
    job = session.scalar(select(Job).where(Job.tenant_id == tenant_id, Job.idempotency_key == idempotency_key))
    if job is None:
        return None
    if job.request_sha256 != request_sha256:
        raise IdempotencyError("This Idempotency-Key was used before with another request; use a fresh one.")
    return job.id


def _earlier(session: Session, asked: NewJob) -> str | None:
    return earlier(session, asked.idempotency_key, asked.request_sha256, tenant_id=asked.tenant_id)


def _alone_with(session: Session, asked: NewJob) -> None:
    """Have a second request with the same key wait for the first; SQLite lets one transaction write at a time."""
    if asked.idempotency_key is not None and session.get_bind().dialect.name == "postgresql":
        name = f"{asked.tenant_id} {asked.idempotency_key}"
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def _row(job_id: str, asked: NewJob, now: datetime, until: datetime) -> Job:
    """A staged job. What must be unique comes with the seal: two stages may write the same request at once."""
    return Job(
        id=job_id,
        tenant_id=asked.tenant_id,
        name=asked.name,
        task=asked.task,
        model_id=asked.model_id,
        parameters=asked.parameters,
        purpose=asked.purpose,
        priority=asked.priority,
        item_count=0,
        created_at=now,
        staged_until=until,
        request_sha256=asked.request_sha256,
        retry_of=asked.retry_of,
    )
