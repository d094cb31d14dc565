"""The one function that moves a work item, and the record of each move. Imports the ledger's states and schema.

Nothing else writes `work_items.state` after an item's first insert.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, insert, update
from sqlalchemy.orm import Session

from ledger.schema import EventRow, WorkItem
from ledger.states import HOLDER_EVENTS, TERMINAL, Event, State, sources, target


def advance(
    session: Session,
    event: Event,
    ids: Sequence[int] | Select[int],
    *,
    now: datetime,
    lease_id: int | None = None,
    reason: str | None = None,
    changes: Mapping[str, Any] | None = None,
) -> list[int]:
    """Move work items by `event` and return the ids that moved, in one guarded UPDATE, with an Event row for each.

    An id that does not come back is stale: it was not in a state that `event` leaves, or `lease_id` no longer holds
    it; whatever the caller computed for it must be dropped. `changes` sets further columns.
    Raises ValueError when the event needs a lease and none is named.
    """
    if lease_id is None and event in HOLDER_EVENTS | {Event.LEASE}:
        raise ValueError(f"{event} needs the lease that holds the items")
    goal = target(event)
    values: dict[str, Any] = {"state": goal, "lease_id": lease_id if goal is State.RUNNING else None}
    if goal in TERMINAL:
        values |= {"finished_at": now, "reason": reason}
    guard: list[ColumnElement[bool]] = [WorkItem.id.in_(ids), WorkItem.state.in_(sources(event))]
    if event in HOLDER_EVENTS:
        guard.append(WorkItem.lease_id == lease_id)
    statement = update(WorkItem).where(*guard).values(values | dict(changes or {})).returning(WorkItem.id)
    moved = list(session.scalars(statement.execution_options(synchronize_session=False)))
    record(session, event, moved, now=now, lease_id=lease_id, reason=reason)
    return moved


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
        row = {"event": event, "state": target(event), "at": now, "lease_id": lease_id, "reason": reason}
        session.execute(insert(EventRow), [row | {"item_id": item_id} for item_id in ids])
