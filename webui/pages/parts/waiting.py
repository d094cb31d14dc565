"""Why a job's documents wait, and what to do about it. Imports the ledger."""

from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.catalog.models import queue_name
from ledger.work.jobs.views import JobView
from ledger.work.leases import breaker, workers
from ledger.work.standings import Standing, is_open
from ledger.work.states import State
from ledger.work.tables import WorkItem


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason in a sentence; `start` asks for the command that starts a worker, `until` says when it ends."""

    reason: str
    start: bool = False
    until: datetime | None = None


def obstacles(session: Session, view: JobView, *, now: datetime) -> list[Obstacle]:
    """What keeps an open job from going on, empty when nothing does."""
    if view.ended:
        return []
    queue = queue_name(view.job.task, view.model)
    alive = [worker for worker in workers.present(session, now=now) if workers.is_alive(worker, now)]
    serving = [w for w in alive if any(fnmatchcase(queue, pattern) for pattern in w.queues)]
    if not alive:
        return [Obstacle("No worker is running. Start one with:", start=True)]
    if not serving:
        return [Obstacle(f"No worker serves the queue {queue}. Start one with:", start=True)]
    found = [
        Obstacle("The queue rests because its workers kept dying; it goes on by itself", until=rest.open_until)
        for rest in breaker.resting(session, now=now)
        if rest.queue == queue
    ]
    found += [Obstacle(worker.trouble[queue]) for worker in serving if queue in worker.trouble]
    if not found and not view.counts[State.RUNNING]:
        found = _others(session, view, queue)
    retryable = view.counts[State.RETRYABLE]
    if retryable:
        what = "1 document" if retryable == 1 else f"{retryable} documents"
        found.append(Obstacle(f"{what} did not succeed yet; the next try is due", until=_next_try(session, view)))
    return found


def _others(session: Session, view: JobView, queue: str) -> list[Obstacle]:
    others = select(func.sum(Standing.running)).where(
        Standing.queue == queue, Standing.job_id != view.job.id, is_open()
    )
    ahead = session.scalar(others)
    return [Obstacle(f"The workers are busy with {ahead} documents of other jobs; jobs take turns.")] if ahead else []


def _next_try(session: Session, view: JobView) -> datetime | None:
    return session.scalar(
        select(func.min(WorkItem.available_at)).where(WorkItem.job_id == view.job.id, WorkItem.state == State.RETRYABLE)
    )
