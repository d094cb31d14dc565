"""Licences by SPDX id, LicenseRef, expression or hub tag, and what they permit. Imports license-expression.

The tables are data with a source for each row: `licenses.toml` and `tags.toml`.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache, lru_cache, reduce
from itertools import islice, product
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from ledger.catalog.tables import License
from ledger.catalog.terms.conditions import Condition, conditions
from ledger.errors import LicenseUnreadableError
from ledger.upsert import insert_missing

TABLES = Path(__file__).parent
NOASSERTION = "NOASSERTION"
"""SPDX's word for terms that nobody has established. In a sum it says that more holds than the other parts."""
REFERENCE = "licenseref-"
LONGEST_ID = 255
LONGEST_SAID = 4 * LONGEST_ID
"""Characters of an expression with brackets and spaces; deep ones take the parser seconds, or all its stack."""
MOST_WAYS = 64


@dataclass(frozen=True, slots=True)
class Terms:
    """What a licence permits and asks for, as `catalog.License` keeps it; `chosen` is which of alternatives it is."""

    id: str
    title: str
    commercial_use: bool | None = None
    attribution: bool = True
    share_alike: bool = False
    use_restrictions: bool = False
    naming: str | None = None
    clause: str = ""
    source: str = ""
    conditions: tuple[Condition, ...] = ()
    chosen: str = ""

    @property
    def is_light(self) -> bool:
        """Whether it binds nobody further down: it permits commerce and asks for credit at most."""
        binds = self.share_alike or self.use_restrictions or self.naming or self.conditions
        return self.commercial_use is True and not binds


def terms(said: str, entered: Mapping[str, Terms] = MappingProxyType({})) -> Terms:
    """The terms behind a hub tag, an SPDX id, a LicenseRef or an SPDX expression of these, in any case.

    Of alternatives (OR) the one that permits and asks least counts; of a sum (AND) all of them do. `entered` are those
    that no table has, by id in lower case. Raises LicenseUnreadableError.
    """
    plain = said.strip()
    joined = re.sub(r"\s+", "-", plain.lower())
    known = tags().get(plain.lower()) or table().get(plain.lower()) or tags().get(joined) or titled(plain)
    return known or _of_expression(plain, entered)


def both(one: Terms, other: Terms) -> Terms:
    """The terms of two that hold together. Raises LicenseUnreadableError where that is more than can be kept."""
    found = _sum([one, other], spdx().parse(f"({one.id}) AND ({other.id})"))
    if len(found.id) > LONGEST_ID:
        raise LicenseUnreadableError(f"{one.id} and {other.id} together are more than can be kept.")
    return found


def joined(one: Terms, other: Terms) -> Terms:
    """The terms of two that hold together, each licence named once; beside an open one only those that bind.

    Raises LicenseUnreadableError as `both`.
    """
    if certain(other.id) <= certain(one.id):
        return one
    if certain(one.id) <= certain(other.id):
        return other
    if NOASSERTION in symbols(one.id) | symbols(other.id) and (one.is_light or other.is_light):
        return other if one.is_light else one
    return both(one, other)


def alternatives(license_id: str) -> list[Terms]:
    """The terms under each way to choose among what OR joins, in the order of the expression."""
    return _ways(spdx().parse(license_id)) if " OR " in license_id else [terms(license_id)]


def _ways(parsed: Any) -> list[Terms]:
    if isinstance(parsed, spdx().OR):
        return [way for part in parsed.args for way in _ways(part)]
    if isinstance(parsed, spdx().AND):
        return [reduce(both, ways) for ways in islice(product(*map(_ways, parsed.args)), MOST_WAYS)]
    return [terms(parsed.render())]


@cache
def tags() -> dict[str, Terms]:
    """The hub's licence tags, in lower case, with the terms that each stands for."""
    rows = tomllib.loads((TABLES / "tags.toml").read_text(encoding="utf-8"))
    return {tag.lower(): table()[row["license"].lower()] for tag, row in rows.items()}


def enter(session: Session, found: Terms) -> str:
    """Have the licence in the ledger as the table says it, and return its id."""
    insert_missing(session, License, [row_of(found)], ["id"])
    return found.id


def row_of(found: Terms) -> dict[str, Any]:
    """The columns of its row."""
    row = {field.name: getattr(found, field.name) for field in fields(found) if field.name != "chosen"}
    return row | {"conditions": [one.row() for one in found.conditions] or None}


def of_row(row: License) -> Terms:
    """The terms that a row of the ledger holds."""
    kept = {field.name: getattr(row, field.name) for field in fields(Terms) if field.name != "chosen"}
    return Terms(**kept | {"conditions": conditions(row.conditions)})


def titled(name: str) -> Terms | None:
    """The terms that go by a name: a tag, an id or a title, in any case; None where no licence here is called so."""
    plain = name.strip().lower()
    known = tags().get(plain) or table().get(plain)
    return known or next((row for row in table().values() if row.title.lower() == plain), None)


@lru_cache(maxsize=1024)
def symbols(license_id: str) -> frozenset[str]:
    """The licences that an expression is made of, without exceptions."""
    if " " not in license_id:
        return frozenset({license_id})
    return frozenset(_id_of(one) for one in spdx().parse(license_id).symbols)


