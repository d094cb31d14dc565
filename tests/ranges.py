"""Item ids far into a ledger's life, the ranges that hold them, and work that is cut off. Imports the ledger."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event, func, select, text

from ledger.work.history import ranges
from ledger.work.history.ranges import TABLES
from ledger.work.tables import EventRow, Result


class CutOffError(Exception):
    """The process died, as far as the database can tell: its transaction is gone."""


@contextmanager
def cut_off(engine: Engine, died: list[str]) -> Iterator[None]:
    """Die before the first statement of this engine at which nothing died yet, and add it to `died`."""

    def die(connection, cursor, statement, parameters, context, many) -> None:
        if statement not in died:
            died.append(statement)
            raise CutOffError(statement)

    event.listen(engine, "before_cursor_execute", die)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", die)


def go_on_from(desk, item_id: int) -> None:
    """The next item gets this id."""
    with desk.ledger.write() as session:
        session.execute(text("SELECT setval('work_items_id_seq', :id, false)"), {"id": item_id})


def bounds(desk) -> dict[str, list[tuple[int | None, int | None]]]:
    """Where the ranges of each table begin and end."""
    with desk.ledger.read() as session:
        return {table: [(one.first, one.end) for one in ranges.ranges(session, table)] for table in TABLES}


def held(desk, partition: str) -> list[int]:
    """The items that have rows in one partition."""
    with desk.ledger.read() as session:
        return list(session.scalars(text(f"SELECT DISTINCT item_id FROM {partition} ORDER BY 1")))


def totals(desk) -> tuple[int, int]:
    """How many events and results there are."""
    with desk.ledger.read() as session:
        return tuple(session.scalar(select(func.count()).select_from(table)) for table in (EventRow, Result))
