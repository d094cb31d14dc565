"""Corpora and their schedules: what comes next, what came of the last ticks; run, pause, resume. Imports the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ledger.corpora import schedule
from ledger.corpora.tables import Corpus, Schedule, Source, Tick
from webui.api import schedules as api
from webui.context import here

blueprint = Blueprint("corpora", __name__)

TICKS_SHOWN = 10
TICKS_AHEAD = 3


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A schedule with its last ticks, the newest first, and the times ahead."""

    row: Schedule
    ticks: Sequence[Tick]
    ahead: Sequence[datetime]


@dataclass(frozen=True, slots=True)
class CorpusView:
    """A corpus as the last scan saw it, with its schedules."""

    row: Corpus
    files: int
    size_bytes: int
    schedules: Sequence[ScheduleView]


@blueprint.get("/corpora")
def show() -> str:
    """Every corpus with its schedules."""
    with here().ledger.read() as session:
        now = here().ledger.now(session)
        rows = session.scalars(select(Corpus).order_by(Corpus.name)).all()
        return render_template(
            "corpora.html", corpora=[_view(session, row, now) for row in rows], data_dir=here().settings.data_dir
        )


@blueprint.post("/schedules/<path:name>/run")
def run(name: str) -> Response:
    """Process what is new or changed now."""
    job_id = api.run_schedule(name).get_json()["job_id"]
    return redirect(f"/jobs/{job_id}" if job_id else url_for("corpora.show"), 303)


@blueprint.post("/schedules/<path:name>/pause")
def pause(name: str) -> Response:
    """Stop firing until resumed."""
    api.pause_schedule(name)
    return redirect(url_for("corpora.show"), 303)


@blueprint.post("/schedules/<path:name>/resume")
def resume(name: str) -> Response:
    """Fire again from the next time on."""
    api.resume_schedule(name)
    return redirect(url_for("corpora.show"), 303)


def _view(session: Session, row: Corpus, now: datetime) -> CorpusView:
    counted = select(func.count(), func.coalesce(func.sum(Source.size_bytes), 0)).where(Source.corpus_id == row.id)
    files, size_bytes = session.execute(counted).one()
    own = session.scalars(select(Schedule).where(Schedule.corpus_id == row.id).order_by(Schedule.name)).all()
    return CorpusView(row, files, size_bytes, [_schedule(session, one, now) for one in own])


def _schedule(session: Session, row: Schedule, now: datetime) -> ScheduleView:
    past = select(Tick).where(Tick.schedule_id == row.id).order_by(Tick.tick_at.desc()).limit(TICKS_SHOWN)
    ahead = schedule.next_ticks(row.cron, row.time_zone, now, TICKS_AHEAD) if row.next_tick_at else []
    return ScheduleView(row, session.scalars(past).all(), ahead)
