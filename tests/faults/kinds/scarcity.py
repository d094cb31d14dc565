"""Faults 54 to 57: few descriptors, no room for temporary files, a terminal that is gone, paths gone stale.

Imports the table and the stage.
"""

import contextlib
import resource
import signal

import psutil

from tests.faults.disk import fill, is_own
from tests.faults.documents import make_job
from tests.faults.entry import orders, stale
from tests.faults.kinds.disk_time import limit_files
from tests.faults.kinds.restarts import restart
from tests.faults.kinds.table import Note, kind
from tests.faults.slot import Slot
from tests.faults.stage import Stage

SECONDS = (2.0, 4.0)
SPARE_DESCRIPTORS = 4
BULKY_DOCUMENTS = 40
BULKY_WORDS = (3000, 4000)
"""Together more than the server keeps of a body in memory."""
OUTLETS = {"full": 'exec "$@" >/dev/full 2>&1', "closed": 'exec "$@" >&- 2>&-'}
MUTE_SECONDS = 6.0
END_SECONDS = 25.0


@kind(54, "few descriptors", weight=0.4)
def take_descriptors(stage: Stage, note: Note) -> None:
    """Four more than a process has open, for some seconds."""
    seconds = stage.chance.uniform(*SECONDS)
    slot = stage.chance.choice(list(stage.fleet.slots.values()))
    if not slot.alive:
        return
    process = stage.chance.choice(slot.processes())
    _, hard = process.rlimit(resource.RLIMIT_NOFILE)
    stage.outages.declare(seconds)
    process.rlimit(resource.RLIMIT_NOFILE, (process.num_fds() + SPARE_DESCRIPTORS, hard))
    note(f"{slot.name} for {seconds:.1f} s")
    stage.later(seconds, lambda: _give_back(slot, hard))


@kind(55, "no room for temporary files", weight=0.3)
def fill_spool(stage: Stage, note: Note) -> None:
    """Where uploads are put aside in a tmpfs of their own, it is filled, and a large one comes. Elsewhere, which takes
    no right to mount, RLIMIT_FSIZE keeps every file of the web servers short."""
    seconds = stage.chance.uniform(*SECONDS)
    stage.outages.declare(seconds)
    spool = stage.fleet.spool
    if is_own(spool):
        ballast = fill(spool)
        note(f"tmpfs for {seconds:.1f} s")
        stage.later(seconds, ballast.unlink)
    else:
        limit_files(stage, stage.fleet.webs, seconds)
        note(f"RLIMIT_FSIZE for {seconds:.1f} s, since nothing may be mounted here")
    stage.producers.give(make_job(stage.chance, count=BULKY_DOCUMENTS, poison_share=0, words=BULKY_WORDS))


@kind(56, "terminal full or gone", weight=0.3)
def silence(stage: Stage, note: Note) -> None:
    """A process whose stdout and stderr take nothing, or were closed before it began, works and ends as others do."""
    slot = stage.chance.choice(list(stage.fleet.slots.values()))
    outlet = stage.chance.choice(sorted(OUTLETS))

    def ended(pid: int) -> None:
        if slot.pid == pid and slot.alive and (slot.children() or not slot.name.startswith("worker")):
            note(f"{slot.name} with a {outlet} one")
            slot.send(signal.SIGTERM)
            words = f"{slot.name} with a {outlet} terminal did not end on TERM"
            stage.expect(lambda: slot.pid != pid or not slot.alive, words, limit_seconds=END_SECONDS)

    def started(pid: int) -> None:
        stage.later(MUTE_SECONDS, lambda: ended(pid))

    restart(stage, slot, ("sh", "-c", OUTLETS[outlet], "sh"), started)


@kind(57, "stale paths", weight=0.4)
def go_stale(stage: Stage, note: Note) -> None:
    """ESTALE from every path in the data directory, and from a worker's own, for one process and its children."""
    seconds = stage.chance.uniform(*SECONDS)
    slot = stage.chance.choice(list(stage.fleet.slots.values()))
    stage.outages.declare(seconds)
    orders.give(slot.orders, stale.STALE, orders.NOW)
    note(f"{slot.name} for {seconds:.1f} s")
    stage.later(seconds, lambda: orders.withdraw(slot.orders, stale.STALE))


def _give_back(slot: Slot, hard: int) -> None:
    """Parents first: a child that is born to a limited one is limited as well."""
    for process in slot.tree():
        with contextlib.suppress(psutil.Error):
            process.rlimit(resource.RLIMIT_NOFILE, (hard, hard))
