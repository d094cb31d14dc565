"""Is a licence for whoever uses this installation? Decides by its conditions and what is declared. Imports policy."""

from collections.abc import Sequence
from typing import Any

from ledger.catalog.gate.finding import Finding
from ledger.catalog.gate.organization import Organization
from ledger.catalog.gate.policy import Need, Policy, Purpose
from ledger.catalog.tables import License
from ledger.catalog.terms.conditions import DUTIES, EXCLUSIONS, Condition, Kind, conditions
from ledger.catalog.terms.licenses import Terms

SETTINGS = {
    Kind.TERRITORY: "country",
    Kind.MONTHLY_USERS: "organization_monthly_users",
    Kind.REVENUE_USD: "organization_revenue_usd",
    Kind.SECTOR: "sector",
}
"""The setting by which an installation declares what a condition is about."""

UNITS = {Kind.MONTHLY_USERS: "users a month", Kind.REVENUE_USD: "USD of revenue a year"}


def judged(bearing: Sequence[License | Terms], purpose: Purpose, policy: Policy) -> list[Finding]:
    """A finding for each condition of those licences that decides by who uses the installation."""
    found: list[Finding] = []
    for license_ in bearing:
        deciding = _deciding(license_, purpose, policy)
        unsaid = [SETTINGS[one.kind] for one in deciding if _value(one, policy.organization) is None]
        remedy = f"set {' and '.join(dict.fromkeys(unsaid))}"
        lenient = purpose not in policy.undeclared_refused
        found += [_finding(one, license_.id, policy.organization, remedy, lenient=lenient) for one in deciding]
    return found


def declared(bearing: Sequence[License | Terms], purpose: Purpose, policy: Policy) -> dict[str, Any]:
    """What the installation declares of that which their conditions are about, by the names of the settings."""
    asked = [one for license_ in bearing for one in _deciding(license_, purpose, policy)]
    found = {SETTINGS[one.kind]: _value(one, policy.organization) for one in asked}
    return {name: value for name, value in found.items() if value is not None}


def limits(license_: License | Terms) -> list[str]:
    """What it makes depend on who uses it, in sentences."""
    deciding = [one for one in conditions(license_.conditions) if one.kind not in DUTIES]
    return [f"It {_grant(one)} ({one.clause.removesuffix('.')})." for one in deciding]


def _deciding(license_: License | Terms, purpose: Purpose, policy: Policy) -> list[Condition]:
    commercial = Need.COMMERCIAL_USE in policy.purposes[purpose].needs
    found = conditions(license_.conditions)
    return [one for one in found if one.kind not in DUTIES and (commercial or not one.commercial)]


def _finding(
    condition: Condition, license_id: str, organization: Organization, remedy: str, *, lenient: bool
) -> Finding:
    grants = f"{license_id} {_grant(condition)} ({condition.clause.removesuffix('.')})"
    need, value = str(condition.kind), _value(condition, organization)
    if condition.kind not in EXCLUSIONS and condition.most is None:
        return Finding(need, lenient, f"{grants}; corpusmill licenses enter keeps what you agreed on.", lenient)
    if value is None:
        unsaid = SETTINGS[condition.kind].replace("_", " ")
        return Finding(
            need, lenient, f"{grants}, and the {unsaid} of this installation is not declared; {remedy}.", lenient
        )
    met = _met(condition, organization, value)
    said = f"{value:,} of them" if isinstance(value, int) else str(value)
    return Finding(need, met, f"{grants}; this installation declares {said}.")


def _grant(condition: Condition) -> str:
    if condition.kind in EXCLUSIONS:
        where = "in the territory" if condition.kind is Kind.TERRITORY else "to the sector"
        return f"grants nothing {where} {' or '.join(condition.excluded)}"
    if condition.most is None:
        return f"grants nothing beyond a number of {UNITS[condition.kind]} that is not known here"
    return f"grants nothing beyond {condition.most:,} {UNITS[condition.kind]}"


def _met(condition: Condition, organization: Organization, value: str | int) -> bool:
    if condition.kind is Kind.TERRITORY:
        return not any(organization.inside(territory) for territory in condition.excluded)
    if condition.kind is Kind.SECTOR:
        return value not in condition.excluded
    return condition.most is not None and int(value) <= condition.most


def _value(condition: Condition, organization: Organization) -> str | int | None:
    said: dict[Kind, str | int | None] = {
        Kind.TERRITORY: organization.country,
        Kind.MONTHLY_USERS: organization.monthly_users,
        Kind.REVENUE_USD: organization.revenue_usd,
        Kind.SECTOR: organization.sector,
    }
    return said[condition.kind]
