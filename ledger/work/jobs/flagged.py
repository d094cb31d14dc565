"""Which items have flags, asked as the index of flagged items knows it, and how many there are. Imports the schema."""

from sqlalchemy import ColumnElement, exists, func, literal_column, select
from sqlalchemy.orm import Session

from ledger.work.tables import Job, WorkItem

FLAGGED = WorkItem.flag_count > literal_column("0")
"""Zero is written into the statement: a database cannot tell that a bound number is the one of a partial index."""


def items(*, flagged: bool) -> ColumnElement[bool]:
    """Whether an item has flags, or has none."""
    return FLAGGED if flagged else ~FLAGGED


def jobs(*, flagged: bool) -> ColumnElement[bool]:
    """Whether a job has an item with flags, or has none."""
    has_flags = exists().where(WorkItem.job_id == Job.id, FLAGGED)
    return has_flags if flagged else ~has_flags


def by_task(session: Session) -> dict[str, int]:
    """How many documents with flags each task has made."""
    counted = select(WorkItem.job_id, func.count().label("documents")).where(FLAGGED).group_by(WorkItem.job_id)
    of_jobs = counted.subquery()
    statement = select(Job.task, func.sum(of_jobs.c.documents)).join(of_jobs, of_jobs.c.job_id == Job.id)
    return {task: int(count) for task, count in session.execute(statement.group_by(Job.task))}
