"""What people say of results after they checked them: added, never changed. Imports the views, tables and names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import ConflictError, NotFoundError
from ledger.names import check
from ledger.work.jobs import views
from ledger.work.states import State
from ledger.work.tables import Review, WorkItem


@dataclass(frozen=True, slots=True)
class Checked:
    """Who checked, whether they approve, what there is to say; `position` is that of the document, None: of all."""

    by: str
    approved: bool
    note: str = ""
    position: int | None = None


def add(session: Session, job_id: str, checked: Checked, *, now: datetime) -> Review:
    """Keep it, as of `now`.

    Raises NotFoundError, ConflictError while there is no result to check: a job's are there once it has ended.
    """
    check(by=checked.by, note=checked.note or None)
    view = views.view(session, job_id, now=now)
    if checked.position is None:
        if not view.ended or not view.counts[State.COMPLETED]:
            raise ConflictError(f"Job {job_id} is {view.status} and has no results to review as a whole.")
    elif _state(session, job_id, checked.position) is not State.COMPLETED:
        raise ConflictError(f"The document at position {checked.position} has no result to review.")
    row = Review(
        at=now,
        job_id=job_id,
        position=checked.position,
        by=checked.by,
        approved=checked.approved,
        note=checked.note,
    )
    session.add(row)
    session.flush()
    return row


def of_job(session: Session, job_id: str, *, newest: int | None = None) -> Sequence[Review]:
    """What was said of a job and of its documents, in order; of many only the `newest`."""
    last = select(Review).where(Review.job_id == job_id).order_by(Review.id.desc()).limit(newest)
    return session.scalars(last).all()[::-1]


def _state(session: Session, job_id: str, position: int) -> State:
    wanted = select(WorkItem.state).where(WorkItem.job_id == job_id, WorkItem.position == position)
    state = session.scalars(wanted).one_or_none()
    if state is None:
        raise NotFoundError(f"Job {job_id} has no document at position {position}.")
    return state
