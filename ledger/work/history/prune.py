"""Let go of the history of items that ended long ago: their events, never a result. Imports ranges and the schema."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import Select, delete, or_, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from ledger import rowset
from ledger.engine import Ledger, rest
from ledger.work.history.ranges import RANGE_ITEMS, Range, is_lock_wait, locking, newest_item, ranges
from ledger.work.tables import EventRow, WorkItem

STEP_EVENTS = 2000
"""Of one transaction, and the last item's others: about 500 items, as in a chunk of a submission."""
LOCK_TRIES = 50
WRITERS_SECONDS = 60.0
"""No transaction of ours writes for longer."""
ASK_SECONDS = 0.05
EVENTS = "events"
FIRST_LATER = text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
OLDEST_RUNNING = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
"""Numbers of transactions that write: the next to be given, and the least that has not ended."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went: whole ranges by name, whose events nobody counted, and the events deleted one by one beside them."""

    ranges: list[str]
    events: int


def prune(ledger: Ledger, before: datetime) -> Pruned:
    """Delete the events of every item that ended before that time, in short transactions.

    Where it is broken off, calling it again goes on. An item has all of its history or none of it. A straggler whose
    id a clock that was set back put behind newer ones stays until `before` is later.
    """
    dropped = [] if ledger.is_sqlite else _drop_ranges(ledger, before)
    return Pruned(dropped, _delete(ledger, before))


def _delete(ledger: Ledger, before: datetime) -> int:
    """Walk through the events in the order of their items, oldest first, until all are younger than `before`."""
    after, deleted = 0, 0
    while True:
        started = time.monotonic()
        with ledger.read() as session:
            found = session.execute(_next(after)).all()
            if not found or all(row.at >= before for row in found):
                return deleted
            after = found[-1].item_id
            ended = _ended(session, sorted({row.item_id for row in found}), before)
        if ended:
            with ledger.write("prune") as session:
                deleted += _delete_of(session, ended)
        rest(started)


def _next(after: int) -> Select[int, datetime]:
    """Events of the items behind this one. They are not grouped: whole ranges would be, where statistics are old."""
    events = select(EventRow.item_id, EventRow.at).where(EventRow.item_id > after)
    return events.order_by(EventRow.item_id).limit(STEP_EVENTS)


def _ended(session: Session, items: Sequence[int], before: datetime) -> Sequence[int]:
    """Those of these items that ended before that time, in the order of their ids."""
    ended = select(WorkItem.id).where(rowset.among(WorkItem.id), WorkItem.finished_at < before).order_by(WorkItem.id)
    return session.connection().execute(ended, {"ids": items}).scalars().all()


def _delete_of(session: Session, items: Sequence[int]) -> int:
    """Of these items, in the order of their ids: PostgreSQL reads the ranges between the first and the last alone."""
    within = EventRow.item_id.between(items[0], items[-1])
    gone = delete(EventRow).where(within, rowset.among(EventRow.item_id)).returning(EventRow.id)
    return len(session.connection().execute(gone, {"ids": items}).all())


def _drop_ranges(ledger: Ledger, before: datetime) -> list[str]:
    """Drop every range of events all of whose items ended before that time, where its lock can be had."""
    with ledger.read() as session:
        newest = newest_item(session)
        closed = [one for one in ranges(session, EVENTS) if one.end is not None and one.end <= newest]
    if not closed or not _writers_ended(ledger):
        return []
    return [one.name for one in closed if _is_over(ledger, one, before) and _drop(ledger, one)]


def _writers_ended(ledger: Ledger) -> bool:
    """Wait until every item whose id was given by now is there to be seen, or never will be; False where it lasts."""
    with ledger.read() as session:
        first_later = session.scalars(FIRST_LATER).one()
    deadline = time.monotonic() + WRITERS_SECONDS
    while time.monotonic() < deadline:
        with ledger.read() as session:
            if session.scalars(OLDEST_RUNNING).one() >= first_later:
                return True
        time.sleep(ASK_SECONDS)
    return False


def _is_over(ledger: Ledger, one: Range, before: datetime) -> bool:
    """Whether every item of a range ended before that time; asked in parts, as the first range may be a large one."""
    end = one.end or 0
    for start, stop in pairwise([*range(one.first or 0, end, RANGE_ITEMS), end]):
        later = select(WorkItem.id).where(
            WorkItem.id >= start,
            WorkItem.id < stop,
            or_(WorkItem.finished_at.is_(None), WorkItem.finished_at >= before),
        )
        with ledger.read() as session:
            if session.scalar(later.limit(1)) is not None:
                return False
    return True


def _drop(ledger: Ledger, one: Range) -> bool:
    """False when others held the table all the time: then its rows are deleted as everywhere."""
    for _ in range(LOCK_TRIES):
        started = time.monotonic()
        try:
            with locking(ledger, EVENTS) as connection:
                connection.exec_driver_sql(f"DROP TABLE {one.name}")
                return True
        except OperationalError as error:
            if not is_lock_wait(error):
                raise
        rest(started)
    return False
