"""Queues over HTTP: what waits in each, whether it rests, and an operator's word to go on. Imports the ledger."""

from flask import Blueprint, Response, jsonify

from ledger.catalog import models
from ledger.errors import NotFoundError
from ledger.work.leases import breaker
from webui import views
from webui.context import here
from webui.pages.parts.backlog import Queue, backlog

blueprint = Blueprint("api_queues", __name__, url_prefix="/api/v1/queues")


@blueprint.get("")
def list_queues() -> Response:
    """Every queue of an admitted model; `paused_until` where workers kept dying on it."""
    with here().ledger.read() as session:
        depths = backlog(session).queues
        rest = {found.queue: found.open_until for found in breaker.resting(session, now=here().ledger.now(session))}
        tasks = dict(sorted(models.queues(session).items()))
    listed = []
    for name, task in tasks.items():
        depth = depths.get(name, Queue(name))
        paused_until = rest.get(name)
        listed.append(views.queue(name, task, waiting=depth.waiting, running=depth.running, paused_until=paused_until))
    return jsonify({"queues": listed})


@blueprint.post("/<path:queue>/resume")
def resume_queue(queue: str) -> Response:
    """End the rest of a queue at once."""
    with here().ledger.write("resume") as session:
        if queue not in models.queues(session):
            raise NotFoundError(f"No queue has the name {queue}.")
        breaker.close(session, queue)
    here().notify(queue)
    return jsonify({"name": queue, "paused_until": None})
