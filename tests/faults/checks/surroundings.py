"""Invariants of what lies around the documents: I6, I9, I11 to I13, I15, I16 and I18. Imports the ledger."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, or_, select, text
from sqlalchemy.exc import DBAPIError

from ledger.base import Base
from ledger.corpora.tables import Source, Tick
from ledger.engine import Ledger
from ledger.work.audit import audit
from ledger.work.tables import Breaker, EventRow, Job, Lease, Worker
from tests.faults.documents import CANARY
from tests.faults.history import read

RSS_GROWTH_BYTES = 150_000_000
OPEN_FILES_GROWTH = 250
REDIS_BYTES = 64_000_000
WAL_BYTES = 64_000_000
CLOCK_SLACK = timedelta(seconds=60)
TIMES = (
    EventRow.at,
    Job.created_at,
    Job.sealed_at,
    Worker.started_at,
    Worker.seen_at,
    Worker.stopped_at,
    Breaker.died_at,
    Source.scanned_at,
    Tick.fired_at,
)
"""When something happened, as the ledger tells it."""


def each_tick_once(history: Path, ledger: Ledger) -> Iterator[str]:
    """I6: every tick that was due made one job, and no other tick fired; that of a corpus that is gone says so."""
    due = {(e["schedule_id"], datetime.fromisoformat(e["tick_at"])): e for e in read(history, "tick_expected")}
    expected, refused = set(due), {key for key, entry in due.items() if entry.get("refused")}
    with ledger.read() as session:
        fired = {(tick.schedule_id, tick.tick_at): tick for tick in session.scalars(select(Tick))}
    yield from (f"I6 the tick {key} did not fire" for key in sorted(expected - set(fired)))
    yield from (f"I6 the tick {key} fired and was not due" for key in sorted(set(fired) - expected))
    for key, tick in fired.items():
        if key in refused and not tick.error:
            yield f"I6 the tick {key} does not say what was wrong with its corpus"
        elif key not in refused and tick.job_id is None:
            yield f"I6 the tick {key} made no job: {tick.error}"
    jobs = [tick.job_id for tick in fired.values() if tick.job_id]
    if len(jobs) != len(set(jobs)):
        yield "I6 two ticks made one job"


def no_lease_is_left(ledger: Ledger) -> Iterator[str]:
    """I9: after the processes ended nobody holds anything."""
    with ledger.read() as session:
        for lease in session.scalars(select(Lease)):
            yield f"I9 the lease {lease.id} of {lease.worker_id} is left"


def times_are_the_database_s(history: Path, ledger: Ledger) -> Iterator[str]:
    """I18: with a server, whose clock never jumped, no process's own clock gets into the ledger."""
    if ledger.is_sqlite:
        return
    times = [datetime.fromisoformat(entry["at"]) for entry in read(history, "seed", "acknowledged", "heal", "drained")]
    first, last = min(times) - CLOCK_SLACK, max(times) + CLOCK_SLACK
    with ledger.read() as session:
        for column in TIMES:
            strays = select(func.count()).where(or_(column < first, column > last))
            if count := session.scalar(strays):
                yield f"I18 {count} times of {column} are not of the campaign"


def counts_are_those_of_the_items(ledger: Ledger) -> Iterator[str]:
    """I15: what is kept of each job's counts is what counting its items gives."""
    with ledger.read() as session:
        yield from (f"I15 job {job_id}: {words}" for job_id, words in audit(session))


def database_is_whole(ledger: Ledger) -> Iterator[str]:
    """I11: SQLite's own checks; on PostgreSQL every row read, and every index held against its table by amcheck."""
    with ledger.read() as session:
        if ledger.is_sqlite:
            found = list(session.scalars(text("PRAGMA integrity_check")))
            found += [str(row) for row in session.execute(text("PRAGMA foreign_key_check"))]
            yield from (f"I11 {problem}" for problem in found if problem != "ok")
            return
        for table in Base.metadata.sorted_tables:
            session.scalar(select(func.count()).select_from(select(table).subquery()))
    yield from _amcheck(ledger)


def _amcheck(ledger: Ledger) -> Iterator[str]:
    try:
        with ledger.write() as session:
            session.execute(text("CREATE EXTENSION IF NOT EXISTS amcheck"))
    except DBAPIError:
        return
    indexes = text(
        "SELECT c.oid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "JOIN pg_am a ON a.oid = c.relam JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE a.amname = 'btree' AND c.relkind = 'i' AND n.nspname = 'public'"
    )
    with ledger.read() as session:
        names = list(session.scalars(indexes))
    for name in names:
        try:
            with ledger.read() as session:
                session.execute(text("SELECT bt_index_check(CAST(:name AS regclass), true)"), {"name": name})
        except DBAPIError as error:
            yield f"I11 the index {name}: {type(error.orig).__name__}"


def errors_were_declared(history: Path) -> Iterator[str]:
    """I12: no answer of 5xx but 503 and 507, and those only while the database was made to fail."""
    for entry in read(history, "server_error"):
        if entry["status"] not in (503, 507) or not entry["declared"]:
            declared = "in" if entry["declared"] else "without"
            yield f"I12 a {entry['status']} {declared} a declared outage at {entry['at']}"


def everything_behaved(history: Path) -> Iterator[str]:
    """I16: what a fault must lead to within a time, it led to."""
    yield from (f"I16 {entry['words']} (at {entry['at']})" for entry in read(history, "complaint"))


def logs_keep_texts_secret(log_dir: Path) -> Iterator[str]:
    """I12: no text of a document in any log."""
    for log in sorted(log_dir.rglob("*.log")):
        if CANARY.encode() in log.read_bytes():
            yield f"I12 {log.name} holds text of a document"


def resources_are_bounded(history: Path) -> Iterator[str]:
    """I13: no process grows without end, and at the end none has files open that it did not have at first.

    Meanwhile a server has hundreds, for clients that stall. Nor do the broker's memory and SQLite's log grow.
    """
    samples = list(read(history, "resources"))
    last: dict[str, Any] = samples[-1] if samples else {}
    for kind, bound, looked_at in (
        ("rss_bytes", RSS_GROWTH_BYTES, samples),
        ("open_files", OPEN_FILES_GROWTH, samples[-1:]),
    ):
        first: dict[str, int] = {}
        for entry in samples:
            for process, value in entry[kind].items():
                first.setdefault(process, value)
        for entry in looked_at:
            for process, value in entry[kind].items():
                if value - first[process] > bound and not process.split(":")[0].endswith("-child"):
                    yield f"I13 {kind} of {process} grew by {value - first[process]}"
    if (last.get("redis_bytes") or 0) > REDIS_BYTES:
        yield f"I13 Redis holds {last['redis_bytes']} bytes at the end"
    if (last.get("wal_bytes") or 0) > WAL_BYTES:
        yield f"I13 the write-ahead log is {last['wal_bytes']} bytes long at the end"


def fenced(log_dir: Path) -> int:
    """How many outputs were dropped because their lease had been given away, as the workers' logs count them."""
    total = 0
    for log in sorted(log_dir.rglob("worker-*.log")):
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if '"batch_finished"' in line and line.startswith("{"):
                try:
                    total += int(json.loads(line).get("fenced", 0))
                except ValueError:
                    continue
    return total
