"""The ledger of one campaign: tables, two models on paper, schedules and their corpora. Imports the ledger."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

import migrations
from ledger.base import utc_now
from ledger.catalog import models, policy
from ledger.catalog.models import Admission
from ledger.catalog.policy import Purpose
from ledger.corpora import schedule
from ledger.corpora.corpus import add_corpus
from ledger.corpora.tables import Schedule
from ledger.engine import Ledger
from ledger.work.standings import Standing
from ledger.work.tables import Worker
from tests.licences import licensed

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

    @property
    def ledger(self) -> Ledger:
        """The harness's own door to the ledger."""
        if self._ledger is None:
            self._ledger = Ledger(self.url)
        return self._ledger

    def close(self) -> None:
        """Close it."""
        if self._ledger is not None:
            self._ledger.close()

    def prepare(self) -> None:
        """Lay the tables and admit the models."""
        migrations.upgrade(self.ledger)
        with self.ledger.write() as session:
            models.admit(session, _paper("fault-translator", "translation"), now=utc_now())
            models.admit(session, _paper("fault-sentiment", "sentiment"), now=utc_now())

    def add_schedule(self, name: str, *, cron: str = NEVER, time_zone: str = "UTC") -> str:
        """A schedule of a corpus of its own with two documents, paused until `set_tick`; returns its id."""
        folder = self.data_dir / "corpora" / name
        folder.mkdir(parents=True)
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

    def set_tick(self, schedule_id: str, tick_at: datetime) -> None:
        """Have the schedule due at that time."""
        with self.ledger.write() as session:
            session.execute(update(Schedule).where(Schedule.id == schedule_id).values(next_tick_at=tick_at))

    def workers(self) -> int:
        """How many worker children are in the register and did not sign off."""
        with self.ledger.read() as session:
            return session.scalar(select(func.count()).select_from(Worker).where(Worker.stopped_at.is_(None))) or 0

    def open_items(self) -> int | None:
        """How many items have not ended; None when the database does not answer."""
        waiting = select(func.sum(Standing.open_items))
        try:
            with self.ledger.read() as session:
                return session.scalar(waiting) or 0
        except DBAPIError:
            return None


def _paper(name: str, task: str) -> Admission:
    return Admission(
        name=name,
        revision="f" * 40,
        directory=f"{name}/ffffffffffff",
        source={"directory": "/nowhere"},
        architecture="MarianMTModel",
        tasks=[task],
        languages=["en", "pt"],
        language_pairs=[["en", "pt"]] if task == "translation" else [],
        multilingual=False,
        parameter_count=1,
        weights_bytes=1,
        weights_sha256="c" * 64,
        manifest={"model.safetensors": "c" * 64},
        card={},
        card_text="",
        admitted_by="the fault campaign",
        **licensed("mit"),
    )


def soon(seconds: float) -> datetime:
    """The time so many seconds from now, to the microsecond that a database keeps."""
    return utc_now() + timedelta(seconds=seconds)
