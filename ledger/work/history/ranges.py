"""Events and results in ranges of item ids, each a partition of its table on PostgreSQL. Imports the ledger's engine.

Ids grow with time, so that what is old lies together, and a range goes in one piece. A question about an item reads
one range, and the primary key of a result stays its item. The last range has no end: an item has a place however long
nobody opened another. SQLite has one table for all.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from ledger.engine import Ledger

TABLES = ("events", "results")
RANGE_ITEMS = 1_000_000
"""Some four million events, half a gigabyte: quick to check and to drop, and a hundred million items make a hundred."""
ENDS = "before_the_next_range"
"""The CHECK of an open range that is being closed: the database need not read the rows while others wait."""
LOCK_SECONDS = 0.1
"""Whoever waits for the lock of a whole table has everybody else wait behind it."""
IN_THE_WAY = frozenset({"55P03", "40P01"})
"""What PostgreSQL says where a lock was not to be had in time, or somebody waits for one of ours."""

NEWEST = text("SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('work_items', 'id')), 0)")
"""The last id that any transaction was given; it may not be committed yet."""
RANGES = text(
    "SELECT part.relname, pg_get_expr(part.relpartbound, part.oid) FROM pg_inherits "
    "JOIN pg_class part ON part.oid = inhrelid WHERE inhparent = to_regclass(:table) "
    "AND pg_get_expr(part.relpartbound, part.oid) <> 'DEFAULT'"
)
CLOSING = text(
    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = to_regclass(:table) AND conname = :name"
)


@dataclass(frozen=True, slots=True)
class Range:
    """The partition `name`: rows of items from `first` up to, not including, `end`; None where nothing bounds it."""

    name: str
    first: int | None
    end: int | None


def ranges(session: Session | Connection, table: str) -> list[Range]:
    """The ranges of a table on PostgreSQL, oldest first."""
    found = [Range(name, *_bounds(bound)) for name, bound in session.execute(RANGES, {"table": table})]
    return sorted(found, key=lambda one: (one.first is not None, one.first))


def newest_item(session: Session) -> int:
    """The last id given to an item on PostgreSQL, in transactions that are under way as well."""
    return int(session.scalars(NEWEST).one())


def keep_ahead(ledger: Ledger, *, range_items: int = RANGE_ITEMS) -> list[str]:
    """Close each open range that items have come near to, and open the next; the names of those that were opened.

    Safe in any number of processes at once, and after a death between any two of its transactions. What cannot be had
    at once is left for the next call: an open range does all that a closed one does.
    """
    if ledger.is_sqlite:
        return []
    with ledger.read() as session:
        newest = newest_item(session)
        open_ = {table: found[-1] for table in TABLES if (found := ranges(session, table))}
    opened: list[str] = []
    for table, last in open_.items():
        if last.first is None or newest + range_items >= last.first:
            try:
                opened += _close(ledger, table, last, (newest // range_items + 2) * range_items)
            except OperationalError as error:
                if not is_lock_wait(error):
                    raise
    return opened


def is_lock_wait(error: OperationalError) -> bool:
    """Whether somebody else held what was to be locked."""
    return getattr(error.orig, "sqlstate", None) in IN_THE_WAY


@contextmanager
def locking(ledger: Ledger, *tables: str, mode: str = "ACCESS EXCLUSIVE") -> Iterator[Connection]:
    """A transaction that has whole tables to itself. Raises OperationalError when it does not get them soon."""
    with ledger.write("ranges") as session:
        connection = session.connection()
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        for table in tables:
            connection.exec_driver_sql(f"LOCK TABLE {table} IN {mode} MODE")
        yield connection


def _close(ledger: Ledger, table: str, last: Range, end: int) -> list[str]:
    """Have `last` end at `end`, which no item has reached, or where a closing that was broken off meant it to.

    The rows are checked while others read and write them; the change itself then reads none of them.
    """
    with locking(ledger, last.name) as connection:
        if ranges(connection, table)[-1] != last:
            return []
        meant = _meant_end(connection, last)
        end = end if meant is None else meant
        if meant is None:
            check = f"CHECK (item_id < {end}) NOT VALID"
            connection.exec_driver_sql(f"ALTER TABLE {last.name} ADD CONSTRAINT {ENDS} {check}")
    with locking(ledger, last.name, mode="SHARE UPDATE EXCLUSIVE") as connection:
        if _meant_end(connection, last) is None:
            return []
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql(f"ALTER TABLE {last.name} VALIDATE CONSTRAINT {ENDS}")
    return [f"{table}_{end}"] if _exchange(ledger, table, last, end) else []


def _exchange(ledger: Ledger, table: str, last: Range, end: int) -> bool:
    """Take the open range out and put it back with an end, and a new open one behind it; False when another did."""
    # Foreign keys that change hands lock what they refer to; in the order of all transactions.
    tables = ["work_items", "receipts", table] if table == "results" else [table]
    first = "MINVALUE" if last.first is None else last.first
    with locking(ledger, *tables) as connection:
        if _meant_end(connection, last) is None:
            return False
        for statement in (
            f"ALTER TABLE {table} DETACH PARTITION {last.name}",
            f"ALTER TABLE {table} ATTACH PARTITION {last.name} FOR VALUES FROM ({first}) TO ({end})",
            f"ALTER TABLE {last.name} DROP CONSTRAINT {ENDS}",
            f"CREATE TABLE {table}_{end} PARTITION OF {table} FOR VALUES FROM ({end}) TO (MAXVALUE)",
        ):
            connection.exec_driver_sql(statement)
        if table == "events":  # whose key the whole cannot have: it does not hold the item
            connection.exec_driver_sql(f"ALTER TABLE {table}_{end} ADD CONSTRAINT pk_{table}_{end} PRIMARY KEY (id)")
    return True


def _bounds(bound: str) -> tuple[int | None, int | None]:
    found = re.fullmatch(r"FOR VALUES FROM \('?(\w+)'?\) TO \('?(\w+)'?\)", bound)
    if found is None:
        raise ValueError(f"a partition has bounds of another kind: {bound}")
    first, end = found.groups()
    return None if first == "MINVALUE" else int(first), None if end == "MAXVALUE" else int(end)


def _meant_end(connection: Connection, last: Range) -> int | None:
    """Where a closing that has begun means an open range to end."""
    definition = connection.execute(CLOSING, {"table": last.name, "name": ENDS}).scalar()
    found = re.search(r"item_id < (\d+)", definition or "")
    return int(found[1]) if found else None
