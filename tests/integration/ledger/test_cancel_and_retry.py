"""Jobs that are cancelled or tried again, and keys that make one job of several requests. Both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger.errors import ConflictError, IdempotencyError, NotFoundError
from ledger.work.jobs import views as jobs
from ledger.work.jobs.cancel import cancel
from ledger.work.jobs.views import Status
from ledger.work.leases import lease
from ledger.work.states import Reason, State
from ledger.work.tables import WorkItem
from tests.work import complete, count, fail, retry, states, take, view


def test_cancelling_keeps_results_and_kills_what_runs(desk):
    job_id = desk.submit("one", "two", "three")
    complete(desk, take(desk, items=1))
    running = take(desk, items=1)
    cancel(desk.ledger, job_id, clock=lambda _: desk.now)
    assert complete(desk, running).fenced == 1
    assert states(desk, job_id) == {State.COMPLETED: 1, State.CANCELLED: 2}
    assert view(desk, job_id).status is Status.CANCELLED
    assert take(desk) is None


def test_cancelling_ends_the_lease_of_a_batch_and_spares_one_that_holds_more(desk):
    cancelled, kept = desk.submit("one"), desk.submit("two", "three")
    alone, shared = take(desk, items=1), take(desk, items=2)
    cancel(desk.ledger, cancelled, clock=lambda _: desk.now)
    with desk.ledger.write() as session:
        held = lease.extend(session, [alone.id, shared.id], now=desk.now, lease_seconds=60)
    assert held == {shared.id}
    assert states(desk, kept) == {State.RUNNING: 2}


def test_retrying_makes_a_new_job_of_what_failed(desk):
    job_id = desk.submit("good", "bad")
    complete(desk, take(desk, items=1))
    fail(desk, take(desk), reason=Reason.INPUT)
    retried = retry(desk, job_id)
    assert [item.text for item in take(desk).items] == ["bad"]
    assert view(desk, retried).job.retry_of == job_id
    assert states(desk, job_id) == {State.COMPLETED: 1, State.DISCARDED: 1}


def test_a_job_without_failures_cannot_be_retried(desk):
    job_id = desk.submit("good")
    with pytest.raises(ConflictError):
        retry(desk, job_id)
    complete(desk, take(desk))
    with pytest.raises(ConflictError):
        retry(desk, job_id)


def test_the_same_idempotency_key_gives_the_same_job_or_a_refusal(desk):
    first = desk.submit("one", idempotency_key="k", request_sha256="a")
    assert desk.submit("one", idempotency_key="k", request_sha256="a") == first
    with pytest.raises(IdempotencyError):
        desk.submit("two", idempotency_key="k", request_sha256="b")
    assert count(desk, WorkItem) == 1


def test_an_unknown_job_is_not_found(desk):
    with pytest.raises(NotFoundError), desk.ledger.read() as session:
        jobs.view(session, "job_nowhere", now=desk.now)


def test_simultaneous_requests_with_one_key_make_one_job(desk):
    start = threading.Barrier(4)

    def request(_: int) -> str:
        start.wait()
        return desk.submit("one", "two", idempotency_key="k", request_sha256="a" * 64)

    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(request, range(4)))
    assert len(made) == 1
    assert count(desk, WorkItem) == 2
