"""The circuit breaker of a queue: rest when workers keep dying on it. Imports the ledger's schema.

Deaths are counted from the last completion in the queue, within a window. A queue that trips rests, and then every
further death trips it at once, for twice as long, until it completes something (M. Nygard, "Release It!", 2007).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from ledger.upsert import insert_missing
from ledger.work.standings import Standing
from ledger.work.tables import Breaker

MAX_DEATHS = 5
WINDOW_SECONDS = 300.0
LONGEST_PAUSE_SECONDS = 3600.0


def count_death(session: Session, queue: str, *, now: datetime, pause_seconds: float) -> None:
    """Count one death of a worker that held items of `queue`; at MAX_DEATHS the queue rests."""
    insert_missing(session, Breaker, [{"queue": queue, "deaths": 0, "died_at": now, "trips": 0}], ["queue"])
    breaker = session.get_one(Breaker, queue, with_for_update=True, populate_existing=True)
    if _completed_since(session, breaker):
        breaker.deaths = breaker.trips = 0
    if not breaker.trips and now - breaker.died_at > timedelta(seconds=WINDOW_SECONDS):
        breaker.deaths = 0
    breaker.deaths += 1
    breaker.died_at = now
    if breaker.deaths >= MAX_DEATHS:
        rest_seconds = min(LONGEST_PAUSE_SECONDS, pause_seconds * 2.0 ** min(breaker.trips, 32))
        breaker.open_until = now + timedelta(seconds=rest_seconds)
        breaker.trips += 1
    session.flush()


def resting(session: Session, *, now: datetime) -> Sequence[Breaker]:
    """The queues that rest now."""
    return session.scalars(select(Breaker).where(Breaker.open_until > now).order_by(Breaker.queue)).all()


def put_right(session: Session, *, now: datetime) -> None:
    """Have rests that a clock which ran ahead wrote begin now: none lasts longer than its pause from here on."""
    longest = timedelta(seconds=LONGEST_PAUSE_SECONDS)
    ahead = select(Breaker).where(or_(Breaker.died_at > now, Breaker.open_until > now + longest))
    for breaker in session.scalars(ahead.order_by(Breaker.queue).with_for_update(skip_locked=True)):
        if breaker.open_until is not None:
            breaker.open_until = now + min(breaker.open_until - breaker.died_at, longest)
        breaker.died_at = now
    session.flush()


def close(session: Session, queue: str) -> None:
    """Forget the deaths of `queue`: an operator says that it is well."""
    session.execute(delete(Breaker).where(Breaker.queue == queue))


def _completed_since(session: Session, breaker: Breaker) -> bool:
    """Whether the queue completed anything after the last death: asked at deaths, to cost the completions nothing."""
    completed = select(Standing.job_id).where(Standing.queue == breaker.queue, Standing.completed_at > breaker.died_at)
    return session.scalars(completed.limit(1)).first() is not None
