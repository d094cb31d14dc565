"""Which items have flags, asked as the index of flagged items knows it, and how many there are. Imports the schema."""

from sqlalchemy import ColumnElement, exists, func, literal_column, select
from sqlalchemy.orm import Session

from ledger.work.standings import Standing, has_flags
from ledger.work.tables import Job, WorkItem

FLAGGED = WorkItem.flag_count > literal_column("0")
"""Zero is written into the statement: a database cannot tell that a bound number is the one of a partial index."""


def items(*, flagged: bool) -> ColumnElement[bool]:
    """Whether an item has flags, or has none."""
    return FLAGGED if flagged else ~FLAGGED


def jobs(*, flagged: bool) -> ColumnElement[bool]:
    """Whether a job has an item with flags, or has none."""
    found = exists().where(Standing.job_id == Job.id, has_flags())
    return found if flagged else ~found


def by_task(session: Session) -> dict[str, int]:
    """How many documents with flags each task has made."""
    counted = select(Job.task, func.sum(Standing.flagged)).join(Standing, Standing.job_id == Job.id)
    counted = counted.where(has_flags()).group_by(Job.task)
    return {task: int(count) for task, count in session.execute(counted)}
