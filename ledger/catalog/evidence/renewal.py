"""Conclude anew, from what is kept of a model, what holds for it. Imports the evidence and the catalog's tables."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from ledger.catalog.evidence import bases, kept
from ledger.catalog.evidence.conclusion import RESERVED, Conclusion, conclude, with_bases
from ledger.catalog.evidence.declaration import Declaration
from ledger.catalog.evidence.findings import Findings
from ledger.catalog.evidence.kept import Kept
from ledger.catalog.evidence.outcome import is_a_persons, settle
from ledger.catalog.gate.policy import Evidence
from ledger.catalog.tables import License, Model
from ledger.catalog.terms.licenses import NOASSERTION, Terms, joined, of_row, terms
from ledger.errors import LedgerError, LicenseContradictionError, LicenseMissingError, LicenseUnreadableError

MOST_ROUNDS = 8
"""So often one change may reach the same model, by several ways or in a circle of models that name each other."""


def today(
    session: Session, said: Conclusion, declaration: Declaration, findings: Findings, *, but: str = ""
) -> Conclusion:
    """`said` for the model with the id `but`, or what follows now where it rests on bases or doubts.

    A person's word stays. Raises as `conclude`.
    """
    if said.by not in RESERVED or not (declaration.bases or declaration.doubts):
        return said
    return conclude(declaration, bases.known(session, declaration.bases, but=but), findings)


def renew(session: Session, model: Model, known: Kept, *, now: datetime) -> bool:
    """Conclude by today's rules, and by what holds for its bases today; whether that is something else than before.

    A person's word stays. Where not all that was said is kept, less may be permitted than before and never more.
    """
    if is_a_persons(model):
        return False
    before = of_row(session.get_one(License, model.concluded_license_id))
    found = _concluded(session, model, known)
    if found is None:
        return False
    if not known.whole:
        found = _narrowed(before, found)
        if found.terms.id == before.id and set(found.unknown_bases) <= set(model.unknown_bases or ()):
            return False
    return settle(session, model, found, now=now)


def follow(session: Session, changed: Model, *, now: datetime) -> None:
    """Conclude anew for every model that comes from `changed`, and from those that change by that."""
    waiting = deque([changed])
    rounds: Counter[str] = Counter()
    while waiting:
        derived = kept.naming(session, waiting.popleft())
        for model_id, known in kept.of(session, derived).items():
            rounds[model_id] += 1
            model = session.get_one(Model, model_id)
            if rounds[model_id] <= MOST_ROUNDS and renew(session, model, known, now=now):
                waiting.append(model)


def _concluded(session: Session, model: Model, known: Kept) -> Conclusion | None:
    """What admission would conclude, None where what it went by is not kept; what it would refuse leaves it open."""
    held = bases.known(session, known.declaration.bases, but=model.id)
    try:
        return conclude(known.declaration, held, known.findings)
    except LicenseMissingError as error:
        return _open(error, known, held) if known.whole or known.findings.unread else None
    except (LicenseContradictionError, LicenseUnreadableError) as error:
        return _open(error, known, held)


def _narrowed(before: Terms, found: Conclusion) -> Conclusion:
    """What was found, together with what held before: neither has to imply the other."""
    try:
        return replace(found, terms=joined(before, found.terms))
    except LicenseUnreadableError as error:
        return replace(found, terms=terms(NOASSERTION), reason=error.message)


def _open(error: LedgerError, known: Kept, held: Mapping[str, Terms]) -> Conclusion:
    unread = f"Its texts cannot be read: {known.findings.unread}" if known.findings.unread else ""
    found = Conclusion(terms(NOASSERTION), Evidence.CARD, unread or error.message)
    try:
        return with_bases(found, known.declaration.bases, held)
    except LicenseUnreadableError:  # more licences than can be named
        return found
