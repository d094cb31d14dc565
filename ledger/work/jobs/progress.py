"""How far items are inside their documents while they run, and how long a job still takes. Imports the ledger.

A worker tells it with each heartbeat, on the row of its lease: what it says of a lease that has ended is kept nowhere,
and what it said goes with the lease.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import rowset
from ledger.work.states import State
from ledger.work.tables import Lease, WorkItem


@dataclass(frozen=True, slots=True)
class Portion:
    """How far one document is: its segments done, of all that are known, and how much of the work that is, 0 to 1."""

    done: int
    total: int
    share: float


@dataclass(frozen=True, slots=True)
class Told:
    """What a worker says of a lease: the seconds that its model has run, and the long documents by their items."""

    seconds: float
    portions: Mapping[int, Portion]

    def as_json(self) -> dict[str, Any]:
        """As the lease's row keeps it."""
        items = {str(item): [one.done, one.total, round(one.share, 4)] for item, one in self.portions.items()}
        return {"seconds": round(self.seconds, 1), "items": items}

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "Told":
        """What `as_json` made."""
        return cls(kept["seconds"], {int(item): Portion(*one) for item, one in kept["items"].items()})


@dataclass(frozen=True, slots=True)
class Running:
    """An item that runs and of which its worker has told; the seconds are those of its lease under the model."""

    item_id: int
    job_id: str
    size_bytes: int
    seconds: float
    portion: Portion


def running(session: Session, job_ids: Collection[str]) -> list[Running]:
    """The items of these jobs that run and are told of."""
    if not job_ids:
        return []
    under_way = select(WorkItem.lease_id).where(WorkItem.job_id.in_(job_ids), WorkItem.state == State.RUNNING)
    leases = select(Lease.id, Lease.progress).where(Lease.progress.is_not(None), Lease.id.in_(under_way))
    told = {lease_id: Told.of_json(kept) for lease_id, kept in session.execute(leases) if kept}
    ids = [item for one in told.values() for item in one.portions]
    if not ids:
        return []
    columns = select(WorkItem.id, WorkItem.job_id, WorkItem.size_bytes, WorkItem.lease_id)
    items = columns.where(rowset.among(WorkItem.id), WorkItem.job_id.in_(job_ids), WorkItem.state == State.RUNNING)
    return [
        Running(item_id, job_id, size_bytes, told[lease_id].seconds, told[lease_id].portions[item_id])
        for item_id, job_id, size_bytes, lease_id in session.execute(items, {"ids": ids})
        if lease_id in told and item_id in told[lease_id].portions
    ]


def seconds_left(
    open_bytes: int, done_bytes: int, started: datetime | None, under_way: Sequence[Running], now: datetime
) -> float | None:
    """How long a job still takes, by the bytes of what is open and done; None where nothing says so yet.

    Where most of what is left lies in documents that are told of, their own speed decides: a job of few documents may
    have waited for a worker, or have begun a second time. Otherwise all that was done since the start does.
    """
    inside = sum(one.size_bytes * one.portion.share for one in under_way)
    left = open_bytes - inside
    left_inside = sum(one.size_bytes for one in under_way) - inside
    if inside and 2 * left_inside >= left:
        speed = sum(one.size_bytes * one.portion.share / max(one.seconds, 0.1) for one in under_way)
        return round(left / speed, 1)
    if started is None or not done_bytes + inside:
        return None
    return round(left * (now - started).total_seconds() / (done_bytes + inside), 1)
