"""The tables of work: jobs, documents, items, leases, results, receipts, events, workers. No behaviour.

Imports the ledger's base, states and tenants; the tables of models stand in `catalog`, those of corpora in `corpora`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Enum,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from ledger.access.tables import owner
from ledger.base import Base, BigId
from ledger.work.states import TERMINAL, Event, Reason, State


def _stored(kind: type[State] | type[Event], name: str) -> Enum:
    """An enum kept as its value, with a CHECK that lists the values."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        name=name,
        values_callable=lambda members: [m.value for m in members],
    )


STATE = _stored(State, "state_known")
EVENT = _stored(Event, "event_known")
_STAGED = sql("staged_until IS NOT NULL")
_UNCLOSED = sql("unclosed")
_ENDED = ", ".join(f"'{state}'" for state in sorted(TERMINAL))
_REASONS = ", ".join(f"'{reason}'" for reason in Reason)


class TextRow(Base):
    """The bytes of a document, once for each content; `sha256` is over `body`, which is UTF-8."""

    __tablename__ = "texts"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class Document(Base):
    """One immutable input as its submitter named it."""

    __tablename__ = "documents"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("texts.sha256"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    custom_id: Mapped[str] = mapped_column(String(255))
    language: Mapped[str | None] = mapped_column(String(32))
    size_bytes: Mapped[int] = mapped_column(BigId)


class Job(Base):
    """One request: documents x task x model revision x parameters x purpose. Its status is derived.

    It is staged until `sealed_at`: its documents are being written, chunk by chunk, and nobody sees it. A stage that
    nobody went on with until `staged_until` was given up. `part`: it is that target or step of the job `part_of`, with
    a model, a queue and items of its own, and is listed nowhere. `unclosed`: how it ends is not kept yet
    (`ledger.work.stamps.closing`).
    """

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("tenant_id", "idempotency_key"),
        UniqueConstraint("schedule_id", "tick_at"),
        UniqueConstraint("part_of", "part"),
        CheckConstraint("(part_of IS NULL) = (part IS NULL)", name="part_of_iff_part"),
        Index("ix_jobs_staged", "staged_until", sqlite_where=_STAGED, postgresql_where=_STAGED),
        Index("ix_jobs_unclosed", "id", sqlite_where=_UNCLOSED, postgresql_where=_UNCLOSED),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = owner()
    name: Mapped[str] = mapped_column(String(255))
    task: Mapped[str] = mapped_column(String(32))
    model_id: Mapped[str] = mapped_column(ForeignKey("models.id"), index=True)
    parameters: Mapped[dict[str, Any]]
    purpose: Mapped[str] = mapped_column(String(32))
    priority: Mapped[int]
    item_count: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(index=True)
    sealed_at: Mapped[datetime | None]
    staged_until: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    request_sha256: Mapped[str | None] = mapped_column(String(64))
    part_of: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"))
    part: Mapped[int | None]
    retry_of: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"), index=True)
    schedule_id: Mapped[str | None] = mapped_column(ForeignKey("schedules.id"))
    tick_at: Mapped[datetime | None]
    unclosed: Mapped[bool] = mapped_column(default=False, server_default=sql("false"))


class WorkItem(Base):
    """One document in one job: the only thing with a state, the unit of retry.

    `flag_count` counts the flags of its result; the move that completes it writes both, as nothing may do so later.
    `awaits` counts the items that it needs and that have not completed; `feeds`: others need this one (`Dependency`).
    """

    __tablename__ = "work_items"
    __table_args__ = (
        UniqueConstraint("job_id", "position"),
        CheckConstraint(f"(state IN ({_ENDED})) = (finished_at IS NOT NULL)", name="terminal_iff_finished"),
        CheckConstraint("awaits >= 0", name="awaits_counted"),
        CheckConstraint("(state = 'running') = (lease_id IS NOT NULL)", name="running_iff_leased"),
        CheckConstraint(
            f"(state = 'discarded') = (reason IN ({_REASONS}) AND reason IS NOT NULL)", name="discarded_iff_reason"
        ),
        Index(
            "ix_work_items_resting",
            "available_at",
            sqlite_where=sql("state IN ('scheduled', 'retryable')"),
            postgresql_where=sql("state IN ('scheduled', 'retryable')"),
        ),
        Index(
            "ix_work_items_held",
            "lease_id",
            sqlite_where=sql("lease_id IS NOT NULL"),
            postgresql_where=sql("lease_id IS NOT NULL"),
        ),
        Index("ix_work_items_job_id_state_position", "job_id", "state", "position"),
        Index(
            "ix_work_items_flagged",
            "job_id",
            "position",
            sqlite_where=sql("flag_count > 0"),
            postgresql_where=sql("flag_count > 0"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), index=True)
    position: Mapped[int]
    state: Mapped[State] = mapped_column(STATE)
    size_bytes: Mapped[int] = mapped_column(BigId)
    available_at: Mapped[datetime]
    attempt: Mapped[int] = mapped_column(default=0)
    deaths: Mapped[int] = mapped_column(default=0)
    timeouts: Mapped[int] = mapped_column(default=0)
    alone: Mapped[bool] = mapped_column(default=False)
    awaits: Mapped[int] = mapped_column(default=0, server_default="0")
    feeds: Mapped[bool] = mapped_column(default=False, server_default=sql("false"))
    lease_id: Mapped[int | None] = mapped_column(ForeignKey("leases.id"))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(32))
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(Text)
    flag_count: Mapped[int] = mapped_column(default=0, server_default="0")
    retry_of: Mapped[int | None] = mapped_column(ForeignKey("work_items.id"), index=True)


class Dependency(Base):
    """An item that is blocked until another one, of its job or of an earlier part, completes."""

    __tablename__ = "dependencies"

    item_id: Mapped[int] = mapped_column(ForeignKey("work_items.id"), primary_key=True)
    needs_id: Mapped[int] = mapped_column(ForeignKey("work_items.id"), primary_key=True, index=True)


class Lease(Base):
    """A time-limited exclusive claim of one worker on some items; its id is their fencing token, never used twice.

    `progress` is what its worker last said of its long documents (`ledger.work.jobs.progress`), NULL where it has none.
    """

    __tablename__ = "leases"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    worker_id: Mapped[str] = mapped_column(String(40), index=True)
    queue: Mapped[str] = mapped_column(String(255))
    taken_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    progress: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class Receipt(Base):
    """Who made results, under which terms, where and how: stored once for each distinct `body`."""

    __tablename__ = "receipts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("models.id"))
    body: Mapped[dict[str, Any]]


class Result(Base):
    """The output of one completed item. The primary key is the item: a second result cannot exist.

    On PostgreSQL it lies in ranges of items (`ledger.work.history.ranges`), as events do. `stamp` binds it to its
    document and receipt (`ledger.work.stamps`); NULL where it was recorded before there were any.
    """

    __tablename__ = "results"
    __table_args__ = (Index("ix_results_receipt_id_item_id", "receipt_id", "item_id"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("work_items.id"), primary_key=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipts.id"))
    lease_id: Mapped[int] = mapped_column(BigId)
    output: Mapped[dict[str, Any]]
    flags: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    prepare_seconds: Mapped[float] = mapped_column(Float)
    infer_seconds: Mapped[float] = mapped_column(Float)
    stamp: Mapped[str | None] = mapped_column(String(22))


class EventRow(Base):
    """One recorded transition of one item: append-only, written by the statement that moves the item.

    No foreign key: items are never deleted, and one check an event was a tenth of what a batch costs PostgreSQL. There
    each range has the primary key; all ids are one sequence's. What ended long ago may be pruned.
    """

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    item_id: Mapped[int] = mapped_column(BigId, index=True)
    event: Mapped[Event] = mapped_column(EVENT)
    state: Mapped[State] = mapped_column(_stored(State, "event_state_known"))
    at: Mapped[datetime]
    lease_id: Mapped[int | None] = mapped_column(BigId)
    reason: Mapped[str | None] = mapped_column(String(64))


class Review(Base):
    """Somebody's word on the results of a job, or of its document at `position`; a trigger keeps it as it is."""

    __tablename__ = "reviews"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    position: Mapped[int | None]
    by: Mapped[str] = mapped_column(String(255))
    approved: Mapped[bool]
    note: Mapped[str] = mapped_column(Text)


class Worker(Base):
    """One incarnation of a worker process and what it last said of itself."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int]
    device: Mapped[str] = mapped_column(String(32))
    queues: Mapped[list[Any]]
    resident: Mapped[list[Any]]
    trouble: Mapped[dict[str, Any]]
    rss_bytes: Mapped[int] = mapped_column(BigId)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    draining: Mapped[bool] = mapped_column(default=False)
    stopped_at: Mapped[datetime | None]


class Breaker(Base):
    """A queue whose workers died since it last completed anything; its leases rest until `open_until`."""

    __tablename__ = "breakers"

    queue: Mapped[str] = mapped_column(String(255), primary_key=True)
    deaths: Mapped[int]
    died_at: Mapped[datetime]
    trips: Mapped[int]
    open_until: Mapped[datetime | None]
