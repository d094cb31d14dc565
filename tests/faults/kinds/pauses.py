"""Faults 10 to 13: processes that stand still and go on later, not knowing. Imports the table and the stage."""

import signal

import psutil

from tests.faults.entry import orders
from tests.faults.installation import SETTINGS
from tests.faults.kinds.table import Note, kind
from tests.faults.slot import Slot
from tests.faults.stage import Stage

LEASE_SECONDS = float(SETTINGS["lease_seconds"])
TICKS = 5
HOLD_SECONDS = (1.5, 3.0)
"""Less than the deadline of a step, which would take the pause for a model that hangs."""
POINTS = ("finish:before_commit", "heartbeat:before_commit", "lease:before_commit")


@kind(10, "worker stopped for less than a lease")
def pause_briefly(stage: Stage, note: Note) -> None:
    """SIGSTOP parent and child; they go on while the lease still holds."""
    _pause(stage, stage.chance.choice(stage.fleet.workers), stage.chance.uniform(0.3, 0.8) * LEASE_SECONDS, note)


@kind(11, "worker stopped for more than two leases", weight=0.7)
def pause_beyond_lease(stage: Stage, note: Note) -> None:
    """SIGSTOP parent and child; they go on when others have long done their work."""
    _pause(stage, stage.chance.choice(stage.fleet.workers), stage.chance.uniform(2.1, 2.8) * LEASE_SECONDS, note)


@kind(12, "beat stopped for five ticks")
def pause_beat(stage: Stage, note: Note) -> None:
    """SIGSTOP one of the two."""
    _pause(stage, stage.chance.choice(stage.fleet.beats), (TICKS + 1) * float(SETTINGS["sweep_seconds"]), note)


@kind(13, "holder of the write lock stopped", weight=0.4)
def pause_in_transaction(stage: Stage, note: Note) -> None:
    """A worker child stops itself between its last statement and COMMIT: on SQLite nobody can write meanwhile, on
    PostgreSQL its rows are locked."""
    slot = stage.chance.choice(stage.fleet.workers)
    point = stage.chance.choice(POINTS)
    order = slot.orders / orders.STOP_AT
    orders.give(slot.orders, orders.STOP_AT, point)
    hold_seconds = stage.chance.uniform(*HOLD_SECONDS)

    def held() -> None:
        stage.outages.declare(hold_seconds)
        note(f"{slot.name} at {point} for {hold_seconds:.1f} s")
        _wake_later(stage, slot, hold_seconds)

    stage.when(
        lambda: not order.exists() and _stands(slot),
        held,
        limit_seconds=6,
        otherwise=lambda: (orders.withdraw(slot.orders, orders.STOP_AT), slot.send_all(signal.SIGCONT)),
    )


def _pause(stage: Stage, slot: Slot, seconds: float, note: Note) -> None:
    if not slot.alive:
        return
    _wake_later(stage, slot, seconds)
    slot.send_all(signal.SIGSTOP)
    note(f"{slot.name} for {seconds:.1f} s")


def _wake_later(stage: Stage, slot: Slot, seconds: float) -> None:
    """Wake the very processes that are stopped: a child whose parent is killed meanwhile is in no slot any more."""
    for process in slot.tree():
        stage.later(seconds, process.resume)


def _stands(slot: Slot) -> bool:
    return any(process.status() == psutil.STATUS_STOPPED for process in slot.processes())
