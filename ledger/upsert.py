"""INSERT that passes over rows already there, or renews them, in the database's dialect. Imports SQLAlchemy only."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from ledger.base import Base


def insert_missing(
    session: Session,
    table: type[Base],
    rows: Sequence[dict[str, Any]],
    keys: Sequence[str],
    *,
    renew: Sequence[str] = (),
) -> None:
    """Insert `rows`; of those whose unique `keys` exist already, whoever did, only the columns `renew` change.

    Rows in the order of their keys keep two transactions from waiting for each other in a circle.
    """
    if not rows:
        return
    insert = postgres_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    statement = insert(table)
    if renew:
        renewed = {name: statement.excluded[name] for name in renew}
        session.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=renewed), list(rows))
    else:
        session.execute(statement.on_conflict_do_nothing(index_elements=list(keys)), list(rows))
