"""A corrected table of terms reaches the licences that the ledger has. Imports licences and tables."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.catalog.tables import License, LicenseCorrection
from ledger.catalog.terms.licenses import row_of, terms
from ledger.errors import LicenseUnreadableError


def correct(session: Session, *, now: datetime) -> list[LicenseCorrection]:
    """Have every row say what the table says of its id today, and keep what it said before.

    Terms that a person entered stay. An id that the table no longer reads stays as it is.
    """
    made: list[LicenseCorrection] = []
    for row in session.scalars(select(License).where(License.entered_by.is_(None)).order_by(License.id)):
        after = _said_now(row.id)
        before = {column: getattr(row, column) for column in after if getattr(row, column) != after[column]}
        if not before:
            continue
        for column in before:
            setattr(row, column, after[column])
        changed = {column: after[column] for column in before}
        made.append(LicenseCorrection(at=now, license_id=row.id, before=before, after=changed))
    session.add_all(made)
    return made


def _said_now(license_id: str) -> dict[str, Any]:
    try:
        found = row_of(terms(license_id))
    except LicenseUnreadableError:
        return {}
    return found if found["id"] == license_id else {}
