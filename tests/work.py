"""What a worker, a sweep and a person do at a desk, each in its transaction. Imports the ledger."""

from sqlalchemy import func, select

from ledger.catalog.gate import policy
from ledger.work.jobs import views as jobs
from ledger.work.jobs.retry import retry_failed
from ledger.work.leases import lease, repair
from ledger.work.leases.finish import Completion, Failure, Provenance, finish
from ledger.work.leases.lease import Lease

LEASE_SECONDS = 60


def take(desk, *, worker="wrk_1", items=512, size=10**6) -> Lease | None:
    with desk.ledger.write() as session:
        return lease.take(
            session,
            worker_id=worker,
            queue=desk.queue,
            now=desk.now,
            lease_seconds=LEASE_SECONDS,
            max_items=items,
            max_bytes=size,
        )


def complete(desk, held: Lease, only=None):
    receipt = Provenance(desk.model.id, {"model": "m"})
    done = [Completion(item.id, {"text": f"<{item.text}>"}, receipt, 0.1, 0.2) for item in held.items]
    with desk.ledger.write() as session:
        return finish(session, held.id, done if only is None else done[:only], [], now=desk.now)


def fail(desk, held: Lease, reason=None, retry_seconds=None):
    failures = [Failure(item.id, "broken", "It broke.", reason, retry_seconds) for item in held.items]
    with desk.ledger.write() as session:
        return finish(session, held.id, [], failures, now=desk.now)


def lapse(desk) -> int:
    with desk.ledger.write() as session:
        return repair.lapse_expired(session, now=desk.now, lease_seconds=LEASE_SECONDS, pause_seconds=60)


def due(desk) -> int:
    with desk.ledger.write() as session:
        return repair.make_due(session, now=desk.now)


def retry(desk, job_id, **options) -> str:
    return retry_failed(desk.ledger, job_id, policy=policy.read(), clock=lambda _: desk.now, **options)


def view(desk, job_id):
    with desk.ledger.read() as session:
        return jobs.view(session, job_id, now=desk.now)


def states(desk, job_id):
    return {state: n for state, n in view(desk, job_id).counts.items() if n}


def count(desk, table) -> int:
    with desk.ledger.read() as session:
        return session.scalar(select(func.count()).select_from(table))
