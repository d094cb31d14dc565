"""Terms that no table has, entered by a person: bought ones, or those without an SPDX id. Imports licences."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ledger.catalog.tables import License
from ledger.catalog.terms.licenses import REFERENCE, Terms, row_of, table
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
    if not license_id.lower().startswith(REFERENCE) or " " in license_id:
        raise InvalidRequestError("Terms of your own have an id that begins with LicenseRef-.", pointer="/license")
    row = session.get(License, license_id)
    if license_id.lower() in table() or (row is not None and row.entered_by is None and row.commercial_use is not None):
        raise InvalidRequestError(f"{license_id} is known here already; its terms stay.", pointer="/license")
    if row is None:
        row = License(id=license_id)
        session.add(row)
    for column, value in row_of(entry.terms).items():
        setattr(row, column, value)
    row.entered_by, row.entered_reason, row.valid_until = entry.by, entry.reason, entry.valid_until
    return row
