"""Between which ids the results of a job lie. Imports the schema.

PostgreSQL plans a join with all results over every range of them, and where that looks cheaper reads every one.
"""

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from ledger.work.tables import Result, WorkItem


def of_job(session: Session, job_id: str) -> ColumnElement[bool]:
    """What holds of every result of this job, and leaves out the ranges that have none of them."""
    bounds = select(func.min(WorkItem.id), func.max(WorkItem.id)).where(WorkItem.job_id == job_id)
    first, last = session.execute(bounds).one()
    return and_(Result.item_id >= first, Result.item_id <= last)
