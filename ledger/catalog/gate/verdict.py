"""May a model be used for a purpose? Decides by its licence and the policy. Imports licenses and policy."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ledger.base import utc_now
from ledger.catalog.gate.conditions import declared, judged
from ledger.catalog.gate.finding import Finding
from ledger.catalog.gate.policy import Evidence, Need, Policy, Purpose, UnknownBase
from ledger.catalog.tables import License, Model
from ledger.catalog.terms.conditions import DUTIES, conditions
from ledger.catalog.terms.licenses import NOASSERTION, Terms, symbols, titled
from ledger.names import plain

NAMES = re.compile(r"[,()]")
"""What stands between the names in a declared licence, such as "other (tencent-hunyuan-community)"."""
PERMITS = {
    True: "permits commercial use",
    False: "permits no commercial use, and {purpose} use counts as such",
    None: "is not known to permit commercial use, and {purpose} use counts as such",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision for one model and one purpose, by one version of the policy, with all that led to it.

    `reason` is that of the first need that is not met, or says what the licence permits. `declared` is what the
    installation declares of that which the licence asks about.
    """

    allowed: bool
    reason: str
    policy: str
    findings: tuple[Finding, ...] = ()
    declared: Mapping[str, Any] = field(default_factory=dict)


def judge(model: Model, license_: License, purpose: Purpose, policy: Policy, *, now: datetime | None = None) -> Verdict:
    """Decide by the concluded licence of `model`, which is `license_`, as of `now` (the present)."""
    now = now or utc_now()
    needs = policy.purposes[purpose].needs
    findings = [_finding(need, model, license_, purpose, policy) for need in needs]
    bearing = _bearing(model, license_)
    findings += judged(bearing, purpose, policy)
    if denied := policy.denial_of(license_.id, purpose):
        part, denial = denied
        findings.insert(0, Finding("not denied", False, f"The policy rules {part} out: {denial.reason}"))
    if needs and model.unknown_bases:
        findings.append(_known_base(model, policy))
    if needs and license_.valid_until is not None:
        findings.append(_still_valid(license_, now))
    unmet = next((finding for finding in findings if not finding.met), None)
    reason = f"{license_.id} permits {purpose} use." if findings else f"{purpose.capitalize()} is always permitted."
    if unmet is not None:
        reason = unmet.reason
    else:
        reason = " ".join([reason, *(finding.reason for finding in findings if finding.unsettled)])
    return Verdict(unmet is None, reason, policy.version, tuple(findings), declared(bearing, purpose, policy))


def evidence(model: Model) -> Evidence:
    """On what the conclusion about the licence of `model` rests."""
    by = model.concluded_by
    if by == Evidence.TEXT:
        return Evidence.TEXT
    return Evidence.CARD if by in (Evidence.CARD, "admission") else Evidence.PERSON


def duties(license_: License | Terms) -> list[str]:
    """What a licence asks of whoever shares results or models, in sentences."""
    asked = [
        (license_.attribution, "Name the model, its makers and the licence."),
        (license_.share_alike, "Share what is derived from it under the same terms."),
        (license_.use_restrictions, "Keep to its list of forbidden uses, and pass the list on."),
        (license_.naming is not None, f"Names of derived models must begin with “{license_.naming}”."),
    ]
    own = [f"{one.asks} ({one.clause})" for one in conditions(license_.conditions) if one.kind in DUTIES]
    return [sentence for applies, sentence in asked if applies] + own


def _bearing(model: Model, license_: License) -> Sequence[License | Terms]:
    """The licence that was concluded; where that is open, what the card names too: it excludes whom it excludes."""
    held = symbols(license_.id)
    if NOASSERTION not in held:
        return [license_]
    named = [titled(name) for name in NAMES.split(model.declared_license or "") if name.strip()]
    return [license_, *(one for one in named if one is not None and one.id not in held)]


def _finding(need: Need, model: Model, license_: License, purpose: Purpose, policy: Policy) -> Finding:
    if need is Need.ESTABLISHED:
        return _established(model, license_, policy)
    place = f" ({license_.clause.removesuffix('.')})" if license_.clause else ""
    if need is Need.COMMERCIAL_USE:
        met = license_.commercial_use is True
        said = PERMITS[license_.commercial_use].format(purpose=purpose)
    elif need is Need.UNRESTRICTED_USE:
        met = not license_.use_restrictions
        said = "forbids no particular uses" if met else "forbids particular uses"
    else:
        met = not license_.share_alike
        said = "asks for no licence of derived works" if met else "asks that derived works carry the same licence"
    return Finding(need, met, f"{license_.id} {said}{place}.")


def _known_base(model: Model, policy: Policy) -> Finding:
    listed = ", ".join(f"“{plain(str(name))}”" for name in model.unknown_bases or ())
    reason = f"{model.name} comes from {listed}, and what holds for that is not known here."
    return Finding("known_base", policy.unknown_base is UnknownBase.WARN, reason)


def _still_valid(license_: License, now: datetime) -> Finding:
    until = license_.valid_until
    met = until is None or now < until
    said = "holds until" if met else "ended on"
    entered = (
        f"as {license_.entered_by} entered it" if license_.entered_by else "with the terms entered for a part of it"
    )
    return Finding("valid", met, f"{license_.id} {entered} {said} {until and until.date()}.")


def _established(model: Model, license_: License, policy: Policy) -> Finding:
    remedy = f"An operator who knows better can say so: corpusmill models conclude {model.name} SPDX-ID --reason …"
    if license_.commercial_use is None:
        declared = (
            f"its card or package declares {model.declared_license}" if model.declared_license else "none is declared"
        )
        reason = (
            f"The licence of {model.name} is not concluded ({license_.id}): {declared}, but {model.concluded_reason}"
        )
        return Finding(Need.ESTABLISHED, False, f"{reason} {remedy}")
    ground = evidence(model)
    if ground not in policy.evidence:
        reason = f"The licence of {model.name} rests on its {ground}, which the policy takes for no evidence."
        return Finding(Need.ESTABLISHED, False, f"{reason} {remedy}")
    return Finding(Need.ESTABLISHED, True, f"{license_.id} was concluded: {model.concluded_reason}")
