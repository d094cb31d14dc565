"""What waits and runs: the depth of each queue and the jobs behind it. Imports the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.catalog.models import queue_name
from ledger.catalog.tables import Model
from ledger.work.jobs import views as jobs
from ledger.work.jobs.views import JobView
from ledger.work.states import TERMINAL, State
from ledger.work.tables import Job, WorkItem

OPEN = [state for state in State if state not in TERMINAL]
JOBS_SHOWN = 8


@dataclass(slots=True)
class Queue:
    """How much one queue still has to do; `oldest` is when the oldest job that waits in it was accepted."""

    name: str
    waiting: int = 0
    running: int = 0
    oldest: datetime | None = None


@dataclass(slots=True)
class Backlog:
    """All queues with open items, and the newest jobs that they belong to."""

    queues: dict[str, Queue] = field(default_factory=dict)
    job_ids: set[str] = field(default_factory=set)

    def jobs(self, session: Session, now: datetime) -> Sequence[JobView]:
        """The newest open jobs, a few."""
        newest = sorted(self.job_ids, reverse=True)[:JOBS_SHOWN]
        rows = session.scalars(select(Job).where(Job.id.in_(newest)).order_by(Job.created_at.desc())).all()
        return jobs.views(session, rows, now=now)


def backlog(session: Session) -> Backlog:
    """Every open item, counted by job and state off their index alone, then added up by queue."""
    open_items = (
        select(WorkItem.job_id, WorkItem.state, func.count().label("count"))
        .where(WorkItem.state.in_(OPEN))
        .group_by(WorkItem.job_id, WorkItem.state)
        .subquery()
    )
    found = Backlog()
    rows = select(Job, Model, open_items.c.state, open_items.c.count).join(Model, Model.id == Job.model_id)
    for job, model, state, count in session.execute(rows.join(open_items, open_items.c.job_id == Job.id)):
        found.job_ids.add(job.id)
        name = queue_name(job.task, model)
        queue = found.queues.setdefault(name, Queue(name))
        if state is State.RUNNING:
            queue.running += count
        else:
            queue.waiting += count
            queue.oldest = min(queue.oldest or job.created_at, job.created_at)
    return found
