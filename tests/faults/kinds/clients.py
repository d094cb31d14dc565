"""Faults 50 to 52: clients that stall, and a server that is told to end while one is served.

Imports the table and the stage.
"""

import signal
import socket
from collections.abc import Callable

from tests.faults.clients import crowd, health_seconds, stalled_reader, stalled_writer
from tests.faults.documents import make_job
from tests.faults.fleet import listens
from tests.faults.kinds.table import Note, kind
from tests.faults.slot import Slot
from tests.faults.stage import Stage

CROWD = 100
STALL_SECONDS = (3.0, 6.0)
HEALTH_SECONDS = 10.0
"""Ten processes that work compete for the cores; alone the server answers in milliseconds, and blocked for minutes."""
REST_SECONDS = 0.4


@kind(50, "stalled readers", weight=0.4)
def stall_readers(stage: Stage, note: Note) -> None:
    """A hundred clients ask for large answers and take nothing; the server still says how it is."""
    _stall(stage, stalled_reader, note)


@kind(51, "stalled writers", weight=0.4)
def stall_writers(stage: Stage, note: Note) -> None:
    """A hundred clients promise large bodies and send none; the server still says how it is."""
    _stall(stage, stalled_writer, note)


@kind(52, "web told to end in the middle of a request", weight=0.4)
def end_in_request(stage: Stage, note: Note) -> None:
    """SIGTERM between the two halves of an upload: it is answered, then the server ends.

    A job that was not heard of is sent again, with its key, and so made once.
    """
    slot = _serving(stage)
    if slot is None:
        return
    job = make_job(stage.chance, count=30, poison_share=0)
    pid = slot.pid
    connection = stage.producers.send_half(stage.fleet.ports[slot.name], job)

    def told() -> None:
        slot.send(signal.SIGTERM)
        stage.later(REST_SECONDS, lambda: stage.producers.send_rest(connection, job, answered))

    def answered(status: int | None) -> None:
        if status is not None:
            note(f"{slot.name} answered {status}")
        elif slot.ended(pid) == 0:
            stage.complain(f"{slot.name} ended in order and left a request without an answer")

    stage.later(REST_SECONDS, told)


def _serving(stage: Stage) -> Slot | None:
    """One of the web servers that are there: they are killed often, and take seconds to come back."""
    webs = stage.chance.sample(stage.fleet.webs, len(stage.fleet.webs))
    return next((slot for slot in webs if listens(stage.fleet.ports[slot.name])), None)


def _stall(stage: Stage, stall: Callable[[int], socket.socket], note: Note) -> None:
    slot = _serving(stage)
    if slot is None:
        return
    pid, port = slot.pid, stage.fleet.ports[slot.name]
    held = crowd(port, CROWD, stall)
    stage.later(stage.chance.uniform(*STALL_SECONDS), held.close)

    def told(seconds: float | None) -> None:
        if seconds is not None:
            stage.history.append("health", seconds=round(seconds, 3))
            note(f"{slot.name}, which said in {seconds:.2f} s how it is")
        elif slot.alive and slot.pid == pid:
            stage.complain(f"{slot.name} did not say how it is within {HEALTH_SECONDS:.0f} s beside {CROWD} clients")

    health_seconds(port, HEALTH_SECONDS, told)
