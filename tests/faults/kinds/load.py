"""Faults 34 to 36: documents that kill, memory that grows, more work than can be done. Imports the table and stage."""

import time

from tests.faults.documents import POISONS, make_job
from tests.faults.kinds.table import Note, kind
from tests.faults.stage import Stage

LEAKS = 6
BURST_SECONDS = 3.0


@kind(34, "poison among the documents", weight=0.2)
def poison(stage: Stage, note: Note) -> None:
    """One document that kills, hangs, exhausts or fails its worker, among others; one in a hundred of all documents
    is such a one anyway."""
    chosen = stage.chance.choice(sorted(POISONS))
    stage.producers.give(make_job(stage.chance, count=12, poison=chosen))
    note(chosen)


@kind(35, "memory leaks", weight=0.4)
def leak(stage: Stage, note: Note) -> None:
    """The next jobs hold a document each that leaves 20 MB behind in its worker."""
    stage.producers.leaks += LEAKS
    note(f"{LEAKS} documents")


@kind(36, "ten times the load", weight=0.2)
def overload(stage: Stage, note: Note) -> None:
    """Producers post jobs of fifty documents without a pause, beyond what may be open."""
    stage.producers.burst_until = time.monotonic() + BURST_SECONDS
    note(f"for {BURST_SECONDS:.0f} s")
