"""What is owed for the results of a job, over HTTP: notice and bill of materials. Imports the ledger and formats."""

from flask import Blueprint, Response, json, request

from ledger.base import utc_now
from ledger.catalog import attribution
from ledger.catalog.attribution import Used
from webui.context import here
from webui.exports import cyclonedx, spdx
from webui.exports import files as exports
from webui.exports.notice import notice
from webui.problems import Problem

blueprint = Blueprint("api_attribution", __name__, url_prefix="/api/v1/jobs/<job_id>")

FORMATS = {
    "cyclonedx": (cyclonedx.cyclonedx, cyclonedx.CONTENT_TYPE, "cdx.json"),
    "spdx": (spdx.spdx, spdx.CONTENT_TYPE, "spdx3.json"),
}


@blueprint.get("/notice")
def get_notice(job_id: str) -> Response:
    """The attributions that are due for the results of a job, also while it runs, as plain text."""
    text = notice(job_id, _used(job_id))
    return exports.attach([text], f"{job_id}-NOTICE.txt", "text/plain; charset=utf-8")


@blueprint.get("/bom")
def get_bom(job_id: str) -> Response:
    """The models, files and libraries that made the results of a job, as CycloneDX 1.6 or SPDX 3.0.1."""
    wanted = request.args.get("format", "cyclonedx")
    if wanted not in FORMATS:
        raise Problem(422, "invalid_request", f"format is one of {', '.join(FORMATS)}.")
    make, content_type, ending = FORMATS[wanted]
    document = make(job_id, _used(job_id), now=utc_now())
    body = json.dumps(document, ensure_ascii=False, indent=2)
    return exports.attach([body], f"{job_id}.{ending}", content_type)


def _used(job_id: str) -> list[Used]:
    with here().ledger.read() as session:
        return attribution.used(session, job_id)
