"""What was concluded for a model, written down, with an event where it changed. Imports the catalog's tables."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ledger.catalog.evidence.conclusion import RESERVED, Conclusion
from ledger.catalog.tables import LicenseCorrection, Model
from ledger.catalog.terms.entered import hold


def is_a_persons(model: Model) -> bool:
    """Whether what holds for it is somebody's word, which nothing but another word changes."""
    return model.concluded_by not in RESERVED


def settle(session: Session, model: Model, found: Conclusion, *, now: datetime) -> bool:
    """Have `found` hold for a model that is in the ledger. Whether it is another conclusion than before.

    The same conclusion for other reasons stays with its own.
    """
    before = _said(model)
    license_id = hold(session, found.terms)
    after = {
        "license": license_id,
        "by": found.by,
        "unknown_bases": list(found.unknown_bases),
    }
    if all(before[name] == value for name, value in after.items()) and found.by in RESERVED:
        return False
    model.concluded_license_id = license_id
    model.concluded_by, model.concluded_reason, model.concluded_at = found.by, found.reason, now
    model.unknown_bases = list(found.unknown_bases) or None
    session.add(LicenseCorrection(at=now, license_id=license_id, before=before, after=_said(model)))
    session.flush()
    return True


def _said(model: Model) -> dict[str, Any]:
    return {
        "model": f"{model.name}@{model.revision}",
        "license": model.concluded_license_id,
        "by": model.concluded_by,
        "reason": model.concluded_reason,
        "unknown_bases": list(model.unknown_bases or ()),
    }
