"""What a model on paper says of its licence, as admission takes it."""

from typing import Any

from ledger.catalog.evidence.conclusion import Conclusion, conclude
from ledger.catalog.evidence.declaration import Declaration
from ledger.catalog.gate.policy import Evidence
from ledger.catalog.terms.licenses import NOASSERTION, terms

UNSAID = "the card at this revision declares no licence."


def licensed(tag: str | None, **texts: str) -> dict[str, Any]:
    """`declaration` and `conclusion` of an Admission whose card has this tag; without one nobody knows the terms."""
    declaration = Declaration((tag,) if tag else (), None, texts)
    known = conclude(declaration) if tag or texts else Conclusion(terms(NOASSERTION), Evidence.CARD, UNSAID)
    return {"declaration": declaration, "conclusion": known}
