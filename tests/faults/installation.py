"""The ledger of one campaign: tables, two models on paper, schedules and their corpora. Imports the ledger."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Select, func, select, update
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

import migrations
from ledger.base import utc_now
from ledger.catalog import models
from ledger.catalog.gate import policy
from ledger.catalog.gate.policy import Purpose
from ledger.corpora import schedule
from ledger.corpora.corpus import add_corpus
from ledger.corpora.tables import Schedule
from ledger.engine import Ledger, rest
from ledger.work.stamps import key
from ledger.work.standings import Standing
from ledger.work.tables import Worker
from tests.faults import corpora, paper

SETTINGS: dict[str, Any] = {
    "host": "127.0.0.1",
    "log_format": "json",
    "device": "cpu",
    "threads": 1,
    "lease_seconds": 3,
    "heartbeat_seconds": 0.7,
    "poll_seconds": 0.5,
    "sweep_seconds": 0.5,
    "slice_seconds": 5,
    "deadline_seconds": 4,
    "load_deadline_seconds": 8,
    "pause_seconds": 0.5,
    "batch_items": 32,
    "growth_bytes": 50_000_000,
    "max_open_documents": 600,
    "accept_free_share": 0.02,
    "work_free_share": 0.01,
}
"""Short times, so that half a minute sees many leases. As in production the deadline is longer than the lease: a
process that was paused beyond its lease finds it gone, instead of taking the pause for a step that hangs."""
FOLDS = {
    "fold-first": ("Europe/Lisbon", "30 1 25 10 *", "2026-10-25 00:30"),
    "fold-second": ("Europe/Lisbon", "30 1 25 10 *", "2026-10-25 01:30"),
    "gap": ("Europe/Lisbon", "30 1 29 3 *", "2026-03-29 01:30"),
}
"""Schedules whose next tick lies in the hour that Lisbon has twice, and in the one that it leaves out (times in UTC).

The clock of a schedule is the database server's, which no fault can set to another date, so the tick is late."""
NEVER = "0 0 29 2 *"


@dataclass(frozen=True, slots=True)
class Matrix:
    """Where in the matrix of databases and brokers a campaign runs."""

    database: Literal["sqlite", "postgres"]
    redis: Literal["up", "flapping", "absent"]


