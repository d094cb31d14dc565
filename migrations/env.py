"""How Alembic reaches the ledger: the engine it was handed, one transaction for all steps. Run by Alembic only."""

from alembic import context

from ledger.base import Base
from ledger.catalog import tables as catalog
from ledger.corpora import tables as corpora
from ledger.work import standings
from ledger.work import tables as schema

TABLES_LIVE_IN = (catalog, corpora, schema, standings)

with context.config.attributes["engine"].connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
