"""Corrected terms reach the licences that the ledger has: those of the table and entered ones. Imports entered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.catalog.tables import License, LicenseCorrection
from ledger.catalog.terms.entered import entered, said
from ledger.errors import LicenseUnreadableError


def correct(session: Session, *, now: datetime) -> list[LicenseCorrection]:
    """Have every row say what is said of its id today, by the table and by people for its parts; keep what it said.

    Terms that a person entered stay. An id that the table no longer reads stays as it is.
    """
    known = entered(session)
    made: list[LicenseCorrection] = []
    for row in session.scalars(select(License).where(License.entered_by.is_(None)).order_by(License.id)):
        after = _said_now(row.id, known)
        before = {column: getattr(row, column) for column in after if getattr(row, column) != after[column]}
        if not before:
            continue
        for column in before:
            setattr(row, column, after[column])
        changed = {column: after[column] for column in before}
        made.append(LicenseCorrection(at=now, license_id=row.id, before=_plain(before), after=_plain(changed)))
    session.add_all(made)
    return made


def _said_now(license_id: str, known: Mapping[str, License]) -> dict[str, Any]:
    try:
        found = said(license_id, known)
    except LicenseUnreadableError:
        return {}
    return found if found["id"] == license_id else {}


def _plain(columns: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON holds them."""
    return {column: str(value) if isinstance(value, datetime) else value for column, value in columns.items()}
