"""Which items go into the next batch of a queue: of each job its portion, in its order. Imports the shares.

One that a worker died with goes alone. Where the documents are so large, or batches so small, that the oldest job and
whoever is next do not fit into one batch, chance has the oldest go first as often as its share says: by turns alone a
stream of small jobs would leave it next to nothing, and were it always first, it would leave them nothing.
"""

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Integer, Row, bindparam, cast, select, true
from sqlalchemy.orm import Session

from ledger import rowset
from ledger.work.leases.share import OLDEST_SHARE, Portion, portions
from ledger.work.states import State
from ledger.work.tables import WorkItem

WAITING = (
    select(WorkItem.id, WorkItem.job_id, WorkItem.size_bytes, WorkItem.alone)
    .where(WorkItem.state == State.AVAILABLE)
    .with_for_update(skip_locked=True, of=WorkItem)
)
OF_SOME = (
    WAITING.where(WorkItem.job_id.in_(bindparam("jobs", expanding=True)))
    .order_by(WorkItem.job_id, WorkItem.position)
    .limit(bindparam("most", type_=Integer))
)
OF_EACH = (
    WAITING.where(WorkItem.job_id == rowset.given("job"))
    .order_by(WorkItem.position)
    .limit(cast(rowset.given("most"), Integer))
    .lateral("waiting")
)
OF_ALL = select(*OF_EACH.c).select_from(rowset.GIVEN.join(OF_EACH, true()))
"""One statement for all portions, for a database that a statement takes a while to reach; SQLite has no LATERAL."""

Waiting = Row[int, str, int, bool]

CHANCE = random.SystemRandom()


def choose(session: Session, queue: str, now: datetime, max_items: int, max_bytes: int) -> tuple[list[int], bool]:
    """The items of the next batch of `queue`, locked, and whether it is one that must be alone.

    At most `max_items`, and beyond the first `max_bytes` of text.
    """
    shares = portions(session, queue, now=now, max_items=max_items)
    waiting = _waiting(session, shares)
    head = _head([share for share in shares if waiting[share.job_id]], waiting, max_items, max_bytes)
    if head is None:
        return [], False
    if head.alone or max_items == 1:
        return [head.id], head.alone
    chosen = {head.id: head.size_bytes}
    for share in sorted(shares, key=lambda share: not share.oldest):
        if share.oldest and len(shares) > 1:
            _fill(chosen, waiting[share.job_id][:1], max_bytes)
            _fill(chosen, waiting[share.job_id], max_bytes * OLDEST_SHARE)
        else:
            _fill(chosen, waiting[share.job_id], max_bytes)
    return list(chosen), False


def _head(
    shares: Sequence[Portion], waiting: dict[str, list[Waiting]], max_items: int, max_bytes: int
) -> Waiting | None:
    """The item that the batch is made for: that of the job whose turn it is, or else of the oldest one."""
    if not shares:
        return None
    head = waiting[shares[0].job_id][0]
    oldest = next((waiting[share.job_id][0] for share in shares if share.oldest), head)
    together = max_items > 1 and head.size_bytes + oldest.size_bytes <= max_bytes and not oldest.alone
    return head if together or CHANCE.random() >= OLDEST_SHARE else oldest


def _waiting(session: Session, shares: Sequence[Portion]) -> dict[str, list[Waiting]]:
    """The items of each portion in the order of their job."""
    found: dict[str, list[Waiting]] = {share.job_id: [] for share in shares}
    rows = _at_once(session, shares) if session.get_bind().dialect.name == "postgresql" else _in_turn(session, shares)
    for row in rows:
        found[row.job_id].append(row)
    return found


def _at_once(session: Session, shares: Sequence[Portion]) -> Iterable[Waiting]:
    given = [{"job": share.job_id, "most": share.items} for share in shares]
    return session.connection().execute(OF_ALL, {"rows": json.dumps(given)}) if given else ()


def _in_turn(session: Session, shares: Sequence[Portion]) -> Iterator[Waiting]:
    """Together where all of a job is in it, else job by job."""
    whole = [share for share in shares if share.whole]
    for some in [whole, *([share] for share in shares if not share.whole)]:
        if some:
            values = {"jobs": [share.job_id for share in some], "most": sum(share.items for share in some)}
            yield from session.connection().execute(OF_SOME, values)


def _fill(chosen: dict[int, int], rows: Sequence[Waiting], max_bytes: float) -> None:
    """Take rows in their order while the batch has at most `max_bytes`; one that must be alone waits for its turn."""
    size_bytes = sum(chosen.values())
    for row in rows:
        if row.alone or row.id in chosen:
            continue
        size_bytes += row.size_bytes
        if size_bytes > max_bytes:
            return
        chosen[row.id] = row.size_bytes
