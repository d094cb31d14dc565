"""Jobs over HTTP: create, list, show, cancel, retry. Imports acceptance, uploads, views and the ledger."""

from typing import BinaryIO, cast

from flask import Blueprint, Response, jsonify, request

from ledger.catalog import models
from ledger.work.jobs import views as jobs
from ledger.work.jobs.cancel import cancel
from ledger.work.jobs.retry import made_before, retry_failed
from ledger.work.jobs.views import JobView
from ledger.work.states import State
from webui import views
from webui.api.query import flagged, number
from webui.context import here
from webui.intake.acceptance import Accepted, Inline, fingerprint
from webui.intake.files.uploads import Limits, Upload
from webui.intake.repetition import accept_once, sha256_of
from webui.intake.requests.bodies import JobBody, JsonJobBody
from webui.intake.requests.json_body import json_body, json_object
from webui.problems import Fault, Problem

blueprint = Blueprint("api_jobs", __name__, url_prefix="/api/v1/jobs")

MAX_PAGE = 200
MAX_KEY_CHARACTERS = 255


@blueprint.post("")
def create_job() -> Response:
    """Accept a job: 202 and its Location once everything is committed."""
    key = _key()
    accepted = from_form(key) if request.mimetype == "multipart/form-data" else _from_json(key)
    view = _view(accepted.job_id)
    body = views.job(view)
    if accepted.refused:
        body["refused"] = [{"pointer": f.pointer, "code": f.code, "detail": f.detail} for f in accepted.refused[:100]]
    response = jsonify(body)
    response.status_code = 202
    response.headers["Location"] = f"/api/v1/jobs/{accepted.job_id}"
    return response


@blueprint.get("")
def list_jobs() -> Response:
    """Jobs, the newest first; `cursor` is the `next_cursor` of the page before, `flagged` asks for those with flags."""
    limit = number("limit", 50, MAX_PAGE)
    wanted = flagged()
    with here().ledger.read() as session:
        before = request.args.get("cursor")
        found = jobs.newest(session, now=here().ledger.now(session), limit=limit, before=before, flagged=wanted)
        listed = [views.job(view) for view in found]
    return jsonify({"jobs": listed, "next_cursor": found[-1].job.id if len(found) == limit else None})


@blueprint.get("/<job_id>")
def get_job(job_id: str) -> Response:
    """One job; answers 304 to the ETag of an unchanged one."""
    response = jsonify(views.job(_view(job_id)))
    response.add_etag()
    return cast("Response", response.make_conditional(request))


@blueprint.post("/<job_id>/cancel")
def cancel_job(job_id: str) -> Response:
    """Cancel what has not ended; results already there stay."""
    before = _view(job_id).counts[State.CANCELLED]
    cancel(here().ledger, job_id)
    view = _view(job_id)
    return jsonify({**views.job(view), "cancelled_documents": view.counts[State.CANCELLED] - before})


@blueprint.post("/<job_id>/retry")
def retry_job(job_id: str) -> Response:
    """Make a new job of the documents that failed or were cancelled; with a key that was used before, that job."""
    key = _key()
    if (known := made_before(here().ledger, job_id, key)) is not None:
        return _accepted(known)
    here().pressure.check_room()
    failed = _view(job_id).counts
    here().pressure.admit(failed[State.DISCARDED] + failed[State.CANCELLED], 0)
    new_id = retry_failed(here().ledger, job_id, policy=here().policy, idempotency_key=key)
    response = _accepted(new_id)
    view = _view(new_id)
    here().notify(models.queue_name(view.job.task, view.model))
    return response


def _accepted(job_id: str) -> Response:
    response = jsonify(views.job(_view(job_id)))
    response.status_code = 202
    response.headers["Location"] = f"/api/v1/jobs/{job_id}"
    return response


def _key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not 0 < len(key) <= MAX_KEY_CHARACTERS:
        raise Problem(422, "invalid_request", f"An Idempotency-Key has 1 to {MAX_KEY_CHARACTERS} characters.")
    return key


def from_form(key: str | None) -> Accepted:
    """Accept a multipart request: the field `job` with JSON, and `files`."""
    raw = request.form.get("job")
    if raw is None:
        raise Problem(422, "invalid_request", "The form needs a field named job.", faults=[_missing("/job")])
    body = JobBody.model_validate(json_object(raw))
    files = [(file.filename or "", file) for file in request.files.getlist("files")]
    if not files:
        raise Problem(422, "no_documents", "The form needs at least one file in files.", faults=[_missing("/files")])
    settings = here().settings
    limits = Limits(settings.max_document_bytes, settings.max_documents, settings.max_upload_bytes)
    upload = Upload([(name, cast("BinaryIO", file.stream)) for name, file in files], limits, body.language)
    hashes = ((name, sha256_of(cast("BinaryIO", file.stream))) for name, file in files)
    digest = fingerprint(body.model_dump(mode="json"), hashes if key else ())
    return accept_once(body, upload, idempotency_key=key, request_sha256=digest)


def _from_json(key: str | None) -> Accepted:
    if not request.is_json:
        raise Problem(415, "unsupported_media_type", "Send application/json or multipart/form-data.")
    raw = json_body()
    body = JsonJobBody.model_validate(raw)
    inline = Inline(body.documents, body.language, here().settings.max_document_bytes)
    return accept_once(body, inline, idempotency_key=key, request_sha256=fingerprint(raw, ()))


def _missing(pointer: str) -> Fault:
    return Fault(pointer, "missing", "This part is needed.")


def _view(job_id: str) -> JobView:
    with here().ledger.read() as session:
        return jobs.view(session, job_id, now=here().ledger.now(session))
