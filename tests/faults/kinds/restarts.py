"""How a fault has a process start anew in other surroundings. Imports the stage."""

import signal
from collections.abc import Callable, Sequence

from tests.faults.slot import Slot
from tests.faults.stage import Action, Stage

DEATH_SECONDS = 5.0


def restart(
    stage: Stage,
    slot: Slot,
    within: Sequence[str],
    started: Callable[[int], object],
    *,
    otherwise: Action = lambda: None,
) -> None:
    """Kill the process, start it by the command `within`, and do `started` with its number, or `otherwise`."""
    slot.hold()
    slot.send_all(signal.SIGKILL)
    stage.when(
        lambda: not slot.alive,
        lambda: (slot.start(within), started(slot.pid)),
        limit_seconds=DEATH_SECONDS,
        otherwise=lambda: (slot.release(), otherwise()),
    )
