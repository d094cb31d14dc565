"""One job: phases, progress, why it waits, its documents; cancel and retry. Imports the ledger and the API."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from ledger.work.jobs import results, reviews
from ledger.work.jobs import views as jobs
from ledger.work.states import TERMINAL, State
from pipelines.tasks.registry import find
from webui import views
from webui.api import jobs as api
from webui.api import reviews as review_api
from webui.context import here
from webui.intake.requests.bodies import ReviewBody
from webui.pages.parts.waiting import obstacles
from webui.pages.parts.watching import watched

blueprint = Blueprint("job", __name__, url_prefix="/jobs/<job_id>")

PAGE_DOCUMENTS = 100
SHOWN_REVIEWS = 20


@blueprint.get("")
@watched
def show(job_id: str) -> str:
    """The job as it stands."""
    asked = request.args.get("status", "")
    states = [State(asked)] if asked in list(State) else None
    flagged = True if request.args.get("flagged") == "true" else None
    after = request.args.get("after", "")
    position = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else -1
    context = here()
    with context.ledger.read() as session:
        now = context.ledger.now(session)
        view = jobs.view(session, job_id, now=now)
        known = find(view.job.task)
        entries = results.entries(session, job_id, after=position, states=states, flagged=flagged, limit=PAGE_DOCUMENTS)
        return render_template(
            "job.html",
            view=view,
            entries=entries,
            labels=results.labels(session, entries) if known and "label" in known.columns else {},
            error=views.error,
            portions=view.portions,
            status=states[0] if states else "",
            flagged=flagged,
            first=position < 0,
            more=entries[-1].item.position if len(entries) == PAGE_DOCUMENTS else None,
            obstacles=obstacles(session, view, now=now),
            states=list(State),
            open_count=view.job.item_count - view.done,
            failed_count=sum(view.counts[state] for state in TERMINAL - {State.COMPLETED}),
            data_dir=context.settings.data_dir,
            reviews=reviews.of_job(session, job_id, newest=SHOWN_REVIEWS),
        )


@blueprint.post("/cancel")
def cancel(job_id: str) -> AnyResponse:
    """Cancel what has not ended, then show the job again."""
    api.cancel_job(job_id)
    return redirect(f"/jobs/{job_id}", 303)


@blueprint.post("/reviews")
def review(job_id: str) -> AnyResponse:
    """Keep what somebody says of the results, then show the job again."""
    said = {name: request.form.get(name, "") for name in ("by", "note", "approved")}
    review_api.keep(job_id, ReviewBody.model_validate(said))
    return redirect(f"/jobs/{job_id}#reviews", 303)


@blueprint.post("/retry")
def retry(job_id: str) -> AnyResponse:
    """Make a new job of what failed, then show that one."""
    made = api.retry_job(job_id).get_json()
    return redirect(f"/jobs/{made['id']}", 303)
