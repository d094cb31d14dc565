"""Invariants of documents: I1 to I5, I7 and I8. Each returns its violations in words. Imports the evidence."""

from collections.abc import Iterator

from ledger.work.states import Event, Reason, State
from tests.faults.checks.evidence import Evidence, Fate, Key

ENDS = {
    "kill": {Reason.POISON},
    "hang": {Reason.TIMEOUT, Reason.POISON},
    "oom": {Reason.EXHAUSTED, Reason.POISON},
    "error": {Reason.EXHAUSTED, Reason.POISON},
    "newer": {Reason.EXHAUSTED, Reason.POISON},
}
"""How a poisonous document may end. Each brings its worker down or fails in one way; but the campaign's own kills hit
documents that run alone, the retried ones among them, and a worker that hangs while its database is away can tell
nobody: its lease lapses like that of one that died."""


def accepted_is_here(found: Evidence) -> Iterator[str]:
    """I1: every acknowledged document has a row whose bytes hash as they were sent."""
    for key, promise in found.promises.items():
        fate = found.fates.get(key)
        if fate is None:
            yield f"I1 {_name(key)} was acknowledged and is not there"
        elif fate.sha256 is not None and fate.sha256 != promise.sha256:
            yield f"I1 {_name(key)} has other bytes than were sent"


def nothing_is_open(found: Evidence) -> Iterator[str]:
    """I2: after the drain every document is in a final state."""
    yield from (f"I2 {_name(key)} is still {fate.state}" for key, fate in found.fates.items() if not fate.final)


def one_right_result_each(found: Evidence) -> Iterator[str]:
    """I3: a completed document has one result, the right one; any other has none."""
    for key, fate in found.fates.items():
        wanted = 1 if fate.state == State.COMPLETED else 0
        if fate.results != wanted:
            yield f"I3 {_name(key)} is {fate.state} with {fate.results} results"
        if not fate.right:
            yield f"I3 {_name(key)} has an output that its text does not lead to"


def final_stays_final(found: Evidence) -> Iterator[str]:
    """I4: at most one event leads to a final state, and nothing follows it."""
    for key, fate in found.fates.items():
        finals = [move for move in fate.moves if move.final]
        if len(finals) > 1 or (finals and fate.moves[-1] is not finals[0]):
            yield f"I4 {_name(key)} went on after a final state"


def only_poison_is_discarded(found: Evidence) -> Iterator[str]:
    """I5: no innocent document is discarded, and every poisonous one is, for its own reason."""
    for key, promise in found.promises.items():
        fate = found.fates.get(key)
        if fate is None or fate.state == State.CANCELLED:
            continue
        if promise.poison is None and fate.state == State.DISCARDED:
            yield f"I5 {_name(key)} is innocent and was discarded as {fate.reason}"
        if promise.poison is not None and fate.reason not in ENDS[promise.poison]:
            yield f"I5 {_name(key)} is poison ({promise.poison}) and ended {fate.state}, {fate.reason}"


def cancelled_stays_cancelled(found: Evidence) -> Iterator[str]:
    """I7: nothing of a cancelled job starts after the cancellation, which is one transaction."""
    for key, fate in found.fates.items():
        if key[0] not in found.cancelled:
            continue
        orders = [move.order for move in fate.moves if move.event == Event.CANCEL]
        if any(move.event == Event.LEASE and orders and move.order > orders[0] for move in fate.moves):
            yield f"I7 {_name(key)} was leased after its job was cancelled"
        if not fate.final:
            yield f"I7 {_name(key)} is {fate.state} though its job was cancelled"


def one_job_a_key(found: Evidence) -> Iterator[str]:
    """I8: one Idempotency-Key was answered with one job, and there is one job for it."""
    for key, jobs in found.jobs_of_key.items():
        if len(jobs) > 1:
            yield f"I8 the key {key} was answered with {len(jobs)} jobs"
    yield from (f"I8 the key {key} made {count} jobs" for key, count in found.keys_in_ledger.items() if count > 1)


def is_lost(fate: Fate | None) -> bool:
    """Whether an acknowledged document has no row or no final state."""
    return fate is None or not fate.final


def is_double(fate: Fate) -> bool:
    """Whether it was answered twice, or with what its text does not lead to."""
    return fate.results > 1 or not fate.right or sum(move.final for move in fate.moves) > 1


def _name(key: Key) -> str:
    return f"{key[0]}/{key[1]}"
