"""The one function that moves a work item, and the record of each move. Imports the ledger's states and moves.

Nothing else writes `work_items.state` after an item's first insert.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, bindparam, insert, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from ledger import rowset
from ledger.work.moves import AT, LEASE, WHY, move
from ledger.work.states import HOLDER_EVENTS, Event, target
from ledger.work.tables import EVENT, STATE, EventRow

_COLUMNS: dict[str, BindParameter[Any]] = {
    "event": bindparam("by_event", type_=EVENT),
    "state": bindparam("to_state", type_=STATE),
    "at": AT,
    "lease_id": LEASE,
    "reason": WHY,
}
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
    """Move work items by `event` and return the ids that moved, in one guarded UPDATE, with an Event row for each.

    An id that does not come back is stale: it was not in a state that `event` leaves, or `lease_id` no longer holds
    it; whatever the caller computed for it must be dropped. `parameters` are those that `ledger.work.moves` names.
    Raises ValueError when the event needs a lease and none is named.
    """
    if lease_id is None and event in HOLDER_EVENTS | {Event.LEASE}:
        raise ValueError(f"{event} needs the lease that holds the items")
    if not ids:
        return []
    values = {"ids": ids, "at": now, "lease": lease_id, "why": reason} | parameters
    if session.get_bind().dialect.name == "postgresql":
        values |= {"by_event": event, "to_state": target(event)}
        return list(session.connection().execute(_move_and_record(event), values).scalars())
    moved = list(session.connection().execute(move(event), values).scalars())
    record(session, event, moved, now=now, lease_id=lease_id, reason=reason)
    return moved


@cache
def _move_and_record(event: Event) -> ReturningInsert[int]:
    """Both in one statement, for a database that a statement takes a while to reach."""
    moved = move(event).cte("moved")
    rows = select(moved.c.id, *_COLUMNS.values())
    return insert(EventRow).from_select(["item_id", *_COLUMNS], rows).returning(EventRow.item_id)


def record(
    session: Session,
    event: Event,
    ids: Sequence[int],
    *,
    now: datetime,
    lease_id: int | None = None,
    reason: str | None = None,
) -> None:
    """Append one Event row for each item; `advance` and the first insert of items are its only callers."""
    if ids:
        values = {"ids": ids, "at": now, "lease": lease_id, "why": reason}
        session.connection().execute(RECORD, values | {"by_event": event, "to_state": target(event)})
