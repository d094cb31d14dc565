"""The door to the database: one transaction to write in, one to read in. Imports the ledger's base.

SQLite: WAL with synchronous=FULL, so that a commit survives power loss; a writer begins with BEGIN IMMEDIATE, since a
transaction that reads first and writes later fails at once when another wrote in between, whatever the busy timeout.
PostgreSQL: READ COMMITTED suffices, as every transition is one guarded statement.

Locks are taken in one order everywhere: the turn to conclude licences, models, workers, leases, work items by id,
results, breakers by queue, standings by job.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import Session

from ledger.base import UtcDateTime, utc_now
from ledger.crash import crash_point

WAIT_SECONDS = 30.0
"""How long a writer waits for SQLite's one write lock."""
ASK_SECONDS = 0.002
"""How often it asks. SQLite's own waiting asks ever more seldom, and a lock that is free for milliseconds at a time
between the steps of a long piece of work is then missed again and again."""
PRIMARY_CODE = 0xFF
"""Of an extended error code of SQLite: it is busy for recovery after a writer was killed, too."""
LEAST_REST_SECONDS = 0.005
REST_SHARE = 0.25
"""A long piece of work leaves the ledger to others for this share of each of its steps."""
SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON", "mmap_size=0")
POSTGRES_OPTIONS = "-c statement_timeout=60000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000"
POSTGRES_SOCKET = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""A server that is gone without a word is noticed within about ten seconds."""
TRUSTED_IDLE_SECONDS = 1.0
"""A connection that rested longer is asked whether it lives; one in steady use is spared the round trip."""


Clock = Callable[[Session], datetime]
"""Tells the time within a transaction: `Ledger.now`, or what a test says."""


class Ledger:
    """A ledger at a database URL (`sqlite:///path` or `postgresql+psycopg://…`). Safe to share between threads."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._writer = _sqlite(url, _begin_writing)
            self._reader = _sqlite(url, lambda connection: connection.execute("BEGIN"))
        else:
            self._writer = self._reader = _postgres(url)

    @contextmanager
    def write(self, name: str = "write") -> Iterator[Session]:
        """A session in a transaction that may write; committed on leaving, rolled back when an exception leaves.

        `name` gives the transaction its crash points, `name:before_commit` and `name:after_commit`.
        """
        with Session(self._writer, expire_on_commit=False) as session:
            with session.begin():
                yield session
                session.flush()
                crash_point(f"{name}:before_commit")
            crash_point(f"{name}:after_commit")

    def write_in_steps(self, name: str, step: Callable[[Session], bool], *, limit_seconds: float | None = None) -> bool:
        """Repeat `step`, each time in a short transaction of its own, until it says that nothing is left.

        Between two steps others get their turn. False when `limit_seconds` were over first.
        """
        deadline = None if limit_seconds is None else time.monotonic() + limit_seconds
        while True:
            started = time.monotonic()
            with self.write(name) as session:
                left = step(session)
            if not left:
                return True
            rest(started)
            if deadline is not None and time.monotonic() > deadline:
                return False

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session in a transaction that only reads; it blocks no writer."""
        with Session(self._reader, expire_on_commit=False) as session, session.begin():
            yield session

    def now(self, session: Session) -> datetime:
        """The present time by the one clock that all processes share: the server's, or for SQLite the machine's."""
        if self.is_sqlite:
            return utc_now()
        return session.scalars(select(func.clock_timestamp(type_=UtcDateTime()))).one()

    @property
    def engine(self) -> Engine:
        """The engine that writes, for migrations."""
        return self._writer

    def close(self) -> None:
        """Close every pooled connection."""
        self._writer.dispose()
        self._reader.dispose()


def rest(since: float) -> None:
    """Leave the ledger to others after a step of a long piece of work that began at `since` of the monotonic clock."""
    time.sleep(max(LEAST_REST_SECONDS, REST_SHARE * (time.monotonic() - since)))


def _sqlite(url: str, begin: Callable[[Any], object]) -> Engine:
    database = make_url(url).database
    if database:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    connect_args = {"timeout": WAIT_SECONDS, "isolation_level": None}
    engine = create_engine(url, hide_parameters=True, connect_args=connect_args)

    def on_connect(connection: Any, _record: Any) -> None:
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", lambda connection: begin(connection.connection.dbapi_connection))
    return engine


def _begin_writing(connection: Any) -> None:
    """Raises sqlalchemy.exc.OperationalError when the lock is not to be had in time."""
    deadline = time.monotonic() + WAIT_SECONDS
    connection.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & PRIMARY_CODE != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise OperationalError("BEGIN IMMEDIATE", {}, error) from error
            time.sleep(ASK_SECONDS)
    finally:
        connection.execute(f"PRAGMA busy_timeout={WAIT_SECONDS * 1000:.0f}")


def _postgres(url: str) -> Engine:
    engine = create_engine(
        url, hide_parameters=True, pool_size=10, connect_args={"options": POSTGRES_OPTIONS, **POSTGRES_SOCKET}
    )

    def on_return(_connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    def on_checkout(connection: Any, record: Any, _proxy: Any) -> None:
        idle_seconds = time.monotonic() - record.info.get("idle_since", time.monotonic())
        if idle_seconds > TRUSTED_IDLE_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error

    event.listen(engine, "checkin", on_return)
    event.listen(engine, "checkout", on_checkout)
    return engine
