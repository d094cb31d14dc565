"""Models, licences and workers over HTTP. Imports views and the ledger."""

from flask import Blueprint, Response, jsonify
from sqlalchemy import select

from ledger import models, workers
from ledger.base import utc_now
from ledger.catalog import License
from webui import views
from webui.context import here

blueprint = Blueprint("api_catalog", __name__, url_prefix="/api/v1")


@blueprint.get("/models")
def list_models() -> Response:
    """Every model in use."""
    with here().ledger.read() as session:
        return jsonify(
            {"models": [views.model(model, license_, here().policy) for model, license_ in models.admitted(session)]}
        )


@blueprint.get("/models/<model_id>")
def get_model(model_id: str) -> Response:
    """One model, in use or retired."""
    with here().ledger.read() as session:
        return jsonify(views.model(*models.get(session, model_id), here().policy))


@blueprint.get("/licenses")
def list_licenses() -> Response:
    """Every licence that a model has."""
    with here().ledger.read() as session:
        rows = session.scalars(select(License).order_by(License.id)).all()
        return jsonify({"licenses": [views.license_(row) for row in rows]})


@blueprint.get("/workers")
def list_workers() -> Response:
    """Workers at work or lost within the last hour."""
    now = utc_now()
    with here().ledger.read() as session:
        rows = workers.present(session, now=now)
        return jsonify({"workers": [views.worker(row, alive=workers.is_alive(row, now)) for row in rows]})
