"""I14: how long until what a lost worker held could be worked on again. Imports the evidence and the history."""

import statistics
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from ledger.work.states import Event
from tests.faults.checks.evidence import Evidence, Fate
from tests.faults.documents import SLOW_NAME
from tests.faults.history import read

LEASES_ALLOWED = 2.0
JUMP_SECONDS = 1800.0
"""A longer time between two events is a jump of the clock, which the campaign itself brings about."""


def after_heal(found: Evidence) -> list[float]:
    """Seconds from the heal, or from taking a lost lease when that was later, until its items were free."""
    healed_at = max((datetime.fromisoformat(entry["at"]) for entry in read(found.history, "heal")), default=None)
    if healed_at is None:
        return []
    spans = [span for span in _all_spans(found) if span[1] > healed_at]
    return [seconds for taken, free in spans if (seconds := _seconds(max(taken, healed_at), free)) is not None]


def under_faults(found: Evidence) -> list[float]:
    """Seconds from taking each lost lease until its items were free, whatever else was broken meanwhile."""
    return [seconds for taken, free in _all_spans(found) if (seconds := _seconds(taken, free)) is not None]


def p95(seconds: Sequence[float], lease_seconds: float) -> float:
    """The 95th percentile in leases; 0 where nothing was lost."""
    if len(seconds) < 2:
        return round(seconds[0] / lease_seconds, 2) if seconds else 0.0
    return round(statistics.quantiles(seconds, n=20, method="inclusive")[-1] / lease_seconds, 2)


def recovers_in_time(found: Evidence, lease_seconds: float) -> Iterator[str]:
    """I14: after everything was healed, the 95th percentile stays within two leases."""
    reached = p95(after_heal(found), lease_seconds)
    if reached > LEASES_ALLOWED:
        yield f"I14 recovery took {reached} leases at the 95th percentile"


def _all_spans(found: Evidence) -> list[tuple[datetime, datetime]]:
    """When a lost lease was taken and its items were free, without the leases that last because of slow documents:
    nobody knows when those were lost.
    """
    slow = [fate for (_, custom_id), fate in found.fates.items() if custom_id.startswith(SLOW_NAME)]
    lasting = {move.lease_id for fate in slow for move in fate.moves}
    return [span for fate in found.fates.values() for span in _spans(fate, lasting)]


def _spans(fate: Fate, lasting: Collection[int | None]) -> Iterator[tuple[datetime, datetime]]:
    leased = [move for move in fate.moves if move.event == Event.LEASE and move.lease_id not in lasting]
    taken = {move.lease_id: move.at for move in leased}
    for i, move in enumerate(fate.moves):
        if move.event == Event.LAPSE and move.lease_id in taken:
            later = (other for other in fate.moves[i + 1 :] if other.event == Event.DUE or other.final)
            if (free := next(later, None)) is not None:
                yield taken[move.lease_id], free.at


def _seconds(start: datetime, end: datetime) -> float | None:
    seconds = (end - start).total_seconds()
    return seconds if 0 <= seconds < JUMP_SECONDS else None
