"""How far long documents are, on both databases: told with the heartbeat, fenced by the lease, gone when it ends."""

import pytest
from sqlalchemy import event, select

from ledger.work.jobs import results
from ledger.work.jobs import views as jobs
from ledger.work.jobs.cancel import cancel
from ledger.work.jobs.progress import Portion, Told
from ledger.work.leases import lapse, lease
from ledger.work.leases.finish import Failure, finish
from ledger.work.states import Reason
from ledger.work.tables import Lease
from tests.work import LEASE_SECONDS, complete, take

LONG = "A long document. " * 1000


def beat(desk, held, done, total=9310, *, seconds=10.0, items=None):
    """Extend a lease and tell of its items; returns the leases that were kept."""
    chosen = held.items if items is None else items
    told = {held.id: Told(seconds, {item.id: Portion(done, total, done / total) for item in chosen})}
    with desk.ledger.write() as session:
        return lease.extend(session, [held.id], now=desk.now, lease_seconds=LEASE_SECONDS, told=told)


def view(desk, job_id):
    with desk.ledger.read() as session:
        return jobs.view(session, job_id, now=desk.now)


def segments(desk, job_id):
    found = view(desk, job_id)
    return found.segments_done, found.segments_total


def test_a_job_knows_how_far_its_long_document_is(desk):
    job_id = desk.submit(LONG)
    assert segments(desk, job_id) == (0, 0)
    held = take(desk)
    assert (segments(desk, job_id), view(desk, job_id).eta_seconds) == ((0, 0), None)
    assert beat(desk, held, 1240) == {held.id}
    found = view(desk, job_id)
    assert (found.segments_done, found.segments_total) == (1240, 9310)
    assert found.portions == {held.items[0].id: Portion(1240, 9310, 0.1332)}
    beat(desk, held, 4655, seconds=40)
    assert segments(desk, job_id) == (4655, 9310)


def test_the_time_left_follows_the_work_that_is_done_inside(desk):
    job_id = desk.submit(LONG)
    held = take(desk)
    desk.later(3600)  # behind another batch of this worker
    beat(desk, held, 2500, 10_000, seconds=20)
    assert view(desk, job_id).eta_seconds == 60


def test_the_time_left_of_many_documents_counts_what_is_done_inside(desk):
    """Nine of twelve are done after 90 seconds, one of the rest by half: as much as five more take."""
    job_id = desk.submit(*[LONG] * 12)
    with desk.ledger.write() as session:
        first, second = (
            lease.take(
                session, worker_id="w", queue=desk.queue, now=desk.now, lease_seconds=60, max_items=n, max_bytes=9**9
            )
            for n in (9, 1)
        )
    complete(desk, first)
    desk.later(95)
    beat(desk, second, 50, 100, seconds=1)
    assert view(desk, job_id).eta_seconds == 25


def test_an_estimate_needs_something_done(desk):
    job_id = desk.submit(LONG)
    beat(desk, take(desk), 0, 9310)
    assert view(desk, job_id).eta_seconds is None
    assert segments(desk, job_id) == (0, 9310)


def test_progress_is_summed_over_the_leases_of_a_job_and_of_no_other(desk):
    job_id = desk.submit(LONG)
    first = take(desk)
    other = desk.submit("short", priority=0)
    again = desk.submit(LONG, LONG)
    second = take(desk)
    of_again = [item for item in second.items if item.job_id == again]
    beat(desk, first, 10, 100)
    beat(desk, second, 20, 200, items=of_again)
    assert [segments(desk, each) for each in (job_id, other, again)] == [(10, 100), (0, 0), (40, 400)]
    with desk.ledger.read() as session:
        listed = {one.job.id: one.segments_total for one in jobs.newest(session, now=desk.now, limit=9)}
    assert listed == {job_id: 100, other: 0, again: 400}


def test_a_worker_that_lost_its_lease_tells_nothing(desk):
    job_id = desk.submit(LONG)
    stale = take(desk, worker="dead")
    with desk.ledger.write() as session:
        lapse.lapse(session, stale.id, lapse.DEATH, now=desk.now)
    assert beat(desk, stale, 900) == set()
    assert segments(desk, job_id) == (0, 0)
    with desk.ledger.read() as session:
        assert session.scalars(select(Lease.id)).all() == []


