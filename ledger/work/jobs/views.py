"""The read side of jobs: counts, derived status, phases, estimate; and the two things a person may do to one.

Imports the ledger.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from ledger.catalog import decisions
from ledger.catalog.choice import permit
from ledger.catalog.decisions import Moment
from ledger.catalog.models import queue_name
from ledger.catalog.policy import Policy, Purpose
from ledger.catalog.tables import License, Model
from ledger.errors import ConflictError, NotFoundError
from ledger.work.advance import advance
from ledger.work.jobs import flagged as with_flags
from ledger.work.jobs.progress import Portion, running, seconds_left
from ledger.work.jobs.submit import NewJob, submit_again
from ledger.work.leases.lease import drop_all_empty
from ledger.work.states import TERMINAL, Event, State
from ledger.work.tables import Job, WorkItem


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
    if job is None:
        raise NotFoundError(f"No job has the id {job_id}.")
    return views(session, [job], now=now)[0]


def newest(
    session: Session, *, now: datetime, limit: int, before: str | None = None, flagged: bool | None = None
) -> list[JobView]:
    """Jobs from the newest on; `before` is the id after which to go on.

    With `flagged` only those that have a flagged document, or those that have none. Raises NotFoundError.
    """
    statement = select(Job).order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)
    if flagged is not None:
        statement = statement.where(with_flags.jobs(flagged=flagged))
    if before is not None:
        mark = session.get(Job, before)
        if mark is None:
            raise NotFoundError(f"No job has the id {before}.", pointer="/cursor")
        statement = statement.where(
            (Job.created_at < mark.created_at) | ((Job.created_at == mark.created_at) & (Job.id < mark.id))
        )
    return views(session, session.scalars(statement).all(), now=now)


def views(session: Session, jobs: Sequence[Job], *, now: datetime) -> list[JobView]:
    """Several jobs with one query over their items, and one over leases where some run."""
    grouped = session.execute(
        select(
            WorkItem.job_id,
            WorkItem.state,
            func.count(),
            func.sum(WorkItem.size_bytes),
            func.min(WorkItem.started_at),
            func.max(WorkItem.finished_at),
            func.sum(case((with_flags.FLAGGED, 1), else_=0)),
        )
        .where(WorkItem.job_id.in_([job.id for job in jobs]))
        .group_by(WorkItem.job_id, WorkItem.state)
    ).all()
    inside = running(session, {row[0] for row in grouped if row[1] is State.RUNNING})
    made: list[JobView] = []
    for job in jobs:
        rows = [row for row in grouped if row[0] == job.id]
        model = session.get_one(Model, job.model_id)
        license_ = session.get_one(License, model.concluded_license_id)
        counts = dict.fromkeys(State, 0) | {row[1]: row[2] for row in rows}
        sizes = {row[1]: int(row[3]) for row in rows}
        started = min((row[4] for row in rows if row[4]), default=None)
        status = _status(job, counts)
        finished = max((row[5] for row in rows if row[5]), default=job.created_at) if status in ENDED else None
        under_way = [one for one in inside if one.job_id == job.id]
        eta = None if status in ENDED else seconds_left(sizes, started, under_way, now)
        flagged = sum(row[6] for row in rows)
        portions = {one.item_id: one.portion for one in under_way}
        made.append(JobView(job, model, license_, status, counts, flagged, started, finished, eta, portions))
    return made


def cancel(session: Session, job_id: str, *, now: datetime) -> int:
    """Cancel what has not ended and return how many items that was; results already there stay.

    Items under way lose their lease at once, so that a late output of theirs is dropped, and a lease that held nothing
    else ends: the worker leaves the batch. Raises NotFoundError.
    """
    job = session.get(Job, job_id)
    if job is None:
        raise NotFoundError(f"No job has the id {job_id}.")
    job.cancelled_at = job.cancelled_at or now
    items = session.scalars(select(WorkItem.id).where(WorkItem.job_id == job_id, WorkItem.state.not_in(TERMINAL)))
    moved = advance(session, Event.CANCEL, items.all(), now=now)
    drop_all_empty(session)
    return len(moved)


def retry_failed(session: Session, job_id: str, *, policy: Policy, now: datetime) -> str:
    """Make a new job of the items that were discarded or cancelled and return its id; the old ones stay as they are.

    Raises NotFoundError, ConflictError when nothing failed or the job still runs, and LicenseDeniedError.
    """
    old = view(session, job_id, now=now)
    if not old.ended:
        raise ConflictError("The job has not ended yet; wait for it or cancel it first.")
    failed = session.execute(
        select(WorkItem.document_id, WorkItem.size_bytes, WorkItem.id)
        .where(WorkItem.job_id == job_id, WorkItem.state.in_([State.DISCARDED, State.CANCELLED]))
        .order_by(WorkItem.position)
    ).all()
    if not failed:
        raise ConflictError("No document of this job failed; there is nothing to retry.")
    job = old.job
    choice = permit(old.model, old.license, Purpose(job.purpose), policy)
    asked = NewJob(
        task=job.task,
        model_id=job.model_id,
        queue=queue_name(job.task, old.model),
        parameters=job.parameters,
        purpose=job.purpose,
        name=f"{job.name} (retry)"[:255],
        priority=job.priority,
    )
    made = submit_again(session, asked, [(d, size, item) for d, size, item in failed], retry_of=job_id, now=now)
    decisions.note(session, {made: choice}, Moment.SUBMIT, now=now)
    return made


def _status(job: Job, counts: dict[State, int]) -> Status:
    open_items = sum(counts[state] for state in State if state not in TERMINAL)
    if open_items:
        if job.cancelled_at:
            return Status.CANCELLING
        touched = job.item_count - counts[State.AVAILABLE] - counts[State.SCHEDULED]
        return Status.RUNNING if touched else Status.QUEUED
    if counts[State.CANCELLED]:
        return Status.CANCELLED
    if not counts[State.DISCARDED]:
        return Status.COMPLETED
    return Status.COMPLETED_WITH_ERRORS if counts[State.COMPLETED] else Status.FAILED
