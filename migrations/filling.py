"""Fill a column of a large table in short transactions, ended items included. Imports Alembic's operations.

How far it is stands in a table that is there only while a filling goes on: killed in between, it goes on where it was.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op
from sqlalchemy import Connection

from ledger.engine import rest

ROWS = 5_000
"""So many rows a transaction: others wait that long at most."""
FROZEN = "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = 'work_items_frozen'"


def fill(table: str, column: str, value: str) -> None:
    """Set `column` of each row of `table` to the SQL expression `value`, from the lowest `id` to the highest.

    Rows that come meanwhile must bring a value of their own, or a default. It commits what its migration did before,
    which is done again when the filling is killed; so it stands alone in one, between that which makes the column and
    that which relies on it.
    """
    connection = op.get_bind()
    progress = f"filling_{table}_{column}"
    connection.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {progress} (done BIGINT NOT NULL)")
    if connection.exec_driver_sql(f"SELECT count(*) FROM {progress}").scalar_one() == 0:
        connection.exec_driver_sql(f"INSERT INTO {progress} SELECT coalesce(min(id), 0) - 1 FROM {table}")
    left = True
    while left:
        started = time.monotonic()
        with _unfrozen(connection):
            left = _step(connection, progress, table, f"{column} = {value}")
        _let_others(connection, started)
    connection.exec_driver_sql(f"DROP TABLE {progress}")


def _step(connection: Connection, progress: str, table: str, change: str) -> bool:
    """Fill the next rows and say whether there were any."""
    done = connection.exec_driver_sql(f"SELECT done FROM {progress}").scalar_one()
    chunk = f"SELECT id FROM {table} WHERE id > {done} ORDER BY id LIMIT {ROWS}"
    last = connection.exec_driver_sql(f"SELECT max(id) FROM ({chunk}) AS chunk").scalar_one()
    if last is None:
        return False
    connection.exec_driver_sql(f"UPDATE {table} SET {change} WHERE id > {done} AND id <= {last}")
    connection.exec_driver_sql(f"UPDATE {progress} SET done = {last}")
    return True


@contextmanager
def _unfrozen(connection: Connection) -> Iterator[None]:
    """Have the trigger let this transaction change ended items; nobody else can meanwhile."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL corpusmill.filling = 'on'")
        yield
        return
    trigger = connection.exec_driver_sql(FROZEN).scalar_one()
    connection.exec_driver_sql("DROP TRIGGER work_items_frozen")
    yield
    connection.exec_driver_sql(trigger)


def _let_others(connection: Connection, since: float) -> None:
    """Commit, and begin again after a rest, beneath the transaction that Alembic knows of. psycopg begins by itself."""
    connection.exec_driver_sql("COMMIT")
    rest(since)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
