"""Conclude a model's licence from its card and the texts that came with it. Imports licences and recognition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.catalog.evidence.recognition import recognised
from ledger.catalog.gate.policy import Evidence
from ledger.catalog.gate.verdict import NOASSERTION
from ledger.catalog.terms.licenses import Terms, tags, terms
from ledger.errors import InvalidRequestError, LicenseContradictionError, LicenseMissingError
from ledger.names import check, plain

UNSAID = frozenset({"other", "unknown"})
"""Tags by which a card says that its licence has no tag; `license_name` may say which it is."""

RESERVED = frozenset({"", "admission", *Evidence})
"""What `concluded_by` holds where no person decided; "admission" is how older ledgers have it."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """Which terms hold, on whose word (an Evidence or a person's name), and why."""

    terms: Terms
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a model's own files say: the card's `license` entries and `license_name`, and licence texts by path."""

    licenses: Sequence[str]
    name: str | None
    texts: Mapping[str, str]

    @property
    def words(self) -> str | None:
        """The declared licence as the card has it, None where it has none."""
        said = ", ".join(self.licenses)
        words = f"{said} ({self.name})" if said and self.name else said or self.name
        return plain(words) if words else words


def word(license_id: str, *, by: str, reason: str) -> Conclusion:
    """What a person says. Raises LicenseUnreadableError, InvalidRequestError for a name that stands for evidence."""
    check(license=license_id, by=by, reason=reason)
    if by.strip().lower() in RESERVED:
        raise InvalidRequestError(f"“{by}” is no person; say who decides.", pointer="/by")
    return Conclusion(terms(license_id), by, reason)


def conclude(declaration: Declaration) -> Conclusion:
    """The licence that the files of a model establish; NOASSERTION where the card only says "other".

    A recognised text is stronger evidence than the card. Raises LicenseMissingError, LicenseContradictionError,
    LicenseUnreadableError.
    """
    declared = _declared(declaration)
    for path, text in sorted(declaration.texts.items()):
        found = recognised(text)
        if found is None:
            continue
        if declared is not None and declared.id != NOASSERTION and found not in declared.id.split():
            raise LicenseContradictionError(f"The card declares {declared.id}, but “{path}” is the text of {found}.")
        chosen = terms(found) if declared is None or declared.id == NOASSERTION else declared
        return Conclusion(chosen, Evidence.TEXT, f"“{path}” is the text of {found}.")
    if declared is None:
        raise LicenseMissingError("The model card names no licence, and no licence text that is known lies beside it.")
    if declared.id == NOASSERTION:
        return Conclusion(
            declared, Evidence.CARD, f"the card at this revision says “{declaration.words}”, which settles nothing."
        )
    return Conclusion(declared, Evidence.CARD, f"The card at this revision declares {declared.id}.")


def _declared(declaration: Declaration) -> Terms | None:
    """What the card says. Raises LicenseContradictionError, LicenseUnreadableError."""
    said = list(dict.fromkeys(one.strip().lower() for one in declaration.licenses if one.strip()))
    if len(said) > 1:
        raise LicenseContradictionError(
            f"The card names {len(said)} licences ({', '.join(said)[:200]}) and not how they combine; "
            "an SPDX expression such as MIT AND CC-BY-4.0 would say it."
        )
    named = tags().get(declaration.name.strip().lower()) if declaration.name else None
    if not said:
        return named
    if said[0] in UNSAID:
        return named or terms(said[0])
    found = terms(declaration.licenses[0])
    if named is not None and named.id not in (found.id, NOASSERTION):
        raise LicenseContradictionError(
            f"The card's license is {found.id}, but its license_name “{declaration.name}” stands for {named.id}."
        )
    return found
