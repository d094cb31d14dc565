"""Faults 37 to 44: a thread of a process ends, the process lives. Imports the table and the stage.

Half a process is worse than none: it is to end within a moment, with what it held given back.
"""

import functools
import time
from collections.abc import Callable, Sequence

import psutil

from tests.faults.entry import orders, threads
from tests.faults.fleet import Fleet
from tests.faults.kinds.table import UP, Note, kind
from tests.faults.slot import Slot
from tests.faults.stage import Stage

ORDER_SECONDS = 8.0
GONE_SECONDS = 20.0
"""A process says some last words to a database that may be away, and may be stopped meanwhile by another fault."""


def end_thread(places: Callable[[Fleet], Sequence[Slot]], part: str, stage: Stage, note: Note) -> None:
    """An error that nobody foresaw gets out of the thread, as soon as it has its next round."""
    slot = stage.chance.choice(places(stage.fleet))
    order = threads.order(part)
    orders.give(slot.orders, order, orders.NOW)

    def fallen() -> None:
        pid = orders.reported(slot.orders, order)
        began = time.monotonic()

        def ended() -> None:
            stage.history.append("thread_ended", part=part, seconds=round(time.monotonic() - began, 2))

        note(f"{part} of {slot.name}")
        stage.expect(
            lambda: pid is None or not runs(pid),
            f"{slot.name} lives on without its {part} thread",
            limit_seconds=GONE_SECONDS,
            then=ended,
        )

    stage.when(
        lambda: orders.reported(slot.orders, order) is not None,
        fallen,
        limit_seconds=ORDER_SECONDS,
        otherwise=lambda: orders.withdraw(slot.orders, order),
    )


def runs(pid: int) -> bool:
    """Whether a process is there that has not ended, though nobody may have asked for its status yet."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _workers(fleet: Fleet) -> Sequence[Slot]:
    return fleet.workers


def _servers(fleet: Fleet) -> Sequence[Slot]:
    return [*fleet.webs, *fleet.beats]


PARTS = [(_workers, part) for part in (*threads.CHILD, *threads.PARENT)] + [(_servers, part) for part in threads.SERVER]
for number, (places, part) in enumerate(PARTS, 37):
    brokers = {"brokers": UP} if part == "relay" else {}
    kind(number, f"{part} thread ends", weight=0.3, **brokers)(functools.partial(end_thread, places, part))
