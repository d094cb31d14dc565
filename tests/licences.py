"""What a model on paper says of its licence, as admission takes it."""

from typing import Any

from ledger.conclusion import Conclusion, Declaration, conclude
from ledger.gate import NOASSERTION
from ledger.licenses import terms
from ledger.policy import Evidence

UNSAID = "the card at this revision declares no licence."


def licensed(tag: str | None, **texts: str) -> dict[str, Any]:
    """`declaration` and `conclusion` of an Admission whose card has this tag; without one nobody knows the terms."""
    declaration = Declaration((tag,) if tag else (), None, texts)
    known = conclude(declaration) if tag or texts else Conclusion(terms(NOASSERTION), Evidence.CARD, UNSAID)
    return {"declaration": declaration, "conclusion": known}
