"""What each event writes into a work item: one guarded UPDATE for each, built once. Imports the ledger's schema.

Parameters of the statements: `ids`, `at` (the time), `lease`, `why` (the reason) and those that `_changes` names.
"""

from functools import cache
from typing import Any

from sqlalchemy import Integer, String, Text, bindparam, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.dml import ReturningUpdate

from ledger import rowset
from ledger.base import BigId, UtcDateTime
from ledger.work.states import HOLDER_EVENTS, TERMINAL, Event, State, target
from ledger.work.tables import Lease, WorkItem

AT = bindparam("at", type_=UtcDateTime)
LEASE = bindparam("lease", type_=BigId)
WHY = bindparam("why", type_=String)
RETURNED = ("id", "job_id", "size_bytes", "flag_count", "feeds")
"""The columns that a move returns, in the order of `standings.Moved`."""
_LOCKED_LEASE = select(select(Lease.id).where(Lease.id == LEASE).with_for_update().cte("lease").c.id).scalar_subquery()


@cache
def move(event: Event, source: State, *, in_order: bool = False) -> ReturningUpdate[int, str, int, int, bool]:
    """The UPDATE that moves those of the items `ids` that are in `source`, returning what `standings.Moved` holds.

    Where the event ends a lease it moves an item only while `lease` holds the item. With `in_order` the rows are
    locked by their ids first, and the lease before them, so that two transactions never wait for each other in a
    circle; it needs FOR UPDATE.
    """
    goal = target(event)
    values: dict[Any, Any] = {"state": goal, "lease_id": LEASE if goal is State.RUNNING else None}
    if goal in TERMINAL:
        values |= {"finished_at": AT, "reason": WHY}
    guard = [rowset.among(WorkItem.id), WorkItem.state == source]
    if event in HOLDER_EVENTS:
        guard.append(WorkItem.lease_id == LEASE)
    if in_order:
        mine = aliased(WorkItem)
        rows = select(mine.id).where(rowset.among(mine.id))
        if event in HOLDER_EVENTS:  # no row is looked at before this one value is known, and so the lease is locked
            rows = rows.where(mine.lease_id == _LOCKED_LEASE)
        held = rows.order_by(mine.id).with_for_update(of=mine).cte("held")
        guard.append(WorkItem.id.in_(select(held.c.id)))
    changes = {column.key: value for column, value in _changes(event).items()}
    moved = update(WorkItem).where(*guard).values(values | changes)
    return moved.returning(WorkItem.id, WorkItem.job_id, WorkItem.size_bytes, WorkItem.flag_count, WorkItem.feeds)


def _changes(event: Event) -> dict[InstrumentedAttribute[Any], Any]:
    item = WorkItem
    error = {item.error_code: bindparam("code", None, String), item.error_message: bindparam("message", None, Text)}
    later = func.coalesce(bindparam("again_at", None, UtcDateTime), AT)
    charge = {
        item.deaths: item.deaths + bindparam("more_deaths", 0, Integer),
        item.timeouts: item.timeouts + bindparam("more_timeouts", 0, Integer),
    }
    match event:
        case Event.LEASE:
            return {item.attempt: item.attempt + 1, item.started_at: func.coalesce(item.started_at, AT)}
        case Event.RELEASE:
            return {item.attempt: item.attempt - 1}
        case Event.LAPSE:
            return {item.attempt: item.attempt - 1, item.available_at: later, item.alone: True} | charge
        case Event.FAIL:
            return {item.available_at: later} | error
        case Event.EXHAUST:
            return error | charge
        case Event.STRAND:
            return error
        case Event.COMPLETE:
            return {item.flag_count: rowset.number("flag_counts", item.id)}
        case _:
            return {}
