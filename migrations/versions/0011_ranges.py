"""Events and results in ranges of item ids on PostgreSQL, each a partition; what was there is the first.

No row is copied. The rows are checked against where the first range ends while others read and write; then each table
is exchanged in one short transaction. A change that was broken off goes on where it was.
"""

import time
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import OperationalError

from migrations.checks import validate

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("events", "results")
RANGE_ITEMS = 1_000_000
ENDS = "before_the_next_range"
IN_THE_WAY = {"55P03", "40P01"}
"""What the database says where a lock was not to be had in time, or somebody waits for one of ours."""
LOCK_SECONDS, REST_SECONDS, TRIES = 0.2, 0.3, 600

NEWEST = "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('work_items', 'id')), 0)"
IS_WHOLE = sa.text("SELECT relkind = 'r' FROM pg_class WHERE oid = to_regclass(:table)")
CHECKED = sa.text(
    "SELECT convalidated, substring(pg_get_constraintdef(oid) FROM '< \\(?(\\d+)')::bigint FROM pg_constraint "
    "WHERE conrelid = to_regclass(:table) AND conname = :name"
)
FOREIGN_KEYS = sa.text(
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE conrelid = to_regclass(:table) AND contype = 'f'"
)
INDEXES = sa.text(
    "SELECT class.relname, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class class ON class.oid = indexrelid "
    "WHERE indrelid = to_regclass(:table) AND NOT indisprimary"
)
KEY = sa.text("SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(:table) AND contype = 'p'")
PARTS = sa.text(
    "SELECT inhrelid::regclass::text FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid "
    "WHERE inhparent = to_regclass(:table) ORDER BY relname <> :first, inhrelid"
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    engine = op.get_bind().engine
    with op.get_context().autocommit_block():
        with engine.connect() as connection:
            validate(connection)  # no partition may have a CHECK that its rows were not read for
        for table in TABLES:
            with engine.begin() as connection:
                to_do = connection.execute(IS_WHOLE, {"table": table}).scalar_one()
            if to_do:
                end = _check(engine, table)
                # Foreign keys that change hands lock what they refer to; in the order of all transactions.
                locks = f"work_items, receipts, {table}" if table == "results" else table
                _locked(engine, locks, lambda connection, table=table, end=end: _exchange(connection, table, end))


def _check(engine: sa.Engine, table: str) -> int:
    """Where the first range ends, at least a whole range behind the newest item; every row lies before it."""

    def begin(connection: sa.Connection) -> int:
        found = connection.execute(CHECKED, {"table": table, "name": ENDS}).one_or_none()
        if found is not None:
            return int(found[1])
        newest = int(connection.exec_driver_sql(NEWEST).scalar_one())
        end = (newest // RANGE_ITEMS + 2) * RANGE_ITEMS
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {ENDS} CHECK (item_id < {end}) NOT VALID")
        return end

    end = int(_locked(engine, table, begin))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} VALIDATE CONSTRAINT {ENDS}")
    return end


def _locked(engine: sa.Engine, tables: str, change: Any) -> Any:
    """What `change` does in a transaction that has the tables to itself; tried again where others hold them."""
    for _ in range(TRIES):
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
                connection.exec_driver_sql(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
                return change(connection)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in IN_THE_WAY:
                raise
        time.sleep(REST_SECONDS)
    raise TimeoutError(f"others held {tables} for minutes; end what holds them and upgrade again")


def _exchange(connection: sa.Connection, table: str, end: int) -> None:
    first = f"{table}_0"
    keys = connection.execute(FOREIGN_KEYS, {"table": table}).all()
    indexes = connection.execute(INDEXES, {"table": table}).all()
    statements = [f"ALTER TABLE {table} RENAME TO {first}"]
    statements += [f"ALTER INDEX {name} RENAME TO {name}_0" for name, _ in indexes]
    statements += [
        f"ALTER TABLE {first} RENAME CONSTRAINT pk_{table} TO pk_{first}",
        f"CREATE TABLE {table} (LIKE {first} INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (item_id)",
        f"ALTER TABLE {table} DROP CONSTRAINT {ENDS}",
        *(definition for _, definition in indexes),
        *(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" for name, definition in keys),
    ]
    if table == "results":
        statements.append("ALTER TABLE results ADD CONSTRAINT pk_results PRIMARY KEY (item_id)")
    else:
        statements.append("ALTER SEQUENCE events_id_seq OWNED BY events.id")
    statements += [
        f"ALTER TABLE {table} ATTACH PARTITION {first} FOR VALUES FROM (MINVALUE) TO ({end})",
        f"ALTER TABLE {first} DROP CONSTRAINT {ENDS}",
        f"CREATE TABLE {table}_{end} PARTITION OF {table} FOR VALUES FROM ({end}) TO (MAXVALUE)",
    ]
    if table == "events":  # each range has its key: that of the whole would have to hold the item
        statements.append(f"ALTER TABLE {table}_{end} ADD CONSTRAINT pk_{table}_{end} PRIMARY KEY (id)")
    for statement in statements:
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    """One table again, the oldest range that is there, with the rows of the later ones copied into it."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for table in TABLES:
            _unite(connection, table)


def _unite(connection: sa.Connection, table: str) -> None:
    locks = f"work_items, receipts, {table}" if table == "results" else table
    connection.exec_driver_sql(f"LOCK TABLE {locks} IN ACCESS EXCLUSIVE MODE")
    kept = connection.execute(PARTS, {"table": table, "first": f"{table}_0"}).scalars().first()
    indexes = connection.execute(INDEXES, {"table": table}).all()
    own = connection.execute(INDEXES, {"table": kept}).all()
    later = f"INSERT INTO {kept} SELECT * FROM {table}"
    statements = [f"ALTER TABLE {table} DETACH PARTITION {kept}", later]
    if table == "events":
        statements.append(f"ALTER SEQUENCE events_id_seq OWNED BY {kept}.id")
    statements += [f"DROP TABLE {table}", f"ALTER TABLE {kept} RENAME TO {table}"]
    statements += [f"DROP INDEX {name}" for name, _ in own]
    statements += [definition.replace(" ON ONLY ", " ON ") for _, definition in indexes]
    for statement in statements:
        connection.exec_driver_sql(statement)
    key = connection.execute(KEY, {"table": table}).scalar_one()
    connection.exec_driver_sql(f"ALTER TABLE {table} RENAME CONSTRAINT {key} TO pk_{table}")
