"""Faults 31 to 33: no space, a clock that jumps, an hour that comes twice. Imports the table and the stage."""

import contextlib
import resource
from collections.abc import Sequence

import psutil

from tests.faults.disk import fill, is_own
from tests.faults.installation import FOLDS
from tests.faults.kinds.table import Note, kind
from tests.faults.slot import Slot
from tests.faults.stage import Stage

FULL_SECONDS = (1.5, 4.0)
ROOM_BYTES = 65_536
JUMP_SECONDS = 3600.0
JUMPED_SECONDS = (2.0, 4.0)


@kind(31, "disk full", weight=0.4)
def fill_disk(stage: Stage, note: Note) -> None:
    """Where the data directory is a tmpfs of its own, it is filled to the last byte. Elsewhere, which takes no right
    to mount, RLIMIT_FSIZE keeps every file of the processes that write the database near its present size."""
    seconds = stage.chance.uniform(*FULL_SECONDS)
    stage.outages.declare(seconds)
    data_dir = stage.fleet.installation.data_dir
    if is_own(data_dir):
        ballast = fill(data_dir)
        note(f"tmpfs for {seconds:.1f} s")
        stage.later(seconds, ballast.unlink)
    else:
        fleet = stage.fleet
        limit_files(stage, [fleet.postgres.slot] if fleet.postgres else list(fleet.slots.values()), seconds)
        note(f"RLIMIT_FSIZE for {seconds:.1f} s")


@kind(32, "clock jumps by an hour", weight=0.5)
def jump(stage: Stage, note: Note) -> None:
    """On PostgreSQL the clock of one process jumps and comes back. On SQLite the ledger's clock is the machine's,
    which all processes share, so it jumps for all of them."""
    slot = stage.chance.choice(list(stage.fleet.slots.values())) if stage.fleet.postgres else None
    offset_seconds = stage.chance.choice((-1, 1)) * JUMP_SECONDS
    stage.fleet.set_clock(offset_seconds, slot)
    note(f"{slot.name if slot else 'machine'} by {offset_seconds:+.0f} s")
    stage.later(stage.chance.uniform(*JUMPED_SECONDS), lambda: stage.fleet.set_clock(0, slot))


@kind(33, "tick in the hour that comes twice", weight=0.0)
def fold(stage: Stage, note: Note) -> None:
    """Schedules whose tick lies in the fold or the gap of summer time become due, late; both beats want them.

    Their clock is the database server's and cannot be set to that night, so the night is brought to them.
    """

    def bring() -> None:
        for name in FOLDS:
            schedule_id, tick_at = stage.fleet.installation.bring_fold(name)
            stage.history.append("tick_expected", schedule_id=schedule_id, tick_at=tick_at.isoformat())
        note(", ".join(FOLDS))

    stage.aside(bring)


def limit_files(stage: Stage, slots: Sequence[Slot], seconds: float) -> None:
    """Let no file of these processes grow much beyond the present length of their logs."""
    for slot in slots:
        room = slot.log.stat().st_size + ROOM_BYTES
        for process in slot.processes():
            _limit(process, room)
    stage.later(seconds, lambda: _lift(slots))


def _lift(slots: Sequence[Slot]) -> None:
    """Parents first: a child that is born to a limited one is limited as well."""
    for slot in slots:
        for process in slot.tree():
            with contextlib.suppress(psutil.Error):
                _limit(process, None)


def _limit(process: psutil.Process, most_bytes: int | None) -> None:
    _, hard = process.rlimit(resource.RLIMIT_FSIZE)
    process.rlimit(resource.RLIMIT_FSIZE, (hard if most_bytes is None else most_bytes, hard))
