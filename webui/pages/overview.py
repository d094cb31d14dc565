"""The first page: is everything well, what runs, what failed, what comes next. Imports the ledger and the backlog."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, render_template, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from ledger.catalog import models
from ledger.corpora.tables import Schedule
from ledger.work.leases import breaker, workers
from ledger.work.standings import Standing
from ledger.work.states import State
from ledger.work.tables import Job, Worker, WorkItem
from webui.api import queues as api
from webui.context import here
from webui.pages.parts.backlog import backlog
from webui.pages.parts.broker import reachable
from webui.pages.parts.watching import watched

blueprint = Blueprint("overview", __name__)

JOBS_SEARCHED = 50
CAUSES_SHOWN = 6
SCHEDULES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Cause:
    """Why documents failed lately: one error code with the newest job it struck."""

    code: str
    message: str | None
    count: int
    last_at: datetime | None
    job_id: str


@blueprint.get("/")
@watched
def show() -> str:
    """Everything at a glance; it still renders with broker and workers gone."""
    context = here()
    with context.ledger.read() as session:
        now = context.ledger.now(session)
        work = backlog(session)
        present = workers.present(session, now=now)
        return render_template(
            "overview.html",
            running=work.jobs(session, now),
            queues=sorted(work.queues.values(), key=lambda queue: -queue.waiting),
            alive=[worker for worker in present if workers.is_alive(worker, now)],
            lost=[worker for worker in present if not workers.is_alive(worker, now)],
            troubles=_troubles(present, now),
            resting=breaker.resting(session, now=now),
            model_count=models.count(session),
            causes=_causes(session),
            schedules=_upcoming(session),
            anything=session.scalar(select(Standing.job_id).limit(1)) is not None,
            broker_up=reachable(context.settings),
            is_sqlite=context.ledger.is_sqlite,
            data_dir=context.settings.data_dir,
            server=request.host_url.rstrip("/"),
        )


@blueprint.post("/queues/<queue>/resume")
def resume(queue: str) -> AnyResponse:
    """End the rest of a queue, and come back."""
    api.resume_queue(queue)
    return redirect("/", 303)


def _troubles(present: Sequence[Worker], now: datetime) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for worker in present:
        if workers.is_alive(worker, now):
            found |= worker.trouble
    return sorted(found.items())


def _causes(session: Session) -> list[Cause]:
    lately = (
        select(Job.id).where(Job.sealed_at.is_not(None)).order_by(Job.created_at.desc()).limit(JOBS_SEARCHED).subquery()
    )
    grouped = (
        select(
            func.coalesce(WorkItem.error_code, WorkItem.reason),
            func.max(WorkItem.error_message),
            func.count(),
            func.max(WorkItem.finished_at),
            func.max(WorkItem.job_id),
        )
        .where(WorkItem.job_id.in_(select(lately.c.id)), WorkItem.state == State.DISCARDED)
        .group_by(func.coalesce(WorkItem.error_code, WorkItem.reason))
        .order_by(func.max(WorkItem.finished_at).desc())
        .limit(CAUSES_SHOWN)
    )
    return [Cause(*row) for row in session.execute(grouped)]


def _upcoming(session: Session) -> list[Schedule]:
    due = select(Schedule).where(Schedule.next_tick_at.is_not(None)).order_by(Schedule.next_tick_at)
    return list(session.scalars(due.limit(SCHEDULES_SHOWN)))
