"""Whether the server lives, can work, and how much there is to do. Imports the ledger and prometheus_client."""

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ledger.work.leases import breaker
from webui.context import INSTANCE_HEADER, here
from webui.metrics import LedgerCollector

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers, and its header says which one it is."""
    response = jsonify({"status": "ok"})
    response.headers[INSTANCE_HEADER] = here().instance
    return response


@blueprint.get("/readyz")
def readyz() -> Response:
    """The database answers, so jobs are accepted; the broker is not needed for that. Paused queues degrade it."""
    try:
        with here().ledger.read() as session:
            session.execute(text("SELECT 1 FROM jobs LIMIT 1"))
            resting = [found.queue for found in breaker.resting(session, now=here().ledger.now(session))]
    except SQLAlchemyError as error:
        response = jsonify({"status": "unavailable", "database": type(error).__name__})
        response.status_code = 503
        return response
    return jsonify({"status": "degraded" if resting else "ready", "database": "ok", "paused_queues": resting})


@blueprint.get("/metrics")
def metrics() -> Response:
    """Queue depths and workers for Prometheus, read from the ledger at each scrape."""
    registry = CollectorRegistry()
    registry.register(LedgerCollector(here().ledger))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
