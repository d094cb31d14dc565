"""The checker: what a campaign promised against what the ledger holds, as invariants I1 to I19. Imports its parts.

I10, an outbox that is empty at the end, does not apply: there are no webhooks, and notifications need no outbox, since
the sweep repeats them from the ledger.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ledger.engine import Ledger
from tests.faults.checks import bindings, documents, recovery, silence, surroundings
from tests.faults.checks.evidence import Evidence, gather
from tests.faults.installation import SETTINGS

SHOWN = 10
"""Violations of one invariant beyond these are only counted."""


@dataclass(slots=True)
class Report:
    """The counts of one campaign, and every violation in words."""

    lost: int = 0
    double: int = 0
    innocent_quarantined: int = 0
    poison: int = 0
    poison_isolated: int = 0
    fenced: int = 0
    silent_schedules: int = 0
    recovery_seconds: list[float] = field(default_factory=list)
    recovery_seconds_under_faults: list[float] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


def check(history: Path, database_url: str, log_dir: Path, stamps_dir: Path) -> Report:
    """Check everything after a campaign whose processes have ended and whose database still runs."""
    found = gather(history, database_url)
    lease_seconds = float(SETTINGS["lease_seconds"])
    report = count(found)
    report.fenced = surroundings.fenced(log_dir)
    report.recovery_seconds = recovery.after_heal(found)
    report.recovery_seconds_under_faults = recovery.under_faults(found)
    ledger = Ledger(database_url)
    try:
        report.silent_schedules = len(silence.silent(history, ledger, log_dir))
        for violations in (
            documents.accepted_is_here(found),
            documents.nothing_is_open(found),
            documents.one_right_result_each(found),
            documents.final_stays_final(found),
            documents.only_poison_is_discarded(found),
            surroundings.each_tick_once(history, ledger),
            silence.none_is_silent(history, ledger, log_dir),
            surroundings.times_are_the_database_s(history, ledger),
            documents.cancelled_stays_cancelled(found),
            documents.one_job_a_key(found),
            surroundings.no_lease_is_left(ledger),
            surroundings.counts_are_those_of_the_items(ledger),
            surroundings.database_is_whole(ledger),
            surroundings.errors_were_declared(history),
            surroundings.everything_behaved(history),
            surroundings.logs_keep_texts_secret(log_dir),
            surroundings.resources_are_bounded(history),
            recovery.recovers_in_time(found, lease_seconds),
            bindings.results_are_bound(ledger, stamps_dir),
        ):
            report.violations += _shown(violations)
    finally:
        ledger.close()
    return report


def count(found: Evidence) -> Report:
    """The counts alone, by the checks of documents: I1 to I3, for a record of any kind."""
    report = Report()
    report.lost = sum(documents.is_lost(found.fates.get(key)) for key in found.promises)
    report.double = sum(documents.is_double(fate) for fate in found.fates.values())
    report.innocent_quarantined = sum("is innocent" in line for line in documents.only_poison_is_discarded(found))
    for key, promise in found.promises.items():
        fate = found.fates.get(key)
        if promise.poison is not None and fate is not None and fate.state != "cancelled":
            report.poison += 1
            report.poison_isolated += fate.reason in documents.ENDS[promise.poison]
    return report


def _shown(violations: Iterator[str]) -> list[str]:
    found = list(violations)
    more = len(found) - SHOWN
    return found[:SHOWN] + ([f"{found[0][:3]} and {more} more"] if more > 0 else [])
