"""Faults 58 to 61: hosts that differ: in their clocks, their numbers of processes, their versions.

Imports the table and the stage.
"""

import signal
import sys

from corpusmill.exits import Exit
from tests.faults.documents import make_job
from tests.faults.kinds.database import POSTGRES
from tests.faults.kinds.restarts import restart
from tests.faults.kinds.table import Note, kind
from tests.faults.stage import Stage

HOUR_SECONDS = 3600.0
APART_SECONDS = (8.0, 14.0)
CONTAINER = (sys.executable, "-m", "tests.faults.entry.container")
CONTAINED_SECONDS = 5.0
START_SECONDS = 25.0
END_SECONDS = 25.0
NEWER_DOCUMENTS = 6
AHEAD_SECONDS = 20.0
AHEAD = "9999"


@kind(58, "clock of a host an hour apart", weight=0.4, databases=POSTGRES)
def differ(stage: Stage, note: Note) -> None:
    """One process lives an hour before or after the database for many leases. On SQLite all share one clock."""
    slot = stage.chance.choice(list(stage.fleet.slots.values()))
    offset_seconds = stage.chance.choice((-1, 1)) * HOUR_SECONDS
    stage.fleet.set_clock(offset_seconds, slot)
    note(f"{slot.name} by {offset_seconds:+.0f} s")
    stage.later(stage.chance.uniform(*APART_SECONDS), lambda: stage.fleet.set_clock(0, slot))


@kind(59, "two containers with one number", weight=0.1)
def contain(stage: Stage, note: Note) -> None:
    """Two workers on one volume, each process 1 of a container of its own; one is told to stop, the other goes on."""
    if any(slot.within == CONTAINER for slot in stage.fleet.workers):
        return
    one, other = stage.chance.sample(stage.fleet.workers, 2)
    pids: dict[str, int] = {}

    def at_work() -> bool:
        return all(slot.pid == pids.get(slot.name) and slot.children() for slot in (one, other))

    def end_one() -> None:
        note(f"{one.name}, {other.name}")
        one.send(signal.SIGTERM)
        words = f"{one.name} did not end on TERM as process 1"
        stage.expect(lambda: one.pid != pids[one.name] or not one.alive, words, limit_seconds=END_SECONDS)
        stage.later(CONTAINED_SECONDS, lambda: other.pid == pids[other.name] and other.send(signal.SIGTERM))

    def give_up() -> None:
        for slot in (one, other):
            slot.send(signal.SIGTERM)

    for slot in (one, other):
        restart(stage, slot, CONTAINER, lambda pid, slot=slot: pids.__setitem__(slot.name, pid))
    stage.when(at_work, end_one, limit_seconds=START_SECONDS, otherwise=give_up)


@kind(60, "web newer than the workers", weight=0.3)
def submit_newer(stage: Stage, note: Note) -> None:
    """A job with a parameter that no worker knows, among others: its documents end for that, and nothing else does."""
    job = make_job(stage.chance, count=NEWER_DOCUMENTS, poison_share=0, newer=True)
    stage.producers.give(job)
    note(job.key)


@kind(61, "tables newer than a process", weight=0.2)
def advance_tables(stage: Stage, note: Note) -> None:
    """The tables say that they are of a later version: what runs goes on, what starts refuses, until it is undone."""
    slot = stage.chance.choice(list(stage.fleet.slots.values()))
    installation = stage.fleet.installation

    def go_ahead() -> None:
        installation.set_schema(AHEAD)
        stage.later(0, lambda: restart(stage, slot, (), started, otherwise=go_back))

    def go_back() -> None:
        stage.aside(lambda: installation.set_schema(None))

    def started(pid: int) -> None:
        stage.when(
            lambda: slot.ended(pid) is not None, lambda: ended(pid), limit_seconds=AHEAD_SECONDS, otherwise=go_back
        )

    def ended(pid: int) -> None:
        go_back()
        if slot.ended(pid) == Exit.REFUSED:
            note(slot.name)

    stage.aside(go_ahead)