class Installation:
    """What the harness writes and asks behind the product's back, not through the proxy."""

    def __init__(self, data_dir: Path, url: str | None) -> None:
        self.data_dir = data_dir
        self.url = url or f"sqlite:///{data_dir / 'ledger.db'}"
        self._ledger: Ledger | None = None
        self._folds: dict[str, str] = {}
        self._bad: dict[str, str] = {}

    @property
    def ledger(self) -> Ledger:
        """The harness's own door to the ledger."""
        if self._ledger is None:
            self._ledger = Ledger(self.url)
        return self._ledger

    @property
    def corpora(self) -> Path:
        """Where the corpora lie: not on the disk that a fault fills."""
        return self.data_dir.parent / "corpora"

    def close(self) -> None:
        """Close it."""
        if self._ledger is not None:
            self._ledger.close()

    def prepare(self) -> None:
        """Lay the tables, make a key and admit the models."""
        migrations.upgrade(self.ledger)
        key.make(self.data_dir / "stamps", after_item=0)
        with self.ledger.write() as session:
            for name, task in paper.MODELS:
                models.admit(session, paper.admission(name, task), now=utc_now())

    def add_schedule(self, name: str, *, cron: str = NEVER, time_zone: str = "UTC") -> str:
        """A schedule of a corpus of its own with two documents, paused until `set_tick`; returns its id."""
        folder = self.corpora / name
        folder.mkdir(parents=True, exist_ok=True)
        for part in ("one", "two"):
            (folder / f"{part}.txt").write_text(f"{part} of {name}", encoding="utf-8")
        with self.ledger.write() as session:
            now = utc_now()
            corpus = add_corpus(session, name=name, directory=folder, language="en", now=now)
            row = schedule.add_schedule(
                session,
                name=name,
                corpus=corpus,
                cron=cron,
                time_zone=time_zone,
                task="sentiment",
                parameters={},
                purpose=Purpose.EVALUATION,
                model_name=f"{paper.SENTIMENT}@{paper.REVISION}",
                policy=policy.read(),
                now=now,
            )
            schedule.pause(row)
            return row.id

    def add_folds(self) -> None:
        """The schedules of FOLDS, paused."""
        for name, (time_zone, cron, _) in FOLDS.items():
            self._folds[name] = self.add_schedule(name, cron=cron, time_zone=time_zone)

    def bring_fold(self, name: str) -> tuple[str, datetime]:
        """Have a schedule of FOLDS due at its tick, and return its id and the tick. Raises DBAPIError."""
        tick_at = datetime.fromisoformat(FOLDS[name][2]).replace(tzinfo=UTC)
        self.set_tick(self._folds[name], tick_at)
        return self._folds[name], tick_at

    def add_bad(self) -> None:
        """The schedules whose corpora go bad and the one beside them, paused."""
        self._bad = {name: self.add_schedule(name) for name in corpora.CORPORA}

    def bad_are_due(self) -> bool:
        """Whether an earlier tick of theirs has not fired. Raises DBAPIError."""
        its = select(func.count(Schedule.id)).where(Schedule.id.in_(self._bad.values()))
        with self.ledger.read() as session:
            return bool(session.scalar(its.where(Schedule.next_tick_at < soon(3600))))

    def bring_bad(self, tick_at: datetime) -> dict[str, bool]:
        """Have them due together, and return their ids with whether no job can come of it. Raises DBAPIError."""
        its = update(Schedule).where(Schedule.id.in_(self._bad.values()))
        with self.ledger.write() as session:
            session.execute(its.values(next_tick_at=tick_at, retry_at=None))
        return {schedule_id: name == corpora.GONE for name, schedule_id in self._bad.items()}

    def set_tick(self, schedule_id: str, tick_at: datetime) -> None:
        """Have the schedule due at that time."""
        with self.ledger.write() as session:
            session.execute(update(Schedule).where(Schedule.id == schedule_id).values(next_tick_at=tick_at))

    def admit_newer(self, task: str, revision: str) -> str:
        """A revision of the task's model newer than all others, which new jobs get; its name. Raises DBAPIError."""
        name = next(name for name, does in paper.MODELS if does == task)
        with self.ledger.write() as session:
            models.admit(session, paper.admission(name, task, revision=revision), now=utc_now())
        return name

    def retire(self, name: str, revision: str) -> None:
        """Take it out of use. Raises ConflictError while documents wait for it, and DBAPIError."""
        with self.ledger.write() as session:
            models.retire(session, name, revision, now=utc_now())

    def admit_spare(self, count: int, step: int) -> None:
        """Admit so many models that nobody uses, a few at a time, as no admission takes long. Raises DBAPIError."""
        for first in range(0, count, step):
            started = time.monotonic()
            with self.ledger.write() as session:
                paper.admit_spare(session, range(first, min(first + step, count)), now=utc_now())
            rest(started)

    def set_schema(self, revision: str | None) -> None:
        """Have the tables claim to be of this version, or of their own again. Raises DBAPIError."""
        with self.ledger.write() as session:
            version = {"revision": revision or migrations.newest()}
            session.execute(sql("UPDATE alembic_version SET version_num = :revision"), version)

    def workers(self) -> int:
        """How many worker children are in the register and did not sign off."""
        with self.ledger.read() as session:
            return session.scalar(select(func.count()).select_from(Worker).where(Worker.stopped_at.is_(None))) or 0

    def open_items(self) -> int | None:
        """How many items have not ended; None when the database does not answer."""
        return self._count(select(func.sum(Standing.open_items)))

    def open_ticks(self) -> int | None:
        """How many schedules have yet to fire within the hour; None when the database does not answer."""
        return self._count(select(func.count(Schedule.id)).where(Schedule.next_tick_at < soon(3600)))

    def _count(self, statement: Select[tuple[int]]) -> int | None:
        try:
            with self.ledger.read() as session:
                return session.scalar(statement) or 0
        except DBAPIError:
            return None


def soon(seconds: float) -> datetime:
    """The time so many seconds from now, to the microsecond that a database keeps."""
    return utc_now() + timedelta(seconds=seconds)
