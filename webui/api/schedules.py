"""Schedules over HTTP: add, list, show, run now, pause, resume. Imports bodies, views and the ledger."""

from typing import Any

from flask import Blueprint, Response, jsonify
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.corpora import firing, schedule
from ledger.corpora.corpus import corpus_named
from ledger.corpora.tables import Schedule, Tick
from ledger.work.standings import queue_of
from pipelines.tasks.registry import task_named
from webui import views
from webui.context import here
from webui.intake.requests.bodies import ScheduleBody
from webui.intake.requests.json_body import json_body
from webui.problems import Problem

blueprint = Blueprint("api_schedules", __name__, url_prefix="/api/v1/schedules")

TICKS_SHOWN = 10
TICKS_AHEAD = 5


@blueprint.get("")
def list_schedules() -> Response:
    """Every schedule."""
    with here().ledger.read() as session:
        rows = session.scalars(select(Schedule).order_by(Schedule.name)).all()
        return jsonify({"schedules": [views.schedule(row) for row in rows]})


@blueprint.post("")
def add_schedule() -> Response:
    """Register a schedule; its model must exist and be permitted now."""
    body = ScheduleBody.model_validate(json_body())
    parameters = task_named(body.task).parameters.parse(body.parameters)
    with here().ledger.write() as session:
        row = schedule.add_schedule(
            session,
            name=body.name,
            corpus=corpus_named(session, body.corpus),
            cron=body.cron,
            time_zone=body.time_zone,
            task=body.task,
            parameters=parameters.as_json(),
            purpose=body.purpose or here().policy.default_purpose,
            model_name=body.model,
            policy=here().policy,
            now=here().ledger.now(session),
        )
        response = jsonify(views.schedule(row))
    response.status_code = 201
    response.headers["Location"] = f"/api/v1/schedules/{row.id}"
    return response


@blueprint.get("/<path:name>")
def get_schedule(name: str) -> Response:
    """One schedule by name or id, with its next times and its last ticks."""
    with here().ledger.read() as session:
        return jsonify(detail(session, schedule.schedule_named(session, name)))


@blueprint.post("/<path:name>/run")
def run_schedule(name: str) -> Response:
    """Process what is new or changed now, besides the regular ticks."""
    with here().ledger.read() as session:
        row = schedule.schedule_named(session, name)
    tick = firing.run(here().ledger, row.id, policy=here().policy, limits=here().pressure.limits)
    if tick.error is not None:
        raise Problem(422, "schedule_failed", tick.error, tick=views.tick(tick))
    with here().ledger.read() as session:
        queue = queue_of(session, tick.job_id) if tick.job_id else None
    if queue is not None:
        here().notify(queue)
    response = jsonify(views.tick(tick) | {"time_zone": row.time_zone})
    response.status_code = 202
    return response


@blueprint.post("/<path:name>/pause")
def pause_schedule(name: str) -> Response:
    """Stop firing until resumed."""
    with here().ledger.write() as session:
        row = schedule.schedule_named(session, name)
        schedule.pause(row)
        return jsonify(views.schedule(row))


@blueprint.post("/<path:name>/resume")
def resume_schedule(name: str) -> Response:
    """Fire again from the next time on."""
    with here().ledger.write() as session:
        row = schedule.schedule_named(session, name)
        schedule.resume(row, now=here().ledger.now(session))
        return jsonify(views.schedule(row))


def detail(session: Session, row: Schedule) -> dict[str, Any]:
    """A schedule with the times ahead of it and behind it."""
    past = select(Tick).where(Tick.schedule_id == row.id).order_by(Tick.tick_at.desc()).limit(TICKS_SHOWN)
    ahead = (
        schedule.next_ticks(row.cron, row.time_zone, here().ledger.now(session), TICKS_AHEAD)
        if row.next_tick_at
        else []
    )
    return views.schedule(row) | {
        "next_ticks": [views.time(moment) for moment in ahead],
        "ticks": [views.tick(tick) for tick in session.scalars(past)],
    }
