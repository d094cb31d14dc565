"""The circuit breaker of a queue: rest when workers keep dying on it. Imports the ledger's schema.

Deaths are counted from the last completion in the queue, within a window. A queue that trips rests, and then every
further death trips it at once, for twice as long, until it completes something (M. Nygard, "Release It!", 2007).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import String, bindparam, delete, select
from sqlalchemy.orm import Session

from ledger.base import BigId, UtcDateTime
from ledger.schema import Breaker, Lease

MAX_DEATHS = 5
WINDOW_SECONDS = 300.0
LONGEST_PAUSE_SECONDS = 3600.0

OF_LEASE = select(Lease.queue).where(Lease.id == bindparam("lease", type_=BigId))
CLOSE_BY = delete(Breaker).where(Breaker.queue == OF_LEASE.scalar_subquery())
REST = select(Breaker.queue).where(
    Breaker.queue == bindparam("here", type_=String), Breaker.open_until > bindparam("now", type_=UtcDateTime)
)


def count_death(session: Session, queue: str, *, now: datetime, pause_seconds: float) -> None:
    """Count one death of a worker that held items of `queue`; at MAX_DEATHS the queue rests."""
    breaker = session.get(Breaker, queue, with_for_update=True)
    if breaker is None:
        breaker = Breaker(queue=queue, deaths=0, died_at=now, trips=0)
        session.add(breaker)
    if not breaker.trips and now - breaker.died_at > timedelta(seconds=WINDOW_SECONDS):
        breaker.deaths = 0
    breaker.deaths += 1
    breaker.died_at = now
    if breaker.deaths >= MAX_DEATHS:
        rest_seconds = min(LONGEST_PAUSE_SECONDS, pause_seconds * 2.0 ** min(breaker.trips, 32))
        breaker.open_until = now + timedelta(seconds=rest_seconds)
        breaker.trips += 1
    session.flush()


def is_open(session: Session, queue: str, *, now: datetime) -> bool:
    """Whether `queue` rests."""
    return session.connection().execute(REST, {"here": queue, "now": now}).first() is not None


def resting(session: Session, *, now: datetime) -> Sequence[Breaker]:
    """The queues that rest now."""
    return session.scalars(select(Breaker).where(Breaker.open_until > now).order_by(Breaker.queue)).all()


def close(session: Session, queue: str) -> None:
    """Forget the deaths of `queue`: an operator says that it is well."""
    session.execute(delete(Breaker).where(Breaker.queue == queue))


def close_by(session: Session, lease_id: int) -> None:
    """Forget the deaths of the queue of a lease that completed something."""
    session.connection().execute(CLOSE_BY, {"lease": lease_id})
