"""Whether a change left rows that refer to nothing. Imports the ledger's errors.

SQLite makes a changed table anew, and its foreign keys are not looked at meanwhile. Only the tables that were made anew
are read afterwards: all of a large ledger would keep others waiting.
"""

from sqlalchemy import Connection

from ledger.errors import SchemaError


def places(connection: Connection) -> dict[str, int]:
    """Where each table begins in the file; a table that was made anew begins elsewhere. Nothing on PostgreSQL."""
    if connection.dialect.name != "sqlite":
        return {}
    rows = connection.exec_driver_sql("SELECT name, rootpage FROM sqlite_schema WHERE type = 'table'")
    return {str(name): int(page) for name, page in rows}


def require_whole(connection: Connection, before: dict[str, int]) -> None:
    """Raise SchemaError when a table that was made anew since `before` has rows that refer to nothing."""
    anew = [table for table, page in places(connection).items() if before.get(table) != page]
    broken = [
        table for table in sorted(anew) if connection.exec_driver_sql(f"PRAGMA foreign_key_check({table})").first()
    ]
    if broken:
        raise SchemaError(f"the change would leave rows that refer to nothing, in {', '.join(broken)}")
