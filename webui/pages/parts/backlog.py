"""What waits and runs: the depth of each queue and the jobs behind it. Imports the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.work.jobs import views as jobs
from ledger.work.jobs.views import JobView
from ledger.work.standings import Standing, is_open
from ledger.work.tables import Job

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
    """Every open job by its standing, added up by queue."""
    found = Backlog()
    rows = select(Job.id, Job.created_at, Standing).join(Standing, Standing.job_id == Job.id).where(is_open())
    for job_id, created_at, standing in session.execute(rows):
        found.job_ids.add(job_id)
        queue = found.queues.setdefault(standing.queue, Queue(standing.queue))
        queue.running += standing.running
        waiting = standing.open_items - standing.running
        if waiting:
            queue.waiting += waiting
            queue.oldest = min(queue.oldest or created_at, created_at)
    return found
