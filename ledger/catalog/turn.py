"""One at a time says what holds of licences, and what that rests on stays meanwhile. Imports SQLAlchemy."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session


def take(session: Session) -> None:
    """Have the transaction wait for others that conclude or enter terms, before any lock; SQLite does it by itself.

    Of a base and what comes from it, admitted at once, neither would else see the other.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("licences", 0))))
