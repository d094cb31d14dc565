"""Licences by SPDX id, LicenseRef, expression or hub tag, and what they permit. Imports license-expression.

The tables are data with a source for each row: `licenses.toml` and `tags.toml`.
"""

import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from ledger.catalog.tables import License
from ledger.errors import LicenseUnreadableError
from ledger.upsert import insert_missing

TABLES = Path(__file__).parent
REFERENCE = "licenseref-"
LONGEST_ID = 255


@dataclass(frozen=True, slots=True)
class Terms:
    """What a licence permits and asks for, as `catalog.License` keeps it."""

    id: str
    title: str
    commercial_use: bool | None = None
    attribution: bool = True
    share_alike: bool = False
    use_restrictions: bool = False
    naming: str | None = None
    clause: str = ""
    source: str = ""


def terms(said: str) -> Terms:
    """The terms behind a hub tag, an SPDX id, a LicenseRef or an SPDX expression of these, in any case.

    Of alternatives (OR) the one that permits and asks least counts; of a sum (AND) all of them do. Raises
    LicenseUnreadableError.
    """
    plain = said.strip()
    known = tags().get(plain.lower()) or table().get(plain.lower())
    return known or _of_expression(plain)


@cache
def tags() -> dict[str, Terms]:
    """The hub's licence tags, in lower case, with the terms that each stands for."""
    rows = tomllib.loads((TABLES / "tags.toml").read_text(encoding="utf-8"))
    return {tag.lower(): table()[row["license"].lower()] for tag, row in rows.items()}


def enter(session: Session, found: Terms) -> str:
    """Have the licence in the ledger as the table says it, and return its id."""
    insert_missing(session, License, [asdict(found)], ["id"])
    return found.id


@cache
def table() -> dict[str, Terms]:
    """The licences that are known, by id in lower case."""
    rows: dict[str, dict[str, Any]] = tomllib.loads((TABLES / "licenses.toml").read_text(encoding="utf-8"))
    return {spdx_id.lower(): Terms(id=spdx_id, **row) for spdx_id, row in rows.items()}


@cache
def spdx() -> Any:
    """The SPDX list of license-expression; reading it takes a third of a second, which few processes spend."""
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


def _of_expression(said: str) -> Terms:
    from license_expression import ExpressionError

    unreadable = LicenseUnreadableError(
        f"“{said[:100]}” is no licence that is known here: neither a hub tag, an SPDX id nor a LicenseRef-…, "
        "and no SPDX expression of them such as MIT OR Apache-2.0."
    )
    try:
        parsed = spdx().parse(said)
    except (ExpressionError, LookupError, AssertionError, TypeError, ValueError) as error:
        # Beside its own error the parser lets others out, of what nobody would write but a hostile card.
        raise unreadable from error
    if parsed is None or any(not _is_reference(key) for key in spdx().unknown_license_keys(parsed)):
        raise unreadable
    found = _combined(parsed)
    if len(found.id) > LONGEST_ID:
        raise unreadable
    return found


def _is_reference(key: str) -> bool:
    return key.lower().startswith(REFERENCE)


def _combined(parsed: Any) -> Terms:
    """Terms of a parsed expression."""
    if isinstance(parsed, spdx().OR):
        parts = [_combined(part) for part in parsed.args]
        chosen = min(parts, key=_burden)
        return _changed(chosen, parsed, f"Of {parsed.render()} the terms of {chosen.id} are chosen. {chosen.clause}")
    if isinstance(parsed, spdx().AND):
        return _sum([_combined(part) for part in parsed.args], parsed)
    licence = getattr(parsed, "license_symbol", parsed)
    known = table().get(licence.key.lower()) or Terms(
        licence.key, licence.key, clause="its terms are not in the table", source="https://spdx.org/licenses/"
    )
    return known if licence is parsed else _changed(known, parsed, known.clause)


def _sum(parts: list[Terms], parsed: Any) -> Terms:
    answers = {part.commercial_use for part in parts}
    worst = max(parts, key=_burden)
    return Terms(
        id=parsed.render(),
        title=" and ".join(part.title for part in parts)[:LONGEST_ID],
        commercial_use=False if False in answers else None if None in answers else True,
        attribution=any(part.attribution for part in parts),
        share_alike=any(part.share_alike for part in parts),
        use_restrictions=any(part.use_restrictions for part in parts),
        naming=next((part.naming for part in parts if part.naming), None),
        clause=f"{worst.id}: {worst.clause}",
        source=" ".join(part.source for part in parts),
    )


def _changed(base: Terms, parsed: Any, clause: str) -> Terms:
    return Terms(**(asdict(base) | {"id": parsed.render(), "clause": clause}))


def _burden(part: Terms) -> tuple[int, int]:
    """How little a licence permits, and then how much it asks."""
    permits = {True: 0, None: 1, False: 2}[part.commercial_use]
    return permits, part.use_restrictions + part.share_alike + (part.naming is not None) + part.attribution
