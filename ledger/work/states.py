"""The state machine of a work item as data: states, events and the table. Imports the standard library only.

The schema's CHECK constraints, the picture in docs/lifecycle.md and the tests come from here; `advance` holds
the one function that moves an item by it.
"""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where a work item stands. The last three are terminal: nothing leaves them."""

    SCHEDULED = "scheduled"
    BLOCKED = "blocked"
    AVAILABLE = "available"
    RUNNING = "running"
    RETRYABLE = "retryable"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    DISCARDED = "discarded"


class Event(StrEnum):
    """What may happen to a work item."""

    SUBMIT = "submit"
    DEFER = "defer"
    AWAIT = "await"
    DUE = "due"
    READY = "ready"
    STRAND = "strand"
    LEASE = "lease"
    COMPLETE = "complete"
    FAIL = "fail"
    EXHAUST = "exhaust"
    RELEASE = "release"
    LAPSE = "lapse"
    CANCEL = "cancel"


class Reason(StrEnum):
    """Why an item was discarded."""

    INPUT = "input"
    POLICY = "policy"
    TIMEOUT = "timeout"
    POISON = "poison"
    EXHAUSTED = "exhausted"
    NEEDED = "needed"


TERMINAL = frozenset({State.COMPLETED, State.CANCELLED, State.DISCARDED})

TABLE: Mapping[tuple[State | None, Event], State] = {
    (None, Event.SUBMIT): State.AVAILABLE,
    (None, Event.DEFER): State.SCHEDULED,
    (None, Event.AWAIT): State.BLOCKED,
    (State.SCHEDULED, Event.DUE): State.AVAILABLE,
    (State.BLOCKED, Event.READY): State.AVAILABLE,
    (State.BLOCKED, Event.STRAND): State.DISCARDED,
    (State.RETRYABLE, Event.DUE): State.AVAILABLE,
    (State.AVAILABLE, Event.LEASE): State.RUNNING,
    (State.RUNNING, Event.COMPLETE): State.COMPLETED,
    (State.RUNNING, Event.FAIL): State.RETRYABLE,
    (State.RUNNING, Event.EXHAUST): State.DISCARDED,
    (State.RUNNING, Event.RELEASE): State.AVAILABLE,
    (State.RUNNING, Event.LAPSE): State.RETRYABLE,
    (State.SCHEDULED, Event.CANCEL): State.CANCELLED,
    (State.BLOCKED, Event.CANCEL): State.CANCELLED,
    (State.AVAILABLE, Event.CANCEL): State.CANCELLED,
    (State.RUNNING, Event.CANCEL): State.CANCELLED,
    (State.RETRYABLE, Event.CANCEL): State.CANCELLED,
}

HOLDER_EVENTS = frozenset({Event.COMPLETE, Event.FAIL, Event.EXHAUST, Event.RELEASE, Event.LAPSE})
"""Events that end a lease: they move an item only while it is held under the lease that the caller names."""


def sources(event: Event) -> list[State]:
    """The states that `event` may leave."""
    return [state for (state, known) in TABLE if known is event and state is not None]


def target(event: Event) -> State:
    """The one state that `event` leads to, wherever it comes from."""
    return next(state for ((_, known), state) in TABLE.items() if known is event)


def mermaid() -> str:
    """The table as a Mermaid state diagram, as docs/lifecycle.md shows it."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {source or '[*]'} --> {goal}: {event}" for (source, event), goal in TABLE.items()]
    lines += [f"    {state} --> [*]" for state in State if state in TERMINAL]
    return "\n".join(lines)
