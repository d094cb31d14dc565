"""The tables of corpora and their schedules. No behaviour; imports the ledger's base and tenants."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from ledger.access.tables import owner
from ledger.base import Base, BigId


class Corpus(Base):
    """A directory of documents, chosen by globs."""

    __tablename__ = "corpora"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = owner()
    name: Mapped[str] = mapped_column(String(255))
    directory: Mapped[str] = mapped_column(String(1024))
    globs: Mapped[list[Any]]
    language: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime]


class Source(Base):
    """One file of a corpus as the last scan saw it; size and time spare reading a file that did not change."""

    __tablename__ = "sources"

    corpus_id: Mapped[str] = mapped_column(ForeignKey("corpora.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(255), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigId)
    modified_ns: Mapped[int] = mapped_column(BigId)
    scanned_at: Mapped[datetime]


class Schedule(Base):
    """A recurrence rule with a time zone and the job it makes of a corpus's new and changed documents.

    `fired` counts its runs: of two that overlap, one finds that it has moved. `error` is what kept its last tick from
    being fired at all, for the `failures`th time; it is tried again at `retry_at`.
    """

    __tablename__ = "schedules"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = owner()
    name: Mapped[str] = mapped_column(String(255))
    corpus_id: Mapped[str] = mapped_column(ForeignKey("corpora.id"), index=True)
    task: Mapped[str] = mapped_column(String(32))
    model_name: Mapped[str | None] = mapped_column(String(255))
    parameters: Mapped[dict[str, Any]]
    purpose: Mapped[str] = mapped_column(String(32))
    cron: Mapped[str] = mapped_column(String(128))
    time_zone: Mapped[str] = mapped_column(String(64))
    next_tick_at: Mapped[datetime | None] = mapped_column(index=True)
    fired: Mapped[int] = mapped_column(default=0, server_default="0")
    error: Mapped[str | None] = mapped_column(String(1024))
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    retry_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Tick(Base):
    """One time that a schedule was due; `job_id` is null where nothing was new, `error` says why none could be made.

    Its documents up to the position `noted` are entered as takings of the schedule, all of them once `noted_whole`.
    """

    __tablename__ = "ticks"

    schedule_id: Mapped[str] = mapped_column(ForeignKey("schedules.id"), primary_key=True)
    tick_at: Mapped[datetime] = mapped_column(primary_key=True)
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"), index=True)
    error: Mapped[str | None] = mapped_column(String(1024))
    noted: Mapped[int] = mapped_column(default=-1, server_default="-1")
    noted_whole: Mapped[bool] = mapped_column(default=False, server_default=sql("false"))
    fired_at: Mapped[datetime]


class Taking(Base):
    """The content of a source that a schedule took last."""

    __tablename__ = "takings"

    schedule_id: Mapped[str] = mapped_column(ForeignKey("schedules.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(255), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))


class Promotion(Base):
    """A corpus's schedules were moved from one model to another, by whom, and what the comparison had found."""

    __tablename__ = "promotions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    corpus_id: Mapped[str] = mapped_column(ForeignKey("corpora.id"), index=True)
    from_model_id: Mapped[str] = mapped_column(ForeignKey("models.id"))
    to_model_id: Mapped[str] = mapped_column(ForeignKey("models.id"))
    report: Mapped[dict[str, Any]]
    by: Mapped[str] = mapped_column(String(255))
    at: Mapped[datetime]
