"""`var/faults.json`: what the campaigns of one run came to. Imports the fault kinds and the control run."""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faults.checks.recovery import p95
from tests.faults.installation import SETTINGS
from tests.faults.kinds import KINDS

if TYPE_CHECKING:
    from tests.faults.campaign import Outcome

LEASE_SECONDS = float(SETTINGS["lease_seconds"])
ALL_KINDS_FROM_SEEDS = 20
"""A run of so many seeds must have seen every kind."""


def say(outcome: "Outcome") -> None:
    """One line on a campaign, and all that is wrong with it, with its seed and history."""
    where = f"{outcome.matrix.database}, Redis {outcome.matrix.redis}"
    line = f"seed {outcome.seed} ({where}): {outcome.faults.total()} faults, {outcome.acknowledged} documents"
    verdict = "failed" if outcome.violations else "kept its promise"
    print(f"{line}, drained in {outcome.drain_seconds} s: {verdict}", flush=True)
    for violation in outcome.violations:
        print(f"  seed {outcome.seed}, {outcome.history}: {violation}", file=sys.stderr, flush=True)


def write(path: Path, outcomes: Sequence["Outcome"], *, control_failed: bool) -> bool:
    """Write the summary and return whether all is well."""
    seen: Counter[int] = sum((outcome.faults for outcome in outcomes), Counter())
    missing = sorted(set(KINDS) - set(seen)) if len(outcomes) >= ALL_KINDS_FROM_SEEDS else []
    reports = [outcome.report for outcome in outcomes if outcome.report is not None]
    totals = {name: sum(getattr(report, name) for report in reports) for name in COUNTS}
    body = {
        "seeds": [outcome.seed for outcome in outcomes],
        "faults": seen.total(),
        "fault_kinds": len(seen),
        "acknowledged": sum(outcome.acknowledged for outcome in outcomes),
        **totals,
        "recovery_p95_leases": p95([s for report in reports for s in report.recovery_seconds], LEASE_SECONDS),
        "recovery_p95_leases_under_faults": p95(
            [s for report in reports for s in report.recovery_seconds_under_faults], LEASE_SECONDS
        ),
        "control_failed": control_failed,
        "violations": sum(len(outcome.violations) for outcome in outcomes),
        "missing_kinds": missing,
        "kinds": {f"{number} {KINDS[number].name}": seen[number] for number in sorted(KINDS)},
        "campaigns": [_campaign(outcome) for outcome in outcomes],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")
    if missing:
        print(f"kinds that never took place: {missing}", file=sys.stderr)
    if not control_failed:
        print("the control run lost nothing: the harness cannot see", file=sys.stderr)
    return control_failed and not missing and not body["violations"]


COUNTS = ("lost", "double", "innocent_quarantined", "poison", "poison_isolated", "fenced", "silent_schedules")


def _campaign(outcome: "Outcome") -> dict[str, Any]:
    report = outcome.report
    return {
        "seed": outcome.seed,
        "database": outcome.matrix.database,
        "redis": outcome.matrix.redis,
        "faults": outcome.faults.total(),
        "acknowledged": outcome.acknowledged,
        "drain_seconds": outcome.drain_seconds,
        **({name: getattr(report, name) for name in COUNTS} if report else {}),
        "recovery_p95_leases": p95(report.recovery_seconds, LEASE_SECONDS) if report else None,
        "violations": outcome.violations,
    }


def control(seed: int, home: Path) -> bool:
    """Whether the same faults make plain Celery lose or double documents, as they must."""
    from tests.faults.control import run

    report = run(seed, home)
    return bool(report.lost or report.double)
