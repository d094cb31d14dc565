"""Corpora and schedules: add, list, pause, and fire what is due into jobs. Imports the ledger and cronsim."""

import os
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ledger.base import new_id
from ledger.catalog import decisions
from ledger.catalog.choice import choose, pin
from ledger.catalog.decisions import Moment
from ledger.catalog.models import queue_name
from ledger.catalog.policy import Policy, Purpose
from ledger.corpora.clock import local
from ledger.corpora.scan import DEFAULT_GLOBS, is_directory, read, scan, unprocessed
from ledger.corpora.tables import Corpus, Schedule, Tick
from ledger.errors import ConflictError, InvalidRequestError, LedgerError, LicenseDeniedError, NotFoundError
from ledger.names import LONGEST_NAME, check
from ledger.work.jobs.submit import NewJob, submit


def add_corpus(
    session: Session,
    *,
    name: str,
    directory: Path,
    globs: Sequence[str] = DEFAULT_GLOBS,
    language: str | None = None,
    now: datetime,
) -> Corpus:
    """Register a directory. Raises InvalidRequestError when it is none, ConflictError when the name is taken."""
    check(name=name, directory=str(directory), language=language)
    if not is_directory(directory):
        raise InvalidRequestError(f"{directory} is not a directory.", pointer="/directory")
    for glob in globs:
        _check_glob(glob)
    if session.scalar(select(Corpus.id).where(Corpus.name == name)):
        raise ConflictError(f"A corpus named {name} exists already.", pointer="/name")
    corpus = Corpus(
        id=new_id("cor"),
        name=name,
        directory=str(directory.resolve()),
        globs=list(globs),
        language=language,
        created_at=now,
    )
    session.add(corpus)
    session.flush()
    return corpus


def _check_glob(glob: str) -> None:
    check(globs=glob)
    if glob.startswith("/") or ".." in Path(glob).parts:
        raise InvalidRequestError(f"The glob {glob} leaves the directory.", pointer="/globs")
    try:
        list(Path(os.devnull).glob(glob))
    except (ValueError, IndexError, NotImplementedError, re.error) as error:
        raise InvalidRequestError(f"“{glob}” is no pattern of file names: {error}", pointer="/globs") from error


def corpus_named(session: Session, name: str) -> Corpus:
    """A corpus by its name or id. Raises NotFoundError."""
    corpus = session.scalar(select(Corpus).where((Corpus.name == name) | (Corpus.id == name)))
    if corpus is None:
        raise NotFoundError(f"No corpus is named {name}.")
    return corpus


def schedule_named(session: Session, name: str) -> Schedule:
    """A schedule by its name or id. Raises NotFoundError."""
    schedule = session.scalar(select(Schedule).where((Schedule.name == name) | (Schedule.id == name)))
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
        ticks = CronSim(cron, after.astimezone(zone))
        return [next(ticks).astimezone(after.tzinfo) for _ in range(count)]
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

    It keeps to that revision: a newer one is used when somebody promotes it (`ledger.corpora.promotion`).
    """
    check(name=name, model=model_name)
    if session.scalar(select(Schedule.id).where(Schedule.name == name)):
        raise ConflictError(f"A schedule named {name} exists already.", pointer="/name")
    choice = choose(session, task=task, pair=_pair(parameters), purpose=purpose, asked=model_name, policy=policy)
    schedule = Schedule(
        id=new_id("sch"),
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
    """Fire again from the next time on; times missed meanwhile are skipped."""
    schedule.next_tick_at = next_ticks(schedule.cron, schedule.time_zone, now)[0]


def due(session: Session, *, now: datetime) -> Sequence[tuple[str, datetime]]:
    """Id and time of every schedule whose time has come."""
    statement = select(Schedule.id, Schedule.next_tick_at).where(Schedule.next_tick_at <= now)
    return [(schedule_id, tick_at) for schedule_id, tick_at in session.execute(statement) if tick_at]


def fire(session: Session, schedule_id: str, tick_at: datetime, *, policy: Policy, now: datetime) -> Tick | None:
    """Make the job of one tick, once: the tick's row, its job and the schedule's next time are one transaction.

    None when another process fired it. A late tick fires once, however many times were missed meanwhile.
    """
    schedule = session.get_one(Schedule, schedule_id)
    upcoming = next_ticks(schedule.cron, schedule.time_zone, max(now, tick_at + timedelta(seconds=1)))[0]
    claimed = session.scalar(
        update(Schedule)
        .where(Schedule.id == schedule_id, Schedule.next_tick_at == tick_at)
        .values(next_tick_at=upcoming)
        .returning(Schedule.id)
    )
    return None if claimed is None else run(session, schedule, tick_at, policy=policy, now=now)


def run(session: Session, schedule: Schedule, tick_at: datetime, *, policy: Policy, now: datetime) -> Tick:
    """Process what is new or changed as the job of `tick_at`; a refusal is kept on the tick instead of raised."""
    tick = Tick(schedule_id=schedule.id, tick_at=tick_at, fired_at=now)
    try:
        with session.begin_nested():
            tick.job_id = _job(session, schedule, tick_at, policy, now)
    except LedgerError as error:
        tick.error = error.message[:1024]
        if isinstance(error, LicenseDeniedError):
            decisions.note_refusal(session, error, Purpose(schedule.purpose), now=now)
    session.add(tick)
    session.flush()
    return tick


def _job(session: Session, schedule: Schedule, tick_at: datetime, policy: Policy, now: datetime) -> str | None:
    corpus = session.get_one(Corpus, schedule.corpus_id)
    scan(session, corpus, now=now)
    session.flush()
    sources = unprocessed(session, corpus, schedule.id)
    if not sources:
        return None
    pair = _pair(schedule.parameters)
    purpose = Purpose(schedule.purpose)
    choice = choose(session, task=schedule.task, pair=pair, purpose=purpose, asked=schedule.model_name, policy=policy)
    asked = NewJob(
        task=schedule.task,
        model_id=choice.model.id,
        queue=queue_name(schedule.task, choice.model),
        parameters=schedule.parameters,
        purpose=schedule.purpose,
        name=_job_name(schedule, tick_at),
        schedule_id=schedule.id,
        tick_at=tick_at,
    )
    job_id = submit(session, asked, read(corpus, sources), now=now)
    decisions.note(session, {job_id: choice}, Moment.SUBMIT, now=now)
    return job_id


def _job_name(schedule: Schedule, tick_at: datetime) -> str:
    """The schedule's name and its time, within what the column of a name holds."""
    time = local(tick_at, schedule.time_zone)
    return f"{schedule.name[: LONGEST_NAME - len(time) - 1]} {time}"


def _pair(parameters: dict[str, Any]) -> tuple[str, str] | None:
    return (parameters["from"], parameters["to"]) if "from" in parameters else None
