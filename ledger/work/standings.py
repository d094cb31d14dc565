"""Where each job stands: how many of its items are in each state, and when it is its turn. Imports the schema.

Counts are kept, not counted: `advance` notes each move, and what a transaction moved is added to the rows just before
it commits, in the order of the jobs' ids. So a count is never asked of the items, two transactions never wait for each
other in a circle, and a row is held only while its transaction commits.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    String,
    Update,
    bindparam,
    event,
    func,
    update,
)
from sqlalchemy import select as select_
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, Session, mapped_column

from ledger.base import Base, BigId, UtcDateTime
from ledger.work.states import TERMINAL, Event, State, target

OPEN = tuple(state for state in State if state not in TERMINAL)
ITEM_COST = 256
"""What an item costs beside its bytes, in bytes: the share that is the same for short and long documents."""
PRIORITY_DOUBLES = 25
"""So many points of priority double a job's share; 100 points are sixteen times."""

_MOVES = "moves"
_WAITS = sql("available > 0 AND NOT halted")
_IS_OPEN = sql("open_items > 0")
_HAS_FLAGS = sql("flagged > 0")


class Standing(Base):
    """A job's counts and its turn; made when the job is accepted. `halted`: it was cancelled, nothing of it is leased.

    `turn` is its virtual time (A. Demers, S. Keshav, S. Shenker, "Analysis and simulation of a fair queueing
    algorithm", 1989): bytes that were leased over its weight, beginning at the turn of whoever was next when it came.
    """

    __tablename__ = "standings"
    __table_args__ = (
        CheckConstraint(" + ".join(OPEN) + " = open_items", name="open_is_what_has_not_ended"),
        *(CheckConstraint(f"{state} >= 0", name=f"{state}_counted") for state in State),
        Index("ix_standings_waiting", "queue", "turn", "job_id", sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index("ix_standings_oldest", "queue", "job_id", sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index("ix_standings_open", "job_id", sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
        Index("ix_standings_flagged", "job_id", sqlite_where=_HAS_FLAGS, postgresql_where=_HAS_FLAGS),
        Index("ix_standings_queue_completed_at", "queue", "completed_at"),
    )

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    queue: Mapped[str] = mapped_column(String(255))
    weight: Mapped[float] = mapped_column(Float)
    turn: Mapped[float] = mapped_column(Float)
    halted: Mapped[bool] = mapped_column(default=False)
    scheduled: Mapped[int] = mapped_column(default=0)
    blocked: Mapped[int] = mapped_column(default=0, server_default="0")
    available: Mapped[int] = mapped_column(default=0)
    running: Mapped[int] = mapped_column(default=0)
    retryable: Mapped[int] = mapped_column(default=0)
    completed: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[int] = mapped_column(default=0)
    discarded: Mapped[int] = mapped_column(default=0)
    flagged: Mapped[int] = mapped_column(default=0)
    open_items: Mapped[int] = mapped_column(default=0)
    open_bytes: Mapped[int] = mapped_column(BigId, default=0)
    done_bytes: Mapped[int] = mapped_column(BigId, default=0)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]

    def counts(self) -> dict[State, int]:
        """How many items are in each state."""
        return {state: getattr(self, state) for state in State}


def waits() -> tuple[ColumnElement[bool], ...]:
    """Whether something of a job may be leased, as the partial indexes know it."""
    return Standing.available > sql("0"), ~Standing.halted


def has_flags() -> ColumnElement[bool]:
    """Whether a result of a job has flags, as the partial index knows it."""
    return Standing.flagged > sql("0")


def is_open() -> ColumnElement[bool]:
    """Whether something of a job has not ended, as the partial index knows it."""
    return Standing.open_items > sql("0")


def weight(priority: int) -> float:
    """The share of a job of this priority, beside 1 of one of priority 0."""
    return float(2.0 ** (priority / PRIORITY_DOUBLES))


def open_(
    session: Session, job_id: str, *, queue: str, priority: int, items: int, size_bytes: int, blocked: int = 0
) -> None:
    """Begin the standing of a job that is accepted, all of its items available but those that are blocked.

    Its turn is one item after that of whoever is next: it catches nothing up, and a stream of new jobs, each of which
    came at the same turn, would keep all others waiting for ever.
    """
    following = session.scalar(select_(func.min(Standing.turn)).where(Standing.queue == queue, *waits())) or 0.0
    item_cost = size_bytes / max(1, items) + ITEM_COST
    standing = Standing(
        job_id=job_id,
        queue=queue,
        weight=weight(priority),
        turn=following + item_cost / weight(priority),
        available=items - blocked,
        blocked=blocked,
        open_items=items,
        open_bytes=size_bytes,
    )
    session.add(standing)
    session.flush()


def queue_of(session: Session, job_id: str) -> str | None:
    """The queue of a job; None where it was never accepted."""
    return session.scalar(select_(Standing.queue).where(Standing.job_id == job_id))


def depths(session: Session) -> dict[str, dict[State, int]]:
    """How many open items each queue has in each state; a queue and a state that have none are left out."""
    sums = [func.sum(getattr(Standing, state)) for state in OPEN]
    rows = session.execute(select_(Standing.queue, *sums).where(is_open()).group_by(Standing.queue))
    return {
        queue: {state: int(count) for state, count in zip(OPEN, counts, strict=True) if count}
        for queue, *counts in rows
    }


@dataclass(slots=True)
class Change:
    """What one transaction moved of one job."""

    by_state: dict[State, int] = field(default_factory=lambda: dict.fromkeys(State, 0))
    flagged: int = 0
    open_bytes: int = 0
    done_bytes: int = 0
    cost: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    completed_at: datetime | None = None

    def values(self) -> dict[str, Any]:
        """The columns that change, with what is added to each, or the time that is noted there."""
        changes: dict[str, Any] = {
            **{str(state): count for state, count in self.by_state.items()},
            "open_items": sum(self.by_state[state] for state in OPEN),
            "flagged": self.flagged,
            "open_bytes": self.open_bytes,
            "done_bytes": self.done_bytes,
            "turn": self.cost,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "completed_at": self.completed_at,
        }
        return {column: value for column, value in changes.items() if value}


@dataclass(frozen=True, slots=True)
class Moved:
    """An item that moved."""

    id: int
    job_id: str
    size_bytes: int
    flag_count: int
    feeds: bool


@cache
def _adding(columns: frozenset[str]) -> Update:
    """The UPDATE that adds to these columns alone: one that is named costs the work of its indexes, changed or not."""
    new: dict[str, Any] = {}
    for name in columns:
        old, more = getattr(Standing, name), f"more_{name}"
        match name:
            case "turn":
                new[name] = old + bindparam(more, type_=Float) / Standing.weight
            case "started_at":
                new[name] = func.coalesce(old, bindparam(more, type_=UtcDateTime))
            case "finished_at" | "completed_at":
                new[name] = bindparam(more, type_=UtcDateTime)
            case _:
                new[name] = old + bindparam(more, type_=BigId)
    return update(Standing).where(Standing.job_id == bindparam("job", type_=String)).values(new)


def note(session: Session, event: Event, source: State, moved: Iterable[Moved], *, now: datetime) -> None:
    """Take down that items went from `source` by `event`; `settle` adds it to the rows. `advance` alone calls this."""
    changes: dict[str, Change] = session.info.setdefault(_MOVES, defaultdict(Change))
    goal = target(event)
    for item in moved:
        change = changes[item.job_id]
        change.by_state[source] -= 1
        change.by_state[goal] += 1
        if goal in TERMINAL:
            change.open_bytes -= item.size_bytes
            change.done_bytes += item.size_bytes
            change.finished_at = now
        if event is Event.COMPLETE:
            change.completed_at = now
            change.flagged += item.flag_count > 0
        elif event is Event.LEASE:
            change.started_at = now
            change.cost += item.size_bytes + ITEM_COST
        elif event is Event.RELEASE:
            change.cost -= item.size_bytes + ITEM_COST


def settle(session: Session) -> None:
    """Add to the rows what the transaction has moved so far, for whoever reads them before it commits."""
    changes: dict[str, Change] = session.info.pop(_MOVES, {})
    if not changes:
        return
    # One statement a job, in the order of their ids: that is the order of the locks.
    values = [(job_id, changes[job_id].values()) for job_id in sorted(changes)]
    for columns, group in groupby(values, key=lambda one: frozenset(one[1])):
        rows = [{"job": job_id} | {f"more_{name}": value for name, value in more.items()} for job_id, more in group]
        if columns:
            session.connection().execute(_adding(columns), rows)


@event.listens_for(Session, "before_commit")
def _settle_all(session: Session) -> None:
    settle(session)
