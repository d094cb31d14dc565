"""Items that need others to complete first: the rows that say so, and who is freed. Imports the ledger's schema.

An item counts what it still awaits, and whoever ends what it needs moves that count: of two that end at once the second
waits for the first by the row, so that one of them sees that nothing is awaited any more.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from ledger import rowset
from ledger.errors import ConflictError
from ledger.work.states import TERMINAL, State
from ledger.work.tables import Dependency, WorkItem

_WAITING = (
    select(WorkItem.id)
    .where(
        WorkItem.id.in_(select(Dependency.item_id).where(rowset.among(Dependency.needs_id))),
        WorkItem.state == State.BLOCKED,
    )
    .order_by(WorkItem.id)
    .with_for_update()
)
_MET = (
    select(func.count())
    .where(Dependency.item_id == WorkItem.id, rowset.among(Dependency.needs_id))
    .correlate(WorkItem)
    .scalar_subquery()
)
_COUNT_DOWN = (
    update(WorkItem)
    .where(WorkItem.id.in_(_WAITING), WorkItem.state == State.BLOCKED)
    .values(awaits=WorkItem.awaits - _MET)
    .returning(WorkItem.id, WorkItem.awaits)
)
_OPEN = (
    select(WorkItem.id)
    .where(rowset.among(WorkItem.id), WorkItem.state.not_in(sorted(TERMINAL)))
    .order_by(WorkItem.id)
    .with_for_update()
)
_FEED = (
    update(WorkItem)
    .where(WorkItem.id.in_(_OPEN), WorkItem.state.not_in(sorted(TERMINAL)))
    .values(feeds=True)
    .returning(WorkItem.id)
)


def write(session: Session, needs: Mapping[int, Sequence[int]]) -> None:
    """Keep what each of these new items needs. Raises ConflictError when one of those has ended already."""
    needed = sorted({each for some in needs.values() for each in some})
    if not needed:
        return
    connection = session.connection()
    if set(connection.execute(_FEED, {"ids": needed}).scalars()) != set(needed):
        raise ConflictError("A document that others need has ended already.")
    rows = [{"item_id": item, "needs_id": each} for item, some in needs.items() for each in sorted(set(some))]
    connection.execute(insert(Dependency), rows)


def freed(session: Session, completed: Sequence[int]) -> list[int]:
    """Count these items as completed for those that need them, and return which of them await nothing any more."""
    rows = session.connection().execute(_COUNT_DOWN, {"ids": completed}).all()
    return [item for item, awaits in rows if not awaits]


def waiting(session: Session, ended: Sequence[int]) -> list[int]:
    """The items that are blocked by one of these."""
    return list(session.connection().execute(_WAITING, {"ids": ended}).scalars())
