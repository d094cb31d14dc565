"""How Alembic reaches the ledger: the engine it was handed, one transaction for all steps. Run by Alembic only.

One process at a time: on SQLite by BEGIN IMMEDIATE, on PostgreSQL by an advisory lock of the session, held from before
the present revision is read. Whoever waited finds the work done.
"""

from alembic import context
from sqlalchemy import Connection

from ledger.base import Base
from ledger.catalog import tables as catalog
from ledger.corpora import tables as corpora
from ledger.errors import SchemaError
from ledger.work import standings
from ledger.work import tables as schema

TABLES_LIVE_IN = (catalog, corpora, schema, standings)
ADVISORY_LOCK = 0x636F7270
""""corp" in ASCII: any number will do that nobody else takes in this database."""


def run(connection: Connection) -> None:
    """All steps in one transaction; what they leave must hold together."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        transactional_ddl=True,  # of SQLite too, whose engine here begins its transactions itself
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            broken = sorted({str(row[0]) for row in connection.exec_driver_sql("PRAGMA foreign_key_check")})
            if broken:
                raise SchemaError(f"the change would leave rows that refer to nothing, in {', '.join(broken)}")
    connection.commit()


with context.config.attributes["engine"].connect() as connection:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({ADVISORY_LOCK})")
        connection.commit()
    run(connection)
