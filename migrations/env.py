"""How Alembic reaches the ledger: the engine it was handed, a transaction for each step. Run by Alembic only.

One process at a time, through all steps: on SQLite by a lock on the database's directory, on PostgreSQL by an advisory
lock of the session, held from before the present revision is read. Whoever waited finds the work done.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import context
from sqlalchemy import Connection

from ledger.access import tables as access
from ledger.base import Base
from ledger.catalog import tables as catalog
from ledger.corpora import tables as corpora
from ledger.work import standings
from ledger.work import tables as schema
from migrations.checks import validate
from migrations.references import places, require_whole

TABLES_LIVE_IN = (access, catalog, corpora, schema, standings)
ADVISORY_LOCK = 0x636F7270
""""corp" in ASCII: any number will do that nobody else takes in this database."""


def partitions(connection: Connection) -> set[str]:
    """Tables that are ranges of another; only the whole is declared."""
    if connection.dialect.name != "postgresql":
        return set()
    return set(connection.exec_driver_sql("SELECT relname FROM pg_class WHERE relispartition").scalars())


def run(connection: Connection) -> None:
    """Each step in a transaction of its own; what it leaves must hold together, or it is undone."""
    before = places(connection)
    connection.commit()

    def applied(**_step: object) -> None:
        require_whole(connection, before)
        before.update(places(connection))

    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        include_name=lambda name, kind, _: kind != "table" or name not in partitions(connection),
        transactional_ddl=True,  # of SQLite too, whose engine here begins its transactions itself
        transaction_per_migration=True,
        on_version_apply=applied,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
    if connection.dialect.name == "postgresql":
        validate(connection)


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """Wait for whoever changes these tables. A directory can be locked and needs no file that stays."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({ADVISORY_LOCK})")
        connection.commit()
        yield
        return
    descriptor = os.open(Path(connection.engine.url.database or "").absolute().parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


with context.config.attributes["engine"].connect() as opened, alone(opened):
    run(opened)
