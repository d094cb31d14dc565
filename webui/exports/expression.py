"""The name of a licence as an SPDX expression, and what kind of name it is. Imports licenses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ledger.catalog.terms.licenses import NOASSERTION, spdx

REFERENCE = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
OUTSIDE = re.compile(r"[^A-Za-z0-9.]+")
"""What may not stand in the name of a LicenseRef (SPDX, annex on license expressions)."""
NAME_CHARACTERS = 100


class Kind(StrEnum):
    """What a name of a licence is to SPDX."""

    NONE = "none"
    LISTED = "listed"
    REFERENCE = "reference"
    COMPOUND = "compound"


@dataclass(frozen=True, slots=True)
class Expression:
    """A valid SPDX expression, or NOASSERTION, and the LicenseRefs in it."""

    kind: Kind
    text: str
    references: tuple[str, ...] = ()


def express(name: str | None) -> Expression:
    """The expression for `name`; what SPDX can make nothing of becomes a LicenseRef."""
    if not name or name == NOASSERTION:
        return Expression(Kind.NONE, NOASSERTION)
    try:
        return _understood(name) or _referred(name)
    except Exception:  # beside its own errors the parser lets out IndexError, AssertionError and others
        return _referred(name)


def _understood(name: str) -> Expression | None:
    parsed = spdx().parse(name)
    keys = spdx().license_keys(parsed)
    if NOASSERTION in keys:
        return Expression(Kind.NONE, NOASSERTION)  # SPDX has it by itself only
    references = tuple(key for key in keys if REFERENCE.fullmatch(key))
    if parsed is None or _faulty(name, references):
        return None
    if keys != [str(parsed)]:
        return Expression(Kind.COMPOUND, str(parsed), references)
    return Expression(Kind.REFERENCE if references else Kind.LISTED, str(parsed), references)


def _faulty(name: str, references: Sequence[str]) -> bool:
    """Whether something in it is neither on SPDX's list nor a LicenseRef, or stands where it may not."""
    found = spdx().validate(name, strict=True)
    misplaced = [error for error in found.errors if not str(error).startswith("Unknown license key")]
    return bool(misplaced) or not set(found.invalid_symbols) <= set(references)


def _referred(name: str) -> Expression:
    cleaned = OUTSIDE.sub("-", name.removeprefix("LicenseRef-"))[:NAME_CHARACTERS].strip("-.") or "unnamed"
    return Expression(Kind.REFERENCE, f"LicenseRef-{cleaned}", (f"LicenseRef-{cleaned}",))
