"""The read side of jobs: counts, derived status, phases, estimate. Imports the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.catalog.tables import License, Model
from ledger.errors import NotFoundError
from ledger.work.jobs import flagged as with_flags
from ledger.work.jobs.progress import Portion, running, seconds_left
from ledger.work.standings import Standing, settle
from ledger.work.states import TERMINAL, State
from ledger.work.tables import Job


class Status(StrEnum):
    """A job's status for people, derived from the states of its items."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed_with_errors"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({Status.COMPLETED, Status.COMPLETED_WITH_ERRORS, Status.FAILED, Status.CANCELLED})


@dataclass(frozen=True, slots=True)
class JobView:
    """A job with all that is derived from its items at one moment; `flagged` counts those with a flag or more.

    `portions` are how far the long documents that run are, by their items.
    """

    job: Job
    model: Model
    license: License
    status: Status
    counts: dict[State, int]
    flagged: int
    started_at: datetime | None
    finished_at: datetime | None
    eta_seconds: float | None
    portions: Mapping[int, Portion]

    @property
    def ended(self) -> bool:
        """Whether every item has reached its final state."""
        return self.status in ENDED

    @property
    def done(self) -> int:
        """How many items have reached their final state."""
        return sum(self.counts[state] for state in TERMINAL)

    @property
    def segments_done(self) -> int:
        """Segments that are done of the long documents that run."""
        return sum(one.done for one in self.portions.values())

    @property
    def segments_total(self) -> int:
        """All segments of the long documents that run, as far as they are known."""
        return sum(one.total for one in self.portions.values())

    @property
    def inside(self) -> float:
        """How many documents' worth of segments is done in documents that have not ended."""
        return sum(one.done / one.total for one in self.portions.values() if one.total)


def view(session: Session, job_id: str, *, now: datetime) -> JobView:
    """One job. Raises NotFoundError."""
    job = session.get(Job, job_id)
    if job is None or job.sealed_at is None:
        raise NotFoundError(f"No job has the id {job_id}.")
    return views(session, [job], now=now)[0]


def newest(
    session: Session, *, now: datetime, limit: int, before: str | None = None, flagged: bool | None = None
) -> list[JobView]:
    """Jobs from the newest on; `before` is the id after which to go on.

    With `flagged` only those that have a flagged document, or those that have none. Raises NotFoundError.
    """
    sealed = select(Job).where(Job.sealed_at.is_not(None), Job.part_of.is_(None))
    statement = sealed.order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)
    if flagged is not None:
        statement = statement.where(with_flags.jobs(flagged=flagged))
    if before is not None:
        mark = session.get(Job, before)
        if mark is None or mark.sealed_at is None:
            raise NotFoundError(f"No job has the id {before}.", pointer="/cursor")
        statement = statement.where(
            (Job.created_at < mark.created_at) | ((Job.created_at == mark.created_at) & (Job.id < mark.id))
        )
    return views(session, session.scalars(statement).all(), now=now)


def views(session: Session, jobs: Sequence[Job], *, now: datetime) -> list[JobView]:
    """Several jobs by their standings, with one query more where some run."""
    settle(session)
    rows = select(Standing).where(Standing.job_id.in_([job.id for job in jobs]))
    standings = {row.job_id: row for row in session.scalars(rows.execution_options(populate_existing=True))}
    inside = running(session, {job_id for job_id, standing in standings.items() if standing.running})
    made: list[JobView] = []
    for job in jobs:
        standing = standings[job.id]
        model = session.get_one(Model, job.model_id)
        license_ = session.get_one(License, model.concluded_license_id)
        status = _status(job, standing)
        ended = status in ENDED
        under_way = [one for one in inside if one.job_id == job.id]
        left = (
            None
            if ended
            else seconds_left(standing.open_bytes, standing.done_bytes, standing.started_at, under_way, now)
        )
        made.append(
            JobView(
                job=job,
                model=model,
                license=license_,
                status=status,
                counts=standing.counts(),
                flagged=standing.flagged,
                started_at=standing.started_at,
                finished_at=(standing.finished_at or job.created_at) if ended else None,
                eta_seconds=left,
                portions={one.item_id: one.portion for one in under_way},
            )
        )
    return made


def _status(job: Job, standing: Standing) -> Status:
    if standing.open_items:
        if job.cancelled_at:
            return Status.CANCELLING
        untouched = standing.available + standing.scheduled + standing.blocked
        return Status.RUNNING if job.item_count > untouched else Status.QUEUED
    if standing.cancelled:
        return Status.CANCELLED
    if not standing.discarded:
        return Status.COMPLETED
    return Status.COMPLETED_WITH_ERRORS if standing.completed else Status.FAILED
