"""Make a new job of what failed in another. Imports the ledger."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.catalog.choice import permit
from ledger.catalog.gate import decisions
from ledger.catalog.gate.decisions import Moment
from ledger.catalog.gate.policy import Policy, Purpose
from ledger.catalog.models import queue_name
from ledger.engine import Clock, Ledger
from ledger.errors import ConflictError
from ledger.work.jobs import views
from ledger.work.jobs.submit import CHUNK_ITEMS, NewJob, Stage, earlier
from ledger.work.jobs.views import JobView
from ledger.work.states import State
from ledger.work.tables import WorkItem

FAILED = (State.DISCARDED, State.CANCELLED)


def retry_failed(
    ledger: Ledger,
    job_id: str,
    *,
    policy: Policy,
    idempotency_key: str | None = None,
    clock: Clock | None = None,
) -> str:
    """Make a new job of the items that were discarded or cancelled and return its id; the old ones stay as they are.

    A key that was used before for the same job gives the retry of that time. Raises NotFoundError, ConflictError when
    nothing failed, the job still runs or its model was retired, LicenseDeniedError, and IdempotencyError.
    """
    known = made_before(ledger, job_id, idempotency_key)
    if known is not None:
        return known
    with ledger.read() as session:
        old = views.view(session, job_id, now=(clock or ledger.now)(session))
    _check(old)
    choice = permit(old.model, old.license, Purpose(old.job.purpose), policy)

    def also(session: Session, made: str, at: datetime) -> None:
        decisions.note(session, {made: choice}, Moment.SUBMIT, now=at)

    with Stage(ledger, _asked(old, idempotency_key), clock=clock) as stage:
        after = -1
        while found := _failed(ledger, job_id, after):
            stage.add_again([(document_id, size_bytes, item) for _, document_id, size_bytes, item in found])
            after = found[-1][0]
        return stage.seal(also=also)


def _check(old: JobView) -> None:
    if not old.ended:
        raise ConflictError("The job has not ended yet; wait for it or cancel it first.")
    if not any(old.counts[state] for state in FAILED):
        raise ConflictError("No document of this job failed; there is nothing to retry.")
    if old.model.retired_at is not None:
        raise ConflictError(f"The model {old.model.name} was retired; submit the documents with another one.")


def _asked(old: JobView, idempotency_key: str | None) -> NewJob:
    return NewJob(
        task=old.job.task,
        model_id=old.job.model_id,
        queue=queue_name(old.job.task, old.model),
        parameters=old.job.parameters,
        purpose=old.job.purpose,
        name=f"{old.job.name[:247]} (retry)",
        priority=old.job.priority,
        idempotency_key=idempotency_key,
        request_sha256=_fingerprint(old.job.id) if idempotency_key else None,
        retry_of=old.job.id,
        tenant_id=old.job.tenant_id,
    )


def made_before(ledger: Ledger, job_id: str, idempotency_key: str | None) -> str | None:
    """The retry of this job that the key made before, None for a fresh one. Raises IdempotencyError."""
    with ledger.read() as session:
        return earlier(session, idempotency_key, _fingerprint(job_id))


def _fingerprint(job_id: str) -> str:
    return f"retry:{job_id}"


def _failed(ledger: Ledger, job_id: str, after: int) -> list[tuple[int, int, int, int]]:
    """The next of them in the order of the job: position, document, size in bytes, item."""
    statement = (
        select(WorkItem.position, WorkItem.document_id, WorkItem.size_bytes, WorkItem.id)
        .where(WorkItem.job_id == job_id, WorkItem.state.in_(FAILED), WorkItem.position > after)
        .order_by(WorkItem.position)
        .limit(CHUNK_ITEMS)
    )
    with ledger.read() as session:
        return [(row[0], row[1], row[2], row[3]) for row in session.execute(statement)]
