"""Change a CHECK of a large table without reading or copying it. Imports Alembic's operations.

SQLite keeps constraints in the text of the table alone, and has that text changed in place ("ALTER TABLE", section 7,
of its manual). PostgreSQL takes the new one as not validated, under a lock of a moment; `validate` reads the rows later
while others write.
"""

import re
from collections.abc import Callable

from alembic import op
from sqlalchemy import Connection, text

OPENED = "CONSTRAINT {name} CHECK ("
QUOTED = re.compile(r"'(?:[^']|'')*'")


def put_check(table: str, name: str, condition: str) -> None:
    """Have `table` hold to `condition` from now on; every row must hold to it already. Raises ValueError."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
    else:
        _rewrite(table, lambda kept: _with(kept, f"{OPENED.format(name=name)}{condition})"))


def drop_check(table: str, name: str) -> None:
    """Have `table` no longer hold to a CHECK. Raises ValueError when it has none of this name."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    else:
        _rewrite(table, lambda kept: _without(kept, name))


def validate(connection: Connection) -> None:
    """Have PostgreSQL read the rows that a new constraint was not yet checked on; each by itself, while others write.

    Nothing is left to do where this was done before.
    """
    waiting = connection.exec_driver_sql(
        "SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint "
        "WHERE NOT convalidated AND connamespace = current_schema()::regnamespace ORDER BY conname"
    ).all()
    connection.commit()
    for table, name in waiting:
        connection.exec_driver_sql(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
        connection.commit()


def _rewrite(table: str, change: Callable[[str], str]) -> None:
    connection = op.get_bind()
    kept = connection.execute(
        text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :table"), {"table": table}
    ).scalar()
    if kept is None:
        raise ValueError(f"there is no table {table}")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    values = {"sql": change(kept), "table": table}
    connection.execute(text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :table"), values)
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=RESET")


def _with(kept: str, clause: str) -> str:
    """The text of a table with a constraint more, before the parenthesis that closes it."""
    end = kept.rindex(")")
    return f"{kept[:end].rstrip()}, \n\t{clause}\n{kept[end:]}"


def _without(kept: str, name: str) -> str:
    """The text of a table without the CHECK `name` and the comma before it."""
    start = kept.find(opened := OPENED.format(name=name))
    if start < 0:
        raise ValueError(f"the table has no CHECK {name}")
    at, depth = start + len(opened), 1
    blank = QUOTED.sub(lambda quoted: "_" * len(quoted.group()), kept)
    while depth:
        depth += {"(": 1, ")": -1}.get(blank[at], 0)
        at += 1
    return kept[:start].rstrip().removesuffix(",") + kept[at:]
