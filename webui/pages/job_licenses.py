"""Under which terms the results of a job stand, what is asked of whoever shares them, and the gate's decisions.

Imports the ledger.
"""

from flask import Blueprint, render_template

from ledger.catalog.attribution import used
from ledger.catalog.gate import decisions
from ledger.catalog.gate.verdict import duties
from ledger.work.jobs import views as jobs
from webui.context import here

blueprint = Blueprint("job_licenses", __name__, url_prefix="/jobs/<job_id>/licenses")


@blueprint.get("")
def show(job_id: str) -> str:
    """Each model and licence that made results so far, and every decision about the job."""
    with here().ledger.read() as session:
        return render_template(
            "job_licenses.html",
            view=jobs.view(session, job_id, now=here().ledger.now(session)),
            attributions=used(session, job_id),
            decisions=decisions.of_job(session, job_id),
            duties=duties,
        )
