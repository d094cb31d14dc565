"""Who is next in a queue: how much of a batch each job gets. Imports the standings.

Weighted fair queuing by bytes (A. Demers, S. Keshav, S. Shenker, "Analysis and simulation of a fair queueing
algorithm", 1989): the job with the least turn is served, and what it is served moves its turn on, the less the more
its priority weighs. A share of each batch is the oldest job's whatever its turn is: many small jobs that keep coming
would otherwise leave a large one next to nothing.
"""

import heapq
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import Integer, String, bindparam, exists, select
from sqlalchemy.orm import Session

from ledger.base import UtcDateTime
from ledger.work.standings import ITEM_COST, Standing, waits
from ledger.work.tables import Breaker

OLDEST_SHARE = 0.45
GRAIN_ITEMS = 32
"""So many items of one job are taken together before the turns are compared again."""

QUEUE = bindparam("here", type_=String)
COLUMNS = (
    Standing.job_id,
    Standing.turn,
    Standing.weight,
    Standing.available,
    Standing.open_items,
    Standing.open_bytes,
)
AWAKE = ~exists().where(Breaker.queue == QUEUE, Breaker.open_until > bindparam("now", type_=UtcDateTime))
HERE = select(*COLUMNS).where(Standing.queue == QUEUE, *waits(), AWAKE)
NEXT = HERE.order_by(Standing.turn, Standing.job_id).limit(bindparam("most", type_=Integer))
OLDEST = HERE.order_by(Standing.job_id).limit(1)


@dataclass(slots=True)
class Portion:
    """What one job gets of a batch: at most `items` of the `available` that wait.

    `cost` is what one of its items moves its turn by, on the average; `oldest`: a share of the batch is its own.
    """

    job_id: str
    available: int
    cost: float
    items: int = 0
    oldest: bool = False

    @property
    def whole(self) -> bool:
        """Whether all that waits of the job is in it."""
        return self.items >= self.available


def portions(session: Session, queue: str, *, now: datetime, max_items: int) -> list[Portion]:
    """The portions of the next batch of `queue`, the one with the least turn first.

    Empty when nothing waits, or while the queue rests. Where a batch has room for one item, the oldest job's and that
    of whoever is next are in it both, for `ledger.work.leases.batch` to choose.
    """
    values = {"here": queue, "now": now}
    connection = session.connection()
    rows = list(connection.execute(NEXT, values | {"most": max_items}))
    if not rows:
        return []
    oldest = min(rows, key=lambda row: row.job_id)
    if len(rows) == max_items:  # there may be more; between two statements the oldest may have ended
        oldest = connection.execute(OLDEST, values).first() or oldest
        rows.append(oldest)
    turns = {row.job_id: row.turn for row in rows}
    found = {row.job_id: Portion(row.job_id, row.available, _cost(row)) for row in rows}
    first = found[oldest.job_id]
    first.oldest = True
    first.items = min(first.available, ceil(OLDEST_SHARE * max_items))
    _share_out(found, turns, max(max_items - first.items, 1))
    return [portion for portion in found.values() if portion.items]


def _cost(row: Any) -> float:
    return float((row.open_bytes / max(1, row.open_items) + ITEM_COST) / row.weight)


def _share_out(found: dict[str, Portion], turns: dict[str, float], left: int) -> None:
    """Give `left` items to the jobs in the order of their turns, which what they have already moves on."""
    waiting = [(turn + found[job_id].items * found[job_id].cost, job_id) for job_id, turn in turns.items()]
    heapq.heapify(waiting)
    while left and waiting:
        turn, job_id = heapq.heappop(waiting)
        portion = found[job_id]
        given = min(GRAIN_ITEMS, portion.available - portion.items, left)
        portion.items += given
        left -= given
        if given and not portion.whole:
            heapq.heappush(waiting, (turn + given * portion.cost, job_id))
