"""The list of jobs, the newest first, by status, task and flags. Imports the ledger."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from ledger.work.jobs import views as jobs
from ledger.work.jobs.views import JobView, Status
from pipelines.tasks.registry import names
from webui.context import here
from webui.pages.parts.watching import watched

blueprint = Blueprint("job_list", __name__)

PAGE_JOBS = 50
SEARCHED_JOBS = 2000
"""A status is derived, so filtering by one reads jobs until a page is full, but no more than this."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What the query string asks for; an unknown word asks for nothing."""

    status: str
    task: str
    flagged: bool

    def takes(self, view: JobView) -> bool:
        """Whether the list shows this job."""
        return self.status in {"", view.status} and self.task in {"", view.job.task}


@blueprint.get("/jobs")
@watched
def show() -> str:
    """A page of jobs; `cursor` is the last job of the page before."""
    flagged = request.args.get("flagged") == "true"
    asked = Filter(_known("status", list(Status)), _known("task", names()), flagged)
    cursor = request.args.get("cursor")
    with here().ledger.read() as session:
        found, next_cursor = _page(session, asked, cursor, here().ledger.now(session))
    return render_template(
        "job_list.html",
        jobs=found,
        asked=asked,
        cursor=cursor,
        next_cursor=next_cursor,
        statuses=list(Status),
        tasks=names(),
    )


def _page(session: Session, asked: Filter, cursor: str | None, now: datetime) -> tuple[list[JobView], str | None]:
    found: list[JobView] = []
    for searched, view in enumerate(_newest(session, asked, cursor, now), start=1):
        if asked.takes(view):
            found.append(view)
        if len(found) == PAGE_JOBS or searched == SEARCHED_JOBS:
            return found, view.job.id
    return found, None


def _newest(session: Session, asked: Filter, cursor: str | None, now: datetime) -> Iterator[JobView]:
    flagged = True if asked.flagged else None
    while views := jobs.newest(session, now=now, limit=PAGE_JOBS, before=cursor, flagged=flagged):
        yield from views
        cursor = views[-1].job.id


def _known(name: str, allowed: Sequence[str]) -> str:
    value = request.args.get(name, "")
    return value if value in allowed else ""
