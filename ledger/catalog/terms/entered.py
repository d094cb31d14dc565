"""Terms that no table has, entered by a person: bought ones, or those without an SPDX id. Imports licences."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.catalog import turn
from ledger.catalog.tables import License
from ledger.catalog.terms.licenses import REFERENCE, Terms, of_row, row_of, symbols, table, terms
from ledger.catalog.terms.licenses import enter as enter_listed
from ledger.errors import InvalidRequestError
from ledger.names import check

SOURCE = "person"


@dataclass(frozen=True, slots=True)
class Entry:
    """The terms, who enters them and why, and until when they hold (None: for good)."""

    terms: Terms
    by: str
    reason: str
    valid_until: datetime | None


def enter(session: Session, entry: Entry) -> License:
    """Keep the terms, or change those that somebody entered before.

    Raises InvalidRequestError for an id that is no LicenseRef of one's own: what the table says is changed by nobody.
    """
    license_id = entry.terms.id
    check(license=license_id, by=entry.by, reason=entry.reason)
    turn.take(session)
    if not license_id.lower().startswith(REFERENCE) or " " in license_id:
        raise InvalidRequestError("Terms of your own have an id that begins with LicenseRef-.", pointer="/license")
    row = entered(session).get(license_id.lower()) or session.get(License, license_id)
    if license_id.lower() in table() or (row is not None and row.entered_by is None and row.commercial_use is not None):
        raise InvalidRequestError(f"{license_id} is known here already; its terms stay.", pointer="/license")
    if row is None:
        row = License(id=license_id)
        session.add(row)
    for column, value in row_of(replace(entry.terms, id=row.id)).items():
        setattr(row, column, value)
    row.entered_by, row.entered_reason, row.valid_until = entry.by, entry.reason, entry.valid_until
    session.flush()
    _reach(session, license_id)
    return row


def unlisted(license_id: str) -> list[str]:
    """The parts of a licence whose terms no table has: only a person can say that they hold."""
    return sorted(
        part for part in symbols(license_id) if part.lower().startswith(REFERENCE) and part.lower() not in table()
    )


def entered(session: Session) -> dict[str, License]:
    """What people entered, by id in lower case."""
    return {row.id.lower(): row for row in session.scalars(select(License).where(License.entered_by.is_not(None)))}


def hold(session: Session, found: Terms) -> str:
    """Have a licence in the ledger, with the terms and the end of what people entered of its parts; its id."""
    license_id = enter_listed(session, found)
    row = session.get_one(License, license_id)
    if row.entered_by is None and unlisted(license_id):
        _say(row, entered(session))
    return license_id


def _reach(session: Session, license_id: str) -> None:
    """Have the terms of every licence that `license_id` is a part of be those of today."""
    known = entered(session)
    for row in session.scalars(select(License).where(License.entered_by.is_(None))):
        if license_id.lower() in {part.lower() for part in symbols(row.id)}:
            _say(row, known)


def _say(row: License, known: Mapping[str, License]) -> None:
    for column, value in said(row.id, known).items():
        if column != "id":
            setattr(row, column, value)


def said(license_id: str, known: Mapping[str, License]) -> dict[str, Any]:
    """The columns of a licence by the tables and by what people entered (`known`), which ends when a part ends.

    Raises LicenseUnreadableError.
    """
    found = terms(license_id, {key: of_row(row) for key, row in known.items()})
    parts = (known.get(part.lower()) for part in symbols(found.chosen or found.id))
    ends = [part.valid_until for part in parts if part is not None and part.valid_until is not None]
    return row_of(found) | {"valid_until": min(ends, default=None)}
