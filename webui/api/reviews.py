"""Reviews of a job's results over HTTP: add one, list them. Imports views and the ledger."""

from flask import Blueprint, Response, jsonify

from ledger.work.jobs import reviews
from ledger.work.jobs import views as jobs
from ledger.work.jobs.reviews import Checked
from webui import views
from webui.context import here
from webui.intake.requests.bodies import ReviewBody
from webui.intake.requests.json_body import json_body

blueprint = Blueprint("api_reviews", __name__, url_prefix="/api/v1/jobs/<job_id>/reviews")


@blueprint.get("")
def list_reviews(job_id: str) -> Response:
    """What people said of the results of a job and of its documents, in order."""
    with here().ledger.read() as session:
        jobs.view(session, job_id, now=here().ledger.now(session))
        return jsonify({"reviews": [views.review(row) for row in reviews.of_job(session, job_id)]})


@blueprint.post("")
def add_review(job_id: str) -> Response:
    """Record who checked the results of a job, or of one document, and what they say; it is never changed."""
    response = jsonify(keep(job_id, ReviewBody.model_validate(json_body())))
    response.status_code = 201
    return response


def keep(job_id: str, body: ReviewBody) -> dict[str, object]:
    """The review, once it is kept. Raises as `reviews.add`."""
    with here().ledger.write() as session:
        now = here().ledger.now(session)
        return views.review(reviews.add(session, job_id, Checked(**body.model_dump()), now=now))
