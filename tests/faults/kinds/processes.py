"""Faults 1 to 9: processes that die. Imports the table and the stage."""

import contextlib
import signal

from tests.faults.documents import make_job
from tests.faults.entry import orders
from tests.faults.kinds.table import UP, Note, kind
from tests.faults.slot import Slot
from tests.faults.stage import Stage

ORDER_SECONDS = 8.0
SECOND_TERM_SECONDS = 0.3
END_SECONDS = 12.0


@kind(1, "worker parent killed", weight=0.5)
def kill_worker_parent(stage: Stage, note: Note) -> None:
    """SIGKILL the Celery parent; its child gets SIGTERM by its tether, in the middle of a batch."""
    _kill(stage.chance.choice(stage.fleet.workers), note)


@kind(2, "worker child killed")
def kill_worker_child(stage: Stage, note: Note) -> None:
    """SIGKILL the process that holds the model and the leases; the parent starts another."""
    slot = stage.chance.choice(stage.fleet.workers)
    for child in slot.children():
        child.kill()
        note(slot.name)


@kind(3, "web killed in the middle of an upload", weight=0.5)
def kill_web_in_upload(stage: Stage, note: Note) -> None:
    """Half of a request is sent, then the server dies; the client sends it again elsewhere."""
    slot = stage.chance.choice(stage.fleet.webs)
    job = make_job(stage.chance, count=30)
    with contextlib.suppress(OSError):
        connection = stage.producers.send_half(stage.fleet.ports[slot.name], job)
        stage.later(0.1, lambda: (_kill(slot, note), connection.close(), stage.producers.give(job)))


@kind(4, "web killed between its commit and its reply", weight=0.5)
def kill_web_after_commit(stage: Stage, note: Note) -> None:
    """The crash point `submit:after_commit`: the job is there, the client never hears of it and asks again."""
    _order(stage, stage.chance.choice(stage.fleet.webs), "submit:after_commit", note)


@kind(5, "beat killed")
def kill_beat(stage: Stage, note: Note) -> None:
    """SIGKILL one of the two."""
    _kill(stage.chance.choice(stage.fleet.beats), note)


@kind(6, "relay killed after it published", weight=0.5, brokers=UP)
def kill_relay_after_publish(stage: Stage, note: Note) -> None:
    """SIGKILL a web as soon as the proxy has seen a notification of its relay.

    There is no mark that says what was published: the sweep notifies of whatever waits.
    """
    slot = stage.chance.choice(stage.fleet.webs)
    before = stage.fleet.published[slot.name]
    stage.when(
        lambda: stage.fleet.published[slot.name] > before, lambda: _kill(slot, note), limit_seconds=ORDER_SECONDS
    )


@kind(7, "sweep killed in the middle of its transaction", weight=0.5)
def kill_sweep(stage: Stage, note: Note) -> None:
    """A worker child dies, and the beat or web that takes its leases back is killed before it commits that."""
    victims = [*stage.fleet.beats, stage.fleet.webs[0]]
    for slot in victims:
        orders.give(slot.orders, orders.DIE_IN_REPAIR, "now")
    for child in stage.chance.choice(stage.fleet.workers).children():
        child.kill()
    before = sum(slot.deaths for slot in victims)

    def withdraw() -> None:
        for slot in victims:
            orders.withdraw(slot.orders, orders.DIE_IN_REPAIR)

    def taken() -> bool:
        return sum(slot.deaths for slot in victims) > before

    stage.when(taken, lambda: (withdraw(), note("beat or web")), limit_seconds=ORDER_SECONDS, otherwise=withdraw)


@kind(8, "everything killed at once", weight=0.1)
def kill_all(stage: Stage, note: Note) -> None:
    """Every process of ours and the broker; the database stays."""
    for slot in (*stage.fleet.slots.values(), stage.fleet.broker):
        slot.send_all(signal.SIGKILL)
    note("webs, workers, beats, broker")


@kind(9, "storm of TERM", weight=0.2)
def storm_of_term(stage: Stage, note: Note) -> None:
    """SIGTERM twice to every worker under load; one that does not end is killed, and noted as such."""
    for slot in stage.fleet.workers:
        pid = slot.pid
        slot.send(signal.SIGTERM)
        stage.later(SECOND_TERM_SECONDS, lambda slot=slot, pid=pid: slot.pid == pid and slot.send(signal.SIGTERM))
        stage.when(
            lambda slot=slot, pid=pid: slot.pid != pid or not slot.alive,
            lambda slot=slot: note(slot.name),
            limit_seconds=END_SECONDS,
            otherwise=lambda slot=slot: (note(f"{slot.name} had to be killed"), slot.send_all(signal.SIGKILL)),
        )


def _kill(slot: Slot, note: Note) -> None:
    if slot.alive:
        slot.send(signal.SIGKILL)
        note(slot.name)


def _order(stage: Stage, slot: Slot, point: str, note: Note) -> None:
    """Have a process die at a crash point; noted when it has."""
    before = slot.deaths
    orders.give(slot.orders, orders.CRASH_AT, point)
    stage.when(
        lambda: slot.deaths > before and not (slot.orders / orders.CRASH_AT).exists(),
        lambda: note(f"{slot.name} at {point}"),
        limit_seconds=ORDER_SECONDS,
        otherwise=lambda: orders.withdraw(slot.orders, orders.CRASH_AT),
    )
