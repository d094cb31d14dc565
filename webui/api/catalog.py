"""Models, licences and workers over HTTP. Imports views and the ledger."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.catalog import choice, models
from ledger.catalog.tables import License, Model
from ledger.work.leases import workers
from webui import admission, views
from webui.api.query import number
from webui.context import here
from webui.intake.requests.bodies import ConclusionBody, ModelBody, PreferenceBody
from webui.intake.requests.json_body import json_body

blueprint = Blueprint("api_catalog", __name__, url_prefix="/api/v1")

MOST_MODELS = 1000


@blueprint.get("/models")
def list_models() -> Response:
    """Every model in use, or a page of `limit`; `cursor` is the `next_cursor` of the page before."""
    limit = number("limit", 0, MOST_MODELS) or None
    with here().ledger.read() as session:
        found = models.admitted(session, after=request.args.get("cursor"), limit=limit)
        listed = [views.model(model, license_, here().policy) for model, license_ in found]
    return jsonify({"models": listed, "next_cursor": found[-1][0].id if len(found) == limit else None})


@blueprint.get("/models/<model_id>")
def get_model(model_id: str) -> Response:
    """One model, in use or retired."""
    with here().ledger.read() as session:
        return jsonify(views.model(*models.get(session, model_id), here().policy))


@blueprint.post("/models")
def add_model() -> Response:
    """Admit a model from a directory, or a repository, that the operator opened to the API."""
    return admit(ModelBody.model_validate(json_body()))


def admit(body: ModelBody) -> Response:
    """The model, once it is admitted. Raises as `admission.admit`."""
    name, revision = admission.admit(here().settings, body)
    with here().ledger.read() as session:
        model, license_ = choice.named(session, f"{name}@{revision}")
        response = jsonify(views.model(model, license_, here().policy))
    response.status_code = 201
    response.headers["Location"] = f"/api/v1/models/{model.id}"
    return response


@blueprint.post("/models/<model_id>/conclusion")
def conclude_license(model_id: str) -> Response:
    """Record a person's word on the licence of a model at this revision."""
    return decide(model_id, ConclusionBody.model_validate(json_body()))


def decide(model_id: str, body: ConclusionBody) -> Response:
    """The model, after the word of `body` was recorded."""

    def change(session: Session, model: Model, now: datetime) -> None:
        models.decide(session, choice.exactly(model), body.license, by=body.by, reason=body.reason, now=now)

    return _changed(model_id, change)


@blueprint.post("/models/<model_id>/preference")
def prefer_model(model_id: str) -> Response:
    """Have jobs that name no model get this one, where it can do what they ask and may serve what they are for."""
    return prefer(model_id, PreferenceBody.model_validate(json_body()))


def prefer(model_id: str, body: PreferenceBody) -> Response:
    """The model, preferred. Raises ModelMissingError for one that is out of use."""
    return _changed(
        model_id, lambda session, model, now: choice.prefer(session, choice.exactly(model), by=body.by, now=now)
    )


@blueprint.post("/models/<model_id>/retirement")
def retire_model(model_id: str) -> Response:
    """Take a model out of use; its results keep naming it, and its files stay until the command line removes them."""
    return _changed(model_id, lambda session, model, now: models.retire(session, model.name, model.revision, now=now))


def _changed(model_id: str, change: Callable[[Session, Model, datetime], object]) -> Response:
    """The model as it is after a change of it."""
    with here().ledger.write() as session:
        model, _ = models.get(session, model_id)
        change(session, model, here().ledger.now(session))
        session.flush()
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
    with here().ledger.read() as session:
        now = here().ledger.now(session)
        rows = workers.present(session, now=now)
        return jsonify({"workers": [views.worker(row, alive=workers.is_alive(row, now)) for row in rows]})
