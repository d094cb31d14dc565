"""Items move as the table of states says and no other way, and the database itself sees to it. Both databases."""

from itertools import product

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from ledger.work.advance import advance
from ledger.work.states import HOLDER_EVENTS, TABLE, TERMINAL, Event, Reason, State
from ledger.work.tables import EventRow, WorkItem
from tests.work import complete, take

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