@lru_cache(maxsize=1024)
def certain(license_id: str) -> frozenset[str]:
    """The licences of an expression that hold whichever alternative somebody chooses, and what leaves that choice."""
    return _certain(spdx().parse(license_id)) if " " in license_id else frozenset({license_id})


def _certain(parsed: Any) -> frozenset[str]:
    if isinstance(parsed, spdx().OR):
        return frozenset[str].intersection(*map(_certain, parsed.args)) | {parsed.render()}
    if isinstance(parsed, spdx().AND):
        return frozenset[str]().union(*map(_certain, parsed.args))
    return frozenset({_id_of(parsed)})


def _id_of(symbol: Any) -> str:
    """The id of a symbol as the table spells it, without an exception."""
    key = str(getattr(symbol, "license_symbol", symbol).key)
    return table()[key.lower()].id if key.lower() in table() else key


@cache
def table() -> dict[str, Terms]:
    """The licences that are known, by id in lower case."""
    rows: dict[str, dict[str, Any]] = tomllib.loads((TABLES / "licenses.toml").read_text(encoding="utf-8"))
    return {
        spdx_id.lower(): Terms(id=spdx_id, **row | {"conditions": conditions(row.get("conditions"))})
        for spdx_id, row in rows.items()
    }


@cache
def spdx() -> Any:
    """The SPDX list of license-expression; reading it takes a third of a second, which few processes spend."""
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


def _of_expression(said: str, entered: Mapping[str, Terms]) -> Terms:
    from license_expression import ExpressionError

    unreadable = LicenseUnreadableError(
        f"“{said[:100]}” is no licence that is known here: neither a hub tag, an SPDX id nor a LicenseRef-…, "
        "and no SPDX expression of them such as MIT OR Apache-2.0."
    )
    if len(said) > LONGEST_SAID:
        raise unreadable
    try:
        parsed = spdx().parse(said)
    except (ExpressionError, LookupError, AssertionError, TypeError, ValueError, RecursionError) as error:
        # Beside its own error the parser lets others out, of what nobody would write but a hostile card.
        raise unreadable from error
    if parsed is None or any(not _may_be_unlisted(key) for key in spdx().unknown_license_keys(parsed)):
        raise unreadable
    if any(not _is_exception(one) for one in parsed.symbols):
        raise unreadable
    found = _combined(parsed, entered)
    if len(found.id) > LONGEST_ID:
        raise unreadable
    return found


def _may_be_unlisted(key: str) -> bool:
    return key.lower().startswith(REFERENCE) or key == NOASSERTION


def _is_exception(symbol: Any) -> bool:
    """Whether what follows a WITH, if anything does, is one of SPDX's exceptions, which permit more and never less."""
    exception = getattr(symbol, "exception_symbol", None)
    return exception is None or bool(exception.is_exception)


def _combined(parsed: Any, entered: Mapping[str, Terms]) -> Terms:
    """Terms of a parsed expression."""
    if isinstance(parsed, spdx().OR):
        parts = [_combined(part, entered) for part in parsed.args]
        chosen = min(parts, key=burden)
        clause = f"Of {parsed.render()} the terms of {chosen.id} are chosen. {chosen.clause}"
        return replace(_changed(chosen, parsed, clause), chosen=chosen.chosen or chosen.id)
    if isinstance(parsed, spdx().AND):
        return _sum([_combined(part, entered) for part in parsed.args], parsed)
    licence = getattr(parsed, "license_symbol", parsed)
    key = licence.key.lower()
    known = (
        table().get(key)
        or entered.get(key)
        or Terms(licence.key, licence.key, clause="its terms are not in the table", source="https://spdx.org/licenses/")
    )
    return known if licence is parsed else _changed(known, parsed, known.clause)


def _sum(parts: list[Terms], parsed: Any) -> Terms:
    answers = {part.commercial_use for part in parts}
    open_ = any(NOASSERTION in symbols(part.id) for part in parts)
    worst = max(parts, key=lambda part: (burden(part), part.id))
    chosen = " AND ".join(f"({part.chosen or part.id})" for part in parts)
    return Terms(
        id=parsed.render(),
        title=" and ".join(part.title for part in parts)[:LONGEST_ID],
        commercial_use=None if open_ else False if False in answers else None if None in answers else True,
        attribution=any(part.attribution for part in parts),
        share_alike=any(part.share_alike for part in parts),
        use_restrictions=any(part.use_restrictions for part in parts),
        naming=max((part.naming for part in parts if part.naming), key=len, default=None),
        clause=f"{worst.id}: {worst.clause}",
        source=" ".join(part.source for part in parts),
        conditions=tuple(dict.fromkeys(one for part in parts for one in part.conditions)),
        chosen=chosen if any(part.chosen for part in parts) else "",
    )


def _changed(base: Terms, parsed: Any, clause: str) -> Terms:
    return replace(base, id=parsed.render(), clause=clause)


def burden(part: Terms) -> tuple[int, int]:
    """How little a licence permits, and then how much it asks."""
    permits = {True: 0, None: 1, False: 2}[part.commercial_use]
    asks = part.use_restrictions + part.share_alike + (part.naming is not None) + part.attribution
    return permits, asks + len(part.conditions)
