"""INSERT that passes over rows already there, in the dialect of the database. Imports SQLAlchemy only."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from ledger.base import Base


def insert_missing(session: Session, table: type[Base], rows: Sequence[dict[str, Any]], keys: Sequence[str]) -> None:
    """Insert `rows`, leaving alone those whose unique `keys` exist already, whoever inserted them."""
    if not rows:
        return
    insert = postgres_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    session.execute(insert(table).on_conflict_do_nothing(index_elements=list(keys)), list(rows))
