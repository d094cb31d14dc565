"""Results, errors and documents of a job over HTTP, streamed in input order. Imports exports, views and the ledger."""

from functools import partial

from flask import Blueprint, Response, jsonify, request

from ledger.catalog import attribution
from ledger.catalog.gate.policy import Marking
from ledger.engine import Ledger
from ledger.work.jobs import results, reviews
from ledger.work.jobs import views as jobs
from ledger.work.jobs.views import JobView
from ledger.work.states import TERMINAL, State
from webui import views
from webui.api.query import flagged, number, switch
from webui.context import here
from webui.exports import files as exports
from webui.exports.lines import Lines
from webui.exports.notice import notice
from webui.exports.provenance import Marks
from webui.problems import Problem

blueprint = Blueprint("api_results", __name__, url_prefix="/api/v1/jobs/<job_id>")

MAX_PAGE = 1000
MAX_POSITION = 10**9
ENDED = sorted(TERMINAL)
ERROR_FORMATS = ("jsonl", "csv")
FAILED = [State.DISCARDED, State.CANCELLED]


@blueprint.get("/results")
def get_results(job_id: str) -> Response:
    """Every finished line of a job, also while it runs, as jsonl, csv or zip; `flagged` asks for those with flags.

    `after` goes on behind a line that is there already: only lines of a greater `position` come.
    """
    wanted = request.args.get("format", "jsonl")
    if wanted not in exports.FORMATS:
        raise Problem(422, "invalid_request", f"format is one of {', '.join(exports.FORMATS)}.")
    after = number("after", -1, MAX_POSITION, least=0)
    lines = Lines(here().ledger, _view(job_id), ENDED, flagged(), after, _provenance(job_id))
    if wanted == "zip":
        body = exports.as_zip(lines, partial(_notice, here().ledger, job_id), here().settings.spool_dir)
        return exports.attach(body, f"{job_id}.zip", "application/zip")
    if wanted == "csv":
        marked = lines.provenance is not None
        rows = exports.as_csv(lines, lines.view, mark=switch("bom") or False, provenance=marked)
        return exports.attach(rows, f"{job_id}.csv", "text/csv; charset=utf-8")
    return exports.attach(exports.as_jsonl(lines), f"{job_id}.jsonl", "application/jsonl; charset=utf-8")


@blueprint.get("/errors")
def get_errors(job_id: str) -> Response:
    """The lines of documents that failed or were cancelled, as jsonl or csv; `after` as for results."""
    wanted = request.args.get("format", "jsonl")
    if wanted not in ERROR_FORMATS:
        raise Problem(422, "invalid_request", f"format is one of {', '.join(ERROR_FORMATS)}.")
    lines = Lines(here().ledger, _view(job_id), FAILED, after=number("after", -1, MAX_POSITION, least=0))
    if wanted == "csv":
        rows = exports.as_csv(lines, lines.view, mark=switch("bom") or False)
        return exports.attach(rows, f"{job_id}-errors.csv", "text/csv; charset=utf-8")
    return exports.attach(exports.as_jsonl(lines), f"{job_id}-errors.jsonl", "application/jsonl; charset=utf-8")


@blueprint.get("/documents")
def list_documents(job_id: str) -> Response:
    """The documents of a job with their states, a page at a time; `cursor` is the `next_cursor` of the page before."""
    limit = number("limit", 100, MAX_PAGE)
    after = number("cursor", 0, 2**31) - 1 if "cursor" in request.args else -1
    states, wanted = _states(), flagged()
    with here().ledger.read() as session:
        view = jobs.view(session, job_id, now=here().ledger.now(session))
        found = results.entries(session, job_id, after=after, states=states, flagged=wanted, limit=limit)
        listed = [views.document(entry, view) for entry in found]
    more = found[-1].item.position + 1 if len(found) == limit else None
    return jsonify({"documents": listed, "next_cursor": more})


@blueprint.get("/documents/<int:position>")
def get_document(job_id: str, position: int) -> Response:
    """One document with its text, its result and its history; `events` is empty once the history was pruned."""
    view = _view(job_id)
    with here().ledger.read() as session:
        found = results.document(session, job_id, position)
    body = views.document(found.line, view)
    body["text"] = found.text
    body["result"] = views.result(found.line, view.job, views.model_name(view.model, view.license))
    if marks := _provenance(job_id):
        body["result"]["provenance"] = marks.mark(found.line)
    body["receipt"] = views.receipt(found.line, view.job)
    body["events"] = [views.event(row) for row in found.events]
    return jsonify(body)


def _states() -> list[State] | None:
    wanted = request.args.get("status")
    if wanted is None:
        return None
    if wanted not in list(State):
        raise Problem(422, "invalid_request", f"status is one of {', '.join(State)}.")
    return [State(wanted)]


def _provenance(job_id: str) -> Marks | None:
    """The marks of a job's results, unless the policy leaves them out."""
    if here().policy.provenance is Marking.OFF:
        return None
    with here().ledger.read() as session:
        return Marks.of(reviews.of_job(session, job_id))


def _notice(ledger: Ledger, job_id: str) -> str:
    with ledger.read() as session:
        return notice(job_id, attribution.used(session, job_id))


def _view(job_id: str) -> JobView:
    with here().ledger.read() as session:
        return jobs.view(session, job_id, now=here().ledger.now(session))
