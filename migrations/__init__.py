"""Changes of the ledger's tables, one slugged file a change, and the functions that apply them. Imports the ledger."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, NullPool, create_engine, event

from ledger.engine import LEAST_REST_SECONDS, POSTGRES_SOCKET, Ledger
from ledger.errors import SchemaError

HERE = Path(__file__).parent
POSTGRES_OPTIONS = "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0"
SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=600000", "foreign_keys=OFF")
"""A change of tables takes as long as they are large. SQLite makes a changed table anew, while rows of others refer to
the old one: what was made so is checked at the end of each step (`migrations.references`)."""


def upgrade(ledger: Ledger, revision: str = "head") -> None:
    """Bring the database up to `revision`; nothing happens when it is there already. Raises SchemaError."""
    require_known(ledger)
    with _config(ledger) as config:
        command.upgrade(config, revision)


def downgrade(ledger: Ledger, revision: str) -> None:
    """Take the database back to `revision` ("base" for none at all). Data of dropped tables is lost."""
    require_known(ledger)
    with _config(ledger) as config:
        command.downgrade(config, revision)


def check(ledger: Ledger) -> None:
    """Raise alembic.util.CommandError when the tables differ from what the code declares."""
    with _config(ledger) as config:
        command.check(config)


def require_current(ledger: Ledger) -> None:
    """Refuse tables that this version does not work on: newer ones, older ones, none.

    Raises SchemaError with what to do, and SQLAlchemyError when the database does not answer.
    """
    found = current(ledger)
    _refuse_unknown(found)
    if found != newest():
        have = f"is at revision {found}" if found else "has no tables yet"
        raise SchemaError(f"the database {have}, and this version needs {newest()}: run corpusmill db upgrade")


def require_known(ledger: Ledger) -> None:
    """Refuse the tables of a newer version; older ones and none are known. Raises SchemaError, SQLAlchemyError."""
    _refuse_unknown(current(ledger))


def current(ledger: Ledger) -> str | None:
    """The revision that the database is at; None when it has no tables."""
    with ledger.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The revision that the code is written for."""
    return _scripts().get_current_head()


def _refuse_unknown(revision: str | None) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaError(
            f"the database is at revision {revision}, and this version knows none after {newest()}: "
            f"run the newer version that made it, or have that one go back with corpusmill db downgrade {newest()}"
        )


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_settings())


def _settings() -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


@contextmanager
def _config(ledger: Ledger) -> Iterator[Config]:
    config, engine = _settings(), _engine(ledger)
    config.attributes["engine"] = engine
    try:
        yield config
    finally:
        engine.dispose()


def _engine(ledger: Ledger) -> Engine:
    """An engine of its own, without the limits of time that the application's statements have."""
    if not ledger.is_sqlite:
        options = {"options": POSTGRES_OPTIONS, **POSTGRES_SOCKET}
        return create_engine(ledger.url, hide_parameters=True, poolclass=NullPool, connect_args=options)
    engine = create_engine(
        ledger.url, hide_parameters=True, poolclass=NullPool, connect_args={"timeout": 600, "isolation_level": None}
    )

    def on_connect(connection: Any, _record: Any) -> None:
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    def on_begin(connection: Connection) -> None:
        time.sleep(LEAST_REST_SECONDS)  # others who wait look for the lock every few milliseconds
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine
