"""Conclude a model's licence from all that its files say. Imports the terms, the readings and the policy's evidence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ledger.catalog.evidence.declaration import Declaration
from ledger.catalog.evidence.findings import Findings, find
from ledger.catalog.evidence.reading import Reading
from ledger.catalog.gate.policy import Evidence
from ledger.catalog.terms.entered import unlisted
from ledger.catalog.terms.licenses import NOASSERTION, Terms, certain, joined, symbols, terms, titled
from ledger.errors import InvalidRequestError, LicenseContradictionError, LicenseMissingError, LicenseUnreadableError
from ledger.names import check, plain

UNSAID = frozenset({"other", "unknown"})
"""Tags by which a card says that its licence has no tag; `license_name` may say which it is."""

RESERVED = frozenset({"", "admission", *Evidence})
"""What `concluded_by` holds where no person decided; "admission" is how older ledgers have it."""

SHOWN_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class Conclusion:
    """Which terms hold, on whose word (an Evidence or a person's name), and why.

    `unknown_bases` are the models that it comes from of which nothing is known here.
    """

    terms: Terms
    by: str
    reason: str
    unknown_bases: tuple[str, ...] = ()


def word(license_id: str, *, by: str, reason: str) -> Conclusion:
    """What a person says. Raises LicenseUnreadableError, InvalidRequestError for a name that stands for evidence."""
    check(license=license_id, by=by, reason=reason)
    if by.strip().lower() in RESERVED:
        raise InvalidRequestError(f"“{by}” is no person; say who decides.", pointer="/by")
    return Conclusion(terms(license_id), by, reason)


def conclude(
    declaration: Declaration, bases: Mapping[str, Terms] | None = None, findings: Findings | None = None
) -> Conclusion:
    """The licence that the files of a model establish; NOASSERTION where any of them leaves it open.

    Every text has to be known, and to be what the card declares, but for those of third parties' parts, whose terms are
    added; the terms of those `bases` that are known here hold as
    well. `findings` are those of the declaration, where they were made elsewhere: then nothing is read here. Raises
    LicenseMissingError, LicenseContradictionError, LicenseUnreadableError.
    """
    findings = findings or find(declaration)
    readings = findings.readings
    declared = _declared(declaration)
    parts = [reading for reading in readings if reading.ids and reading.is_of_a_part]
    texts = [reading for reading in readings if reading.ids and not reading.is_of_a_part]
    _refuse_contradictions(declared, texts, declaration.headers)
    if declared is None and not texts:
        raise LicenseMissingError("The model card names no licence, and no licence text that is known lies beside it.")
    settled = declared is not None and declared.id != NOASSERTION
    held = declared if declared is not None and (settled or not texts) else _of_texts(texts)
    by = Evidence.TEXT if _proven(held, texts) else Evidence.CARD
    reason = " ".join(reading.sentence for reading in texts) if by is Evidence.TEXT else _card(held, declaration)
    open_ = [*_left_open(declaration, findings, held)]
    if open_:
        known = terms(NOASSERTION) if settled else joined(terms(NOASSERTION), held)  # what the card names is kept there
        held, by, reason = known, Evidence.CARD, plain(" ".join([*open_, reason]))
    return with_bases(_with_parts(Conclusion(held, by, reason), parts), declaration.bases, bases or {})


def _left_open(declaration: Declaration, findings: Findings, held: Terms) -> Iterable[str]:
    """What keeps the licence from being settled, in sentences."""
    yield from declaration.doubts
    if findings.unread:
        yield f"Its texts cannot be read: {findings.unread}"
    yield from (reading.sentence for reading in findings.readings if not reading.settled)
    yield from _unread(declaration).values()
    if strange := unlisted(held.id):
        yield f"The card names {strange[0]}, terms of which only a person can say that they hold."
    if declaration.licenses and declaration.name and titled(declaration.name) is None and held.id != NOASSERTION:
        named = plain(declaration.name)[:SHOWN_CHARACTERS]
        yield f"The card calls the licence “{named}”, a name that is not known here."
    for path, header in sorted(declaration.headers.items()):
        if not _named_by(header):
            yield f"“{path}” names “{plain(header)[:SHOWN_CHARACTERS]}”, which is no licence that is known."
    if findings.ban is not None and held.commercial_use:
        yield f"The card says “{findings.ban[:SHOWN_CHARACTERS]}”, which {held.id} does not."


def _unread(declaration: Declaration) -> dict[str, str]:
    return {path: f"“{path}” cannot be read ({why})." for path, why in sorted(declaration.unread.items())}


def _refuse_contradictions(declared: Terms | None, texts: Sequence[Reading], headers: Mapping[str, str]) -> None:
    """Raise LicenseContradictionError where card, texts and headers name licences that are not the same."""
    settled = declared is not None and declared.id != NOASSERTION
    said = symbols(declared.id) if declared is not None and settled else _ids(texts)
    for reading in texts:
        if not reading.ids & said:
            raise LicenseContradictionError(f"The card declares {' and '.join(sorted(said))}, but {reading.sentence}")
    for path, header in sorted(headers.items()):
        named = _named_by(header)
        if named and said and not named <= said:
            one, other = (" and ".join(sorted(ids)) for ids in (named, said))
            raise LicenseContradictionError(f"“{path}” names {one}, the card or a text beside it {other}.")


def _named_by(header: str) -> frozenset[str]:
    """The licences that a header names, none where it is not known which."""
    try:
        return symbols(terms(header).id) - {NOASSERTION}
    except LicenseUnreadableError:
        return frozenset()


def _of_texts(texts: Sequence[Reading]) -> Terms:
    """All of several texts hold."""
    return terms(" AND ".join(dict.fromkeys(reading.id for reading in texts)))


def _proven(held: Terms, texts: Sequence[Reading]) -> bool:
    """Whether there is a text for every part of what holds; of alternatives for those that were chosen."""
    return bool(texts) and symbols(held.chosen or held.id) <= _ids(texts)


def _ids(texts: Sequence[Reading]) -> frozenset[str]:
    return frozenset[str]().union(*(reading.ids for reading in texts))


def _card(held: Terms, declaration: Declaration) -> str:
    if held.id == NOASSERTION:
        return f"the card at this revision says “{declaration.words}”, which settles nothing."
    return f"The card at this revision declares {held.id}."


def _with_parts(found: Conclusion, parts: Sequence[Reading]) -> Conclusion:
    """The same with the terms of parts that others made, whose texts lie beside."""
    held = found.terms
    for part in parts:
        if not part.ids & certain(held.id):
            held = joined(held, terms(part.id))
    listed = " ".join(part.sentence for part in parts)
    return replace(found, terms=held, reason=f"{found.reason} {listed}".strip())


def with_bases(found: Conclusion, names: Sequence[str], bases: Mapping[str, Terms]) -> Conclusion:
    """The same with what holds for the models that this one comes from. Raises LicenseUnreadableError."""
    unknown = tuple(name for name in dict.fromkeys(names) if name not in bases)
    held, reason = found.terms, found.reason
    for name, base in sorted(bases.items()):
        if name not in names or certain(base.id) <= certain(held.id):
            continue
        if base.is_light and not unlisted(base.id):  # entered terms may end
            continue
        held = joined(held, base)
        reason = f"{reason} It comes from “{plain(name)}”, for which {base.id} holds."
    if unknown:
        listed = ", ".join(f"“{plain(name)}”" for name in unknown)[:SHOWN_CHARACTERS]
        reason = f"{reason} What holds for {listed}, from which it comes, is not known here."
    return replace(found, terms=held, reason=reason, unknown_bases=unknown)


def _declared(declaration: Declaration) -> Terms | None:
    """What the card says. Raises LicenseContradictionError, LicenseUnreadableError."""
    said = list(dict.fromkeys(one.strip().lower() for one in declaration.licenses if one.strip()))
    if len(said) > 1:
        raise LicenseContradictionError(
            f"The card names {len(said)} licences ({', '.join(said)[:200]}) and not how they combine; "
            "an SPDX expression such as MIT AND CC-BY-4.0 would say it."
        )
    named = titled(declaration.name) if declaration.name else None
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
