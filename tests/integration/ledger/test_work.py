"""The life of work items on both databases: submit, lease, finish, fence, lapse, try again."""

from collections import Counter

from ledger.work.jobs import results
from ledger.work.jobs.views import Status
from ledger.work.leases import lease, repair
from ledger.work.leases.finish import Tally
from ledger.work.states import Event, Reason, State
from ledger.work.tables import Receipt, Result, TextRow
from tests.work import LEASE_SECONDS, complete, count, due, fail, lapse, states, take, view


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
