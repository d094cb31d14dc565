"""Items that need others: blocked until all of those complete, ended with them where they do not."""

import pytest
from sqlalchemy import select

from ledger.errors import ConflictError
from ledger.work.audit import audit
from ledger.work.jobs import cancel
from ledger.work.jobs.discard import discard
from ledger.work.jobs.submit import NewJob, Stage
from ledger.work.states import Event, Reason, State
from ledger.work.tables import Dependency, EventRow, Job, WorkItem
from tests.work import complete, count, due, fail, retry, states, take, view


def items_of(desk, job_id) -> list[WorkItem]:
    with desk.ledger.read() as session:
        return list(session.scalars(select(WorkItem).where(WorkItem.job_id == job_id).order_by(WorkItem.position)))


def stage(desk) -> Stage:
    asked = NewJob("translation", desk.model.id, desk.queue, {"from": "en", "to": "pt"}, "evaluation", "after")
    return Stage(desk.ledger, asked, clock=lambda _: desk.now)


def follow(desk, *needs: list[WorkItem]) -> str:
    """A job with a document for each of `needs`, blocked by those."""
    with stage(desk) as following:
        following.add_after([(some[0].document_id, 3, [each.id for each in some]) for some in needs])
        return following.seal()


def agree(desk) -> bool:
    with desk.ledger.read() as session:
        return list(audit(session)) == []


def test_a_blocked_document_is_leased_once_what_it_needs_is_done(desk):
    first = desk.submit("one", "two")
    second = follow(desk, *[[each] for each in items_of(desk, first)])
    assert (states(desk, second), view(desk, second).status) == ({State.BLOCKED: 2}, "queued")
    held = take(desk)
    assert {item.job_id for item in held.items} == {first}
    complete(desk, held, only=1)
    assert states(desk, second) == {State.BLOCKED: 1, State.AVAILABLE: 1}
    complete(desk, held)
    again = take(desk)
    assert [item.job_id for item in again.items] == [second, second]
    complete(desk, again)
    assert view(desk, second).status == "completed"
    assert agree(desk)


def test_one_that_needs_several_waits_for_the_last_of_them(desk):
    first = desk.submit("one", "two", "three")
    second = follow(desk, items_of(desk, first))
    complete(desk, take(desk, items=2))
    assert states(desk, second) == {State.BLOCKED: 1}
    complete(desk, take(desk))
    assert states(desk, second) == {State.AVAILABLE: 1}
    assert items_of(desk, second)[0].awaits == 0


def test_what_is_named_twice_is_needed_once(desk):
    [one] = items_of(desk, desk.submit("one"))
    second = follow(desk, [one, one])
    complete(desk, take(desk))
    assert states(desk, second) == {State.AVAILABLE: 1}


def test_a_try_that_fails_leaves_it_blocked(desk):
    second = follow(desk, items_of(desk, desk.submit("one")))
    fail(desk, take(desk))
    assert states(desk, second) == {State.BLOCKED: 1}
    desk.later(3600)
    due(desk)
    complete(desk, take(desk))
    assert states(desk, second) == {State.AVAILABLE: 1}


def test_a_chain_ends_with_its_first_link_and_says_why(desk):
    first = desk.submit("one")
    second = follow(desk, items_of(desk, first))
    third = follow(desk, items_of(desk, second))
    fail(desk, take(desk), reason=Reason.INPUT)
    for job_id in (second, third):
        [item] = items_of(desk, job_id)
        assert (item.state, item.reason, item.error_code) == (State.DISCARDED, Reason.NEEDED, "needed")
        assert view(desk, job_id).status == "failed"
    assert take(desk) is None
    assert agree(desk)


def test_cancelling_a_job_cancels_what_needs_it_and_nothing_else(desk):
    first, other = desk.submit("one"), desk.submit("two")
    second = follow(desk, items_of(desk, first), items_of(desk, other))
    cancel.cancel(desk.ledger, first, clock=lambda _: desk.now)
    assert states(desk, second) == {State.CANCELLED: 1, State.BLOCKED: 1}
    complete(desk, take(desk))
    assert states(desk, second) == {State.CANCELLED: 1, State.AVAILABLE: 1}
    assert agree(desk)


def test_a_blocked_job_can_be_cancelled_and_what_it_needed_goes_on(desk):
    first = desk.submit("one")
    second = follow(desk, items_of(desk, first))
    cancel.cancel(desk.ledger, second, clock=lambda _: desk.now)
    complete(desk, take(desk))
    assert (view(desk, first).status, view(desk, second).status) == ("completed", "cancelled")
    assert agree(desk)


def test_what_was_stranded_can_be_tried_again(desk):
    second = follow(desk, items_of(desk, desk.submit("one")))
    fail(desk, take(desk), reason=Reason.INPUT)
    again = retry(desk, second)
    assert states(desk, again) == {State.AVAILABLE: 1}


def test_nothing_can_need_what_has_ended(desk):
    done = items_of(desk, desk.submit("one"))
    complete(desk, take(desk))
    with pytest.raises(ConflictError, match="ended already"):
        follow(desk, done)
    assert (count(desk, Dependency), count(desk, Job)) == (0, 1)


def test_a_stage_that_is_given_up_takes_its_dependencies_along(desk):
    first = desk.submit("one")
    with stage(desk) as given_up:
        given_up.add_after([(items_of(desk, first)[0].document_id, 3, [items_of(desk, first)[0].id])])
        discard(desk.ledger, given_up.job_id)
    assert (count(desk, Dependency), count(desk, WorkItem)) == (0, 1)
    complete(desk, take(desk))
    assert view(desk, first).status == "completed"


def test_each_move_is_recorded(desk):
    second = follow(desk, items_of(desk, desk.submit("one")))
    complete(desk, take(desk))
    [item] = items_of(desk, second)
    with desk.ledger.read() as session:
        happened = session.scalars(select(EventRow.event).where(EventRow.item_id == item.id).order_by(EventRow.id))
        assert list(happened) == [Event.AWAIT, Event.READY]
