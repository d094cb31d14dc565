"""The life of work items on both databases: submit, lease, finish, fence, lapse, cancel, retry."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from ledger.catalog import policy
from ledger.errors import ConflictError, IdempotencyError, NotFoundError
from ledger.work.advance import advance
from ledger.work.jobs import results
from ledger.work.jobs import views as jobs
from ledger.work.jobs.cancel import cancel
from ledger.work.jobs.retry import retry_failed
from ledger.work.jobs.views import Status
from ledger.work.leases import lease, repair
from ledger.work.leases.finish import Completion, Failure, Provenance, Tally, finish
from ledger.work.leases.lease import Lease
from ledger.work.states import HOLDER_EVENTS, TABLE, TERMINAL, Event, Reason, State
from ledger.work.tables import EventRow, Receipt, Result, TextRow, WorkItem

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


def test_documents_come_back_in_order_with_results_and_history(desk):
    job_id = desk.submit("one", "two", "three")
    assert view(desk, job_id).status is Status.QUEUED
    held = take(desk)
    assert [item.text for item in held.items] == ["one", "two", "three"]
    assert view(desk, job_id).status is Status.RUNNING
    assert complete(desk, held).completed == 3
    assert view(desk, job_id).status is Status.COMPLETED
    with desk.ledger.read() as session:
        lines = list(results.lines(desk.ledger, job_id, states=[State.COMPLETED]))
        assert [line.result.output["text"] for line in lines] == ["<one>", "<two>", "<three>"]
        history = results.document(session, job_id, 1).events
        assert [row.event for row in history] == [Event.SUBMIT, Event.LEASE, Event.COMPLETE]


def test_equal_texts_and_receipts_are_stored_once(desk):
    desk.submit("same", "same", "other")
    complete(desk, take(desk))
    assert count(desk, TextRow) == 2
    assert count(desk, Receipt) == 1
    assert count(desk, Result) == 3


def test_two_workers_never_hold_the_same_item(desk):
    desk.submit(*[f"text {i}" for i in range(10)])
    first, second = take(desk, worker="a", items=6), take(desk, worker="b")
    assert len(first.items) == 6
    assert len(second.items) == 4
    assert not {i.id for i in first.items} & {i.id for i in second.items}
    assert take(desk, worker="c") is None


def test_a_batch_is_bounded_by_bytes_but_never_empty(desk):
    desk.submit("x" * 100, "y" * 10, "z" * 10)
    assert len(take(desk, size=50).items) == 1
    assert len(take(desk, size=50).items) == 2


def test_a_late_finish_is_fenced_and_changes_nothing(desk):
    job_id = desk.submit("one", "two")
    stale = take(desk, worker="paused")
    desk.later(LEASE_SECONDS + 1)
    assert lapse(desk) == 2
    due(desk)
    fresh = take(desk, worker="other")
    assert complete(desk, stale).fenced == 2
    assert count(desk, Result) == 0
    assert complete(desk, fresh).completed == 1
    assert states(desk, job_id)[State.COMPLETED] == 1


def test_finishing_twice_is_a_no_op(desk):
    desk.submit("one")
    held = take(desk)
    assert complete(desk, held).completed == 1
    assert complete(desk, held) == Tally(completed=1, failed=0, fenced=0)
    assert count(desk, Result) == 1


def test_a_heartbeat_keeps_a_lease_and_tells_which_are_lost(desk):
    desk.submit("one")
    held = take(desk)
    for _ in range(3):
        desk.later(LEASE_SECONDS - 1)
        with desk.ledger.write() as session:
            assert lease.extend(session, [held.id], now=desk.now, lease_seconds=LEASE_SECONDS) == {held.id}
        assert lapse(desk) == 0
    desk.later(LEASE_SECONDS + 1)
    lapse(desk)
    with desk.ledger.write() as session:
        assert lease.extend(session, [held.id], now=desk.now, lease_seconds=LEASE_SECONDS) == set()


def test_a_lease_from_a_clock_that_ran_ahead_lapses(desk):
    desk.submit("one")
    present = desk.now
    desk.later(3600)
    take(desk)
    desk.now = present
    assert lapse(desk) == 1


def test_a_released_item_is_charged_nothing(desk):
    desk.submit("one")
    held = take(desk)
    with desk.ledger.write() as session:
        assert lease.release_all(session, worker_id="wrk_1", now=desk.now) == 1
    again = take(desk)
    assert again.items[0].attempt == held.items[0].attempt == 1
    assert again.id > held.id


def test_items_of_a_dead_worker_run_alone_and_only_then_are_charged(desk):
    job_id = desk.submit("innocent", "poison")
    take(desk)
    desk.later(LEASE_SECONDS + 1)
    lapse(desk)
    due(desk)
    first = take(desk)
    assert [item.text for item in first.items] == ["innocent"]
    complete(desk, first)
    for death in range(3):
        alone = take(desk)
        assert [item.text for item in alone.items] == ["poison"]
        assert alone.items[0].deaths == death
        desk.later(LEASE_SECONDS + 1)
        lapse(desk)
        desk.later(60)
        due(desk)
    assert take(desk) is None
    assert states(desk, job_id) == {State.COMPLETED: 1, State.DISCARDED: 1}
    line = next(iter(results.lines(desk.ledger, job_id, states=[State.DISCARDED])))
    assert (line.item.reason, line.item.error_code) == (Reason.POISON, "worker_died")


def test_a_failed_item_waits_and_is_tried_again(desk):
    job_id = desk.submit("one")
    fail(desk, take(desk), retry_seconds=30)
    assert states(desk, job_id) == {State.RETRYABLE: 1}
    assert due(desk) == 0
    desk.later(31)
    assert due(desk) == 1
    assert take(desk).items[0].attempt == 2


def test_a_discarded_item_keeps_its_reason_and_error(desk):
    job_id = desk.submit("one", "two")
    held = take(desk, items=1)
    fail(desk, held, reason=Reason.INPUT)
    complete(desk, take(desk))
    assert view(desk, job_id).status is Status.COMPLETED_WITH_ERRORS
    line = next(iter(results.lines(desk.ledger, job_id, states=[State.DISCARDED])))
    assert (line.item.reason, line.item.error_code, line.item.error_message) == ("input", "broken", "It broke.")


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


def test_a_small_job_does_not_wait_behind_a_large_one(desk):
    desk.submit(*[f"large {i}" for i in range(200)])
    complete(desk, take(desk, items=64))
    small = desk.submit("small")
    held = take(desk, items=64)
    assert small in {item.job_id for item in held.items}


def test_urgent_jobs_get_more_of_a_batch(desk):
    calm = desk.submit(*[f"calm {i}" for i in range(300)])
    urgent = desk.submit(*[f"hurry {i}" for i in range(300)], priority=50)
    got = Counter(item.job_id for _ in range(4) for item in take(desk, items=64).items)
    assert got[urgent] > 0.5 * (got[calm] + got[urgent])
    assert got[calm] > 0.4 * (got[calm] + got[urgent])


def test_queues_with_waiting_items_are_named(desk):
    with desk.ledger.read() as session:
        assert repair.waiting_queues(session, now=desk.now) == []
    desk.submit("one")
    with desk.ledger.read() as session:
        assert repair.waiting_queues(session, now=desk.now) == [desk.queue]


def test_an_unknown_job_is_not_found(desk):
    with pytest.raises(NotFoundError), desk.ledger.read() as session:
        jobs.view(session, "job_nowhere", now=desk.now)


ROUTES = {
    State.AVAILABLE: [],
    State.RUNNING: [Event.LEASE],
    State.RETRYABLE: [Event.LEASE, Event.FAIL],
    State.COMPLETED: [Event.LEASE, Event.COMPLETE],
    State.CANCELLED: [Event.CANCEL],
    State.DISCARDED: [Event.LEASE, Event.EXHAUST],
}
MOVES = [event for event in Event if event not in {Event.SUBMIT, Event.DEFER}]


def test_every_state_and_event_moves_as_the_table_says(desk):
    for state, event in product(ROUTES, MOVES):
        held = _bring(desk, state)
        lease_id = held if event in HOLDER_EVENTS else _new_lease(desk)
        with desk.ledger.write() as session:
            item_id = session.scalars(select(func.max(WorkItem.id))).one()
            reason = Reason.INPUT if event is Event.EXHAUST else None
            moved = advance(session, event, [item_id], now=desk.now, lease_id=lease_id, reason=reason)
            after = session.scalars(select(WorkItem.state).where(WorkItem.id == item_id)).one()
        assert after is TABLE.get((state, event), state), (state, event)
        assert bool(moved) == ((state, event) in TABLE)


def _bring(desk, state: State) -> int:
    desk.submit("a text")
    lease_id = _new_lease(desk)
    with desk.ledger.write() as session:
        item_id = session.scalars(select(func.max(WorkItem.id))).one()
        for event in ROUTES[state]:
            reason = Reason.INPUT if event is Event.EXHAUST else None
            assert advance(session, event, [item_id], now=desk.now, lease_id=lease_id, reason=reason) == [item_id]
    return lease_id


def _new_lease(desk) -> int:
    from ledger.work.tables import Lease as LeaseRow

    with desk.ledger.write() as session:
        row = LeaseRow(worker_id="w", queue=desk.queue, taken_at=desk.now, expires_at=desk.now)
        session.add(row)
        session.flush()
        return row.id


def test_the_database_itself_freezes_ended_items(desk):
    desk.submit("one")
    complete(desk, take(desk))
    with pytest.raises(DBAPIError, match="final state"), desk.ledger.write() as session:
        session.execute(update(WorkItem).values(attempt=9))


def test_the_database_itself_refuses_a_running_item_without_a_lease(desk):
    desk.submit("one")
    with pytest.raises(DBAPIError), desk.ledger.write() as session:
        session.execute(update(WorkItem).values(state=State.RUNNING))


def test_every_move_left_an_event(desk):
    desk.submit("one", "two")
    complete(desk, take(desk))
    with desk.ledger.read() as session:
        assert session.scalar(select(func.count()).select_from(EventRow)) == 6
        ended = session.scalars(select(EventRow.state).where(EventRow.event == Event.COMPLETE)).all()
    assert set(ended) <= TERMINAL


def test_simultaneous_requests_with_one_key_make_one_job(desk):
    start = threading.Barrier(4)

    def request(_: int) -> str:
        start.wait()
        return desk.submit("one", "two", idempotency_key="k", request_sha256="a" * 64)

    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(request, range(4)))
    assert len(made) == 1
    assert count(desk, WorkItem) == 2
