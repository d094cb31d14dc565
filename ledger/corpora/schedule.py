"""Schedules: add one, find one, pause and resume it, tell its times. Imports the ledger and cronsim."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ledger.access.tables import DEFAULT_TENANT
from ledger.base import new_id
from ledger.catalog.choice import choose, pin
from ledger.catalog.gate.policy import Policy, Purpose
from ledger.catalog.wishes import wish
from ledger.corpora.tables import Corpus, Schedule
from ledger.engine import Clock, Ledger
from ledger.errors import ConflictError, InvalidRequestError, NotFoundError
from ledger.names import check

BEGINNING = datetime.min.replace(tzinfo=UTC)


def schedule_named(session: Session, name: str, *, tenant_id: str = DEFAULT_TENANT) -> Schedule:
    """A schedule of the tenant by its name or id. Raises NotFoundError."""
    mine = select(Schedule).where(Schedule.tenant_id == tenant_id)
    schedule = session.scalar(mine.where((Schedule.name == name) | (Schedule.id == name)))
    if schedule is None:
        raise NotFoundError(f"No schedule is named {name}.")
    return schedule


def next_ticks(cron: str, time_zone: str, after: datetime, count: int = 1) -> list[datetime]:
    """The next times of a cron line in its zone, as UTC; DST gaps and folds as Debian's cron treats them.

    Raises InvalidRequestError for a line or zone that cannot be read.
    """
    check(cron=cron, time_zone=time_zone)
    try:
        zone = ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidRequestError(f"“{time_zone}” is no known time zone.", pointer="/time_zone") from error
    try:
        ticks = (tick.astimezone(after.tzinfo) for tick in CronSim(cron, after.astimezone(zone)))
        later = (tick for tick in ticks if tick > after)  # in the second of two equal hours it names one of the first
        return [next(later) for _ in range(count)]
    except (CronSimError, ValueError, OverflowError, StopIteration) as error:
        raise InvalidRequestError(f"“{cron}” is no cron line: {error}", pointer="/cron") from error


def add_schedule(
    session: Session,
    *,
    name: str,
    corpus: Corpus,
    cron: str,
    time_zone: str,
    task: str,
    parameters: dict[str, Any],
    purpose: Purpose,
    model_name: str | None = None,
    policy: Policy,
    now: datetime,
) -> Schedule:
    """Register a schedule whose model exists and is permitted now. Raises a LedgerError that says what is wrong.

    It belongs to the tenant of its corpus, and keeps to that revision: a newer one is used when somebody promotes it
    (`ledger.corpora.promotion`).
    """
    check(name=name, model=model_name)
    if session.scalar(select(Schedule.id).where(Schedule.tenant_id == corpus.tenant_id, Schedule.name == name)):
        raise ConflictError(f"A schedule named {name} exists already.", pointer="/name")
    choice = choose(session, task=task, purpose=purpose, asked=model_name, policy=policy, **wish(parameters))
    schedule = Schedule(
        id=new_id("sch"),
        tenant_id=corpus.tenant_id,
        name=name,
        corpus_id=corpus.id,
        task=task,
        model_name=pin(choice.model),
        parameters=parameters,
        purpose=purpose,
        cron=cron,
        time_zone=time_zone,
        next_tick_at=next_ticks(cron, time_zone, now)[0],
        created_at=now,
    )
    session.add(schedule)
    session.flush()
    return schedule


def pause(schedule: Schedule) -> None:
    """Stop firing until `resume`."""
    schedule.next_tick_at = None


def resume(schedule: Schedule, *, now: datetime) -> None:
    """Fire again from the next time on; times missed meanwhile are skipped, and what went wrong is forgotten."""
    schedule.error, schedule.failures, schedule.retry_at = None, 0, None
    schedule.next_tick_at = next_ticks(schedule.cron, schedule.time_zone, now)[0]


def put_right(ledger: Ledger, *, clock: Clock | None = None) -> int:
    """Have schedules wait for the next time of their rule that a clock which ran ahead had wait for a later one.

    Returns how many there were.
    """
    clock = clock or ledger.now
    rows = select(Schedule.id, Schedule.cron, Schedule.time_zone, Schedule.next_tick_at)
    with ledger.read() as session:
        now = clock(session)
        waiting = session.execute(rows.where(Schedule.next_tick_at > now)).all()
    late = [row for row in waiting if row.next_tick_at and _preceding(row.cron, row.time_zone, row.next_tick_at) > now]
    for row in late:
        unmoved = update(Schedule).where(Schedule.id == row.id, Schedule.next_tick_at == row.next_tick_at)
        upcoming = next_ticks(row.cron, row.time_zone, now)[0]
        with ledger.write("put_right") as session:
            session.execute(unmoved.values(next_tick_at=upcoming).execution_options(synchronize_session=False))
    return len(late)


@lru_cache(maxsize=10_000)
def _preceding(cron: str, time_zone: str, tick: datetime) -> datetime:
    """The time of the rule before `tick`, which no schedule waits beyond; the beginning of time where there is none."""
    try:
        before = next(CronSim(cron, tick.astimezone(ZoneInfo(time_zone)), reverse=True))
    except (CronSimError, KeyError, ValueError, OSError, OverflowError, StopIteration):
        return BEGINNING
    return before.astimezone(tick.tzinfo)