def test_a_stale_worker_does_not_overwrite_what_the_new_holder_tells(desk):
    job_id = desk.submit(LONG)
    stale = take(desk, worker="slow")
    with desk.ledger.write() as session:
        lease.release_all(session, worker_id="slow", now=desk.now)
    fresh = take(desk, worker="other")
    beat(desk, fresh, 5, 100)
    assert beat(desk, stale, 99, 100) == set()
    assert segments(desk, job_id) == (5, 100)


def test_a_worker_cannot_tell_of_an_item_that_its_lease_does_not_hold(desk):
    job_id = desk.submit(LONG)
    held = take(desk)
    other_id = desk.submit(LONG)
    other = take(desk)
    beat(desk, other, 5, 100)
    beat(desk, held, 99, 100, items=[*held.items, *other.items])
    assert [segments(desk, each) for each in (job_id, other_id)] == [(99, 100), (5, 100)]


@pytest.mark.parametrize("how", ["complete", "fail", "exhaust", "release", "lapse", "cancel"])
def test_whatever_ends_a_lease_clears_its_progress(desk, how):
    job_id = desk.submit(LONG)
    held = take(desk)
    beat(desk, held, 900)
    item = held.items[0].id
    if how == "complete":
        assert complete(desk, held).completed == 1
    elif how == "cancel":
        cancel(desk.ledger, job_id, clock=lambda _: desk.now)
    else:
        with desk.ledger.write() as session:
            match how:
                case "fail":
                    finish(session, held.id, [], [Failure(item, "transient", "Again.", None, 5)], now=desk.now)
                case "exhaust":
                    finish(session, held.id, [], [Failure(item, "bad", "No.", Reason.INPUT)], now=desk.now)
                case "release":
                    lease.release_all(session, worker_id="wrk_1", now=desk.now)
                case "lapse":
                    lapse.lapse(session, held.id, lapse.DEATH, now=desk.now)
    assert segments(desk, job_id) == (0, 0)
    assert beat(desk, held, 901) == set()


def test_an_item_that_left_a_lease_which_goes_on_is_told_of_no_more(desk):
    cancelled, kept = desk.submit(LONG), desk.submit(LONG)
    held = take(desk)
    beat(desk, held, 5, 100)
    cancel(desk.ledger, cancelled, clock=lambda _: desk.now)
    assert [segments(desk, each) for each in (cancelled, kept)] == [(0, 0), (5, 100)]
    beat(desk, held, 6, 100)
    assert [segments(desk, each) for each in (cancelled, kept)] == [(0, 0), (6, 100)]


def test_a_second_try_begins_at_nothing(desk):
    job_id = desk.submit(LONG)
    beat(desk, take(desk), 900)
    with desk.ledger.write() as session:
        lease.release_all(session, worker_id="wrk_1", now=desk.now)
    again = take(desk)
    assert segments(desk, job_id) == (0, 0)
    beat(desk, again, 3)
    assert segments(desk, job_id) == (3, 9310)


def test_a_lease_that_has_nothing_to_tell_forgets_what_it_told(desk):
    job_id = desk.submit(LONG)
    held = take(desk)
    beat(desk, held, 900)
    assert beat(desk, held, 0, items=[]) == {held.id}
    assert segments(desk, job_id) == (0, 0)


def test_a_heartbeat_is_one_statement_however_much_it_tells(desk):
    desk.submit(*[LONG] * 40)
    held = take(desk)
    seen: list[str] = []
    event.listen(desk.ledger.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    beat(desk, held, 5)
    assert [statement.split(" ", 2)[:2] for statement in seen if "UPDATE" in statement] == [["UPDATE", "leases"]]


def test_the_documents_of_a_job_are_read_as_before(desk):
    job_id = desk.submit(LONG, "short")
    held = take(desk)
    beat(desk, held, 5, items=held.items[:1])
    with desk.ledger.read() as session:
        lines = results.page(session, job_id)
    assert [line.item.id in view(desk, job_id).portions for line in lines] == [True, False]
