"""The one function that moves a work item, and the record of each move. Imports the ledger's states and moves.

The items that need one which ends move with it, in the same transaction. Nothing else writes `work_items.state` after
an item's first insert.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, insert, select
from sqlalchemy.orm import Session

from ledger import rowset
from ledger.work import dependencies, standings
from ledger.work.moves import AT, LEASE, RETURNED, WHY, move
from ledger.work.standings import Moved
from ledger.work.states import HOLDER_EVENTS, Event, Reason, State, sources, target
from ledger.work.tables import EVENT, STATE, EventRow

_COLUMNS: dict[str, BindParameter[Any]] = {
    "event": bindparam("by_event", type_=EVENT),
    "state": bindparam("to_state", type_=STATE),
    "at": AT,
    "lease_id": LEASE,
    "reason": WHY,
}
STRANDED = "A document that this one needs was not completed."
RECORD = insert(EventRow).from_select(["item_id", *_COLUMNS], rowset.rows().add_columns(*_COLUMNS.values()))


def advance(
    session: Session,
    event: Event,
    ids: Sequence[int],
    *,
    now: datetime,
    lease_id: int | None = None,
    reason: str | None = None,
    **parameters: Any,
) -> list[int]:
    """Move work items by `event` and return the ids that moved, with an Event row for each and the jobs' counts.

    One guarded UPDATE for each state that the event leaves. An id that does not come back is stale: it was not in a
    state that `event` leaves, or `lease_id` no longer holds it; whatever the caller computed for it must be dropped.
    `parameters` are those that `ledger.work.moves` names. Raises ValueError when the event needs a lease and none is
    named.
    """
    if lease_id is None and event in HOLDER_EVENTS | {Event.LEASE}:
        raise ValueError(f"{event} needs the lease that holds the items")
    if not ids:
        return []
    values = {"ids": ids, "at": now, "lease": lease_id, "why": reason} | parameters
    moved: list[int] = []
    for source in sources(event):
        found = _moved(session, event, source, values)
        standings.note(session, event, source, found, now=now)
        _follow(session, event, [item.id for item in found if item.feeds], now=now)
        moved += [item.id for item in found]
    return moved


def _follow(session: Session, event: Event, feeding: Sequence[int], *, now: datetime) -> None:
    """Go on with the items that need these, which `event` moved: the ready ones wait for nothing, others cannot be."""
    if not feeding:
        return
    match target(event):
        case State.COMPLETED:
            advance(session, Event.READY, dependencies.freed(session, feeding), now=now)
        case State.CANCELLED:
            advance(session, Event.CANCEL, dependencies.waiting(session, feeding), now=now)
        case State.DISCARDED:
            stranded = dependencies.waiting(session, feeding)
            advance(
                session, Event.STRAND, stranded, now=now, reason=Reason.NEEDED, code=Reason.NEEDED, message=STRANDED
            )


def _moved(session: Session, event: Event, source: State, values: dict[str, Any]) -> list[Moved]:
    by = {"by_event": event, "to_state": target(event)}
    if session.get_bind().dialect.name == "postgresql":
        return [Moved(*row) for row in session.connection().execute(_move_and_record(event, source), values | by)]
    found = [Moved(*row) for row in session.connection().execute(move(event, source), values)]
    if found:
        session.connection().execute(RECORD, values | by | {"ids": [item.id for item in found]})
    return found


@cache
def _move_and_record(event: Event, source: State) -> Select[Any]:
    """Both in one statement, for a database that a statement takes a while to reach."""
    moved = move(event, source, in_order=True).cte("moved")
    rows = select(moved.c.id, *_COLUMNS.values())
    recorded = insert(EventRow).from_select(["item_id", *_COLUMNS], rows).returning(EventRow.item_id).cte("recorded")
    return select(*(moved.c[name] for name in RETURNED)).add_cte(recorded)


def record(session: Session, event: Event, ids: Sequence[int], *, now: datetime) -> None:
    """Append one Event row for each item; the first insert of items is its only caller."""
    if ids:
        values = {"ids": ids, "at": now, "lease": None, "why": None}
        session.connection().execute(RECORD, values | {"by_event": event, "to_state": target(event)})
