"""What waits and runs: the depth of each queue and the jobs behind it. Imports the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import jobs
from ledger.jobs import JobView
from ledger.schema import Job, WorkItem
from ledger.states import TERMINAL, State

OPEN = [state for state in State if state not in TERMINAL]
JOBS_SHOWN = 8


@dataclass(slots=True)
class Queue:
    """How much one queue still has to do."""

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
    """Every open item, counted by queue and job in one query."""
    found = Backlog()
    columns = (WorkItem.queue, WorkItem.job_id, WorkItem.state, func.count(), func.min(WorkItem.available_at))
    grouped = select(*columns).where(WorkItem.state.in_(OPEN)).group_by(*columns[:3])
    for name, job_id, state, count, oldest in session.execute(grouped):
        found.job_ids.add(job_id)
        queue = found.queues.setdefault(name, Queue(name))
        if state is State.RUNNING:
            queue.running += count
            continue
        queue.waiting += count
        if state is State.AVAILABLE and (queue.oldest is None or oldest < queue.oldest):
            queue.oldest = oldest
    return found
