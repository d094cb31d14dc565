"""What was made with a model here: its jobs and how fast it went lately. Imports the ledger's schema."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.work.tables import Job, Receipt, Result, WorkItem

JOBS_SHOWN = 10
LATEST_RESULTS = 500
"""Results over which speed is taken: enough for a figure, few enough for a page."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Jobs that asked for a model, how many documents they hold, and bytes a second of the model's own time lately."""

    job_count: int
    document_count: int
    latest: Sequence[Job]
    bytes_a_second: float | None


def usage(session: Session, model_id: str) -> Usage:
    """Of one model; the speed is None while it has made nothing."""
    made = (Job.model_id == model_id, Job.sealed_at.is_not(None))
    counts = select(func.count(), func.coalesce(func.sum(Job.item_count), 0)).where(*made)
    job_count, document_count = session.execute(counts).one()
    jobs = select(Job).where(*made).order_by(Job.created_at.desc()).limit(JOBS_SHOWN)
    return Usage(job_count, document_count, session.scalars(jobs).all(), _speed(session, model_id))


def _speed(session: Session, model_id: str) -> float | None:
    made = select(Receipt.id).where(Receipt.model_id == model_id)
    latest = (
        select(WorkItem.size_bytes, Result.infer_seconds)
        .join(WorkItem, WorkItem.id == Result.item_id)
        .where(Result.receipt_id.in_(made))
        .order_by(Result.item_id.desc())
        .limit(LATEST_RESULTS)
        .subquery()
    )
    size, seconds = session.execute(select(func.sum(latest.c.size_bytes), func.sum(latest.c.infer_seconds))).one()
    return float(size) / seconds if seconds else None
