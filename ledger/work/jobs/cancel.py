"""Cancel a job: at once by its row, then item by item in short transactions. Imports the ledger."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ledger.engine import Clock, Ledger
from ledger.errors import NotFoundError
from ledger.work.advance import advance
from ledger.work.leases.lease import drop_empty, lock
from ledger.work.standings import OPEN, Standing, is_open
from ledger.work.states import Event, State
from ledger.work.tables import Job, WorkItem

STEP_ITEMS = 1000
ANSWER_SECONDS = 0.5
"""A request moves items for so long; what is left the sweep does."""


def cancel(ledger: Ledger, job_id: str, *, clock: Clock | None = None, limit_seconds: float = ANSWER_SECONDS) -> None:
    """Cancel what has not ended; results already there stay, and a job that has ended stays as it is.

    Nothing of it is leased from here on. Items under way lose their lease, so that a late output of theirs is dropped,
    and a lease that held nothing else ends: the worker leaves the batch. What is not moved within `limit_seconds` the
    sweep moves. Raises NotFoundError.
    """
    clock = clock or ledger.now
    with ledger.write("cancel") as session:
        if not halt(session, job_id, now=clock(session)):
            return
    go_on(ledger, job_id, clock=clock, limit_seconds=limit_seconds)


def halt(session: Session, job_id: str, *, now: datetime) -> bool:
    """Have nothing of a job leased any more; False when it has ended. Raises NotFoundError."""
    job = session.get(Job, job_id)
    if job is None or job.sealed_at is None:
        raise NotFoundError(f"No job has the id {job_id}.")
    opened = update(Standing).where(Standing.job_id == job_id, is_open())
    if session.scalar(opened.values(halted=True).returning(Standing.job_id)) is None:
        return False
    job.cancelled_at = job.cancelled_at or now
    return True


def go_on(ledger: Ledger, job_id: str, *, clock: Clock, limit_seconds: float | None = None) -> bool:
    """Move what is left of a job that was halted; False when `limit_seconds` were over first."""
    return ledger.write_in_steps(
        "cancel", lambda session: _step(session, job_id, now=clock(session)), limit_seconds=limit_seconds
    )


def unfinished(session: Session) -> list[str]:
    """Jobs that were halted and have items left."""
    return list(session.scalars(select(Standing.job_id).where(Standing.halted, is_open()).limit(100)))


def _step(session: Session, job_id: str, *, now: datetime) -> bool:
    """Those under way first: their workers shall stop."""
    for state in sorted(OPEN, key=lambda state: state is not State.RUNNING):
        waiting = select(WorkItem.id, WorkItem.lease_id).where(WorkItem.job_id == job_id, WorkItem.state == state)
        found = session.execute(waiting.order_by(WorkItem.position).limit(STEP_ITEMS)).all()
        if found:
            leases = sorted({row.lease_id for row in found if row.lease_id is not None})
            lock(session, leases)
            advance(session, Event.CANCEL, [row.id for row in found], now=now)
            for lease_id in leases:
                drop_empty(session, lease_id)
            return True
    return False
