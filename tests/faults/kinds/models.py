"""Faults 45 to 49: leases that run out while their worker lives, loads that take long, models that come and go.

Imports the table and the stage.
"""

from collections.abc import Callable

from tests.faults.documents import TASKS, make_job
from tests.faults.entry import leases, loads, orders
from tests.faults.installation import SETTINGS
from tests.faults.kinds.table import Note, kind
from tests.faults.kinds.threads import GONE_SECONDS, runs
from tests.faults.slot import Slot
from tests.faults.stage import Stage

ORDER_SECONDS = 10.0
SLOW_DOCUMENTS = 20
RETIRE_AFTER_SECONDS = 2.0
SPARE_MODELS = 1000
SPARE_STEP = 20


@kind(45, "one lease of a living worker runs out", weight=0.4)
def forget_lease(stage: Stage, note: Note) -> None:
    """The heartbeat forgets a lease that lasts, and goes on with the others: only that one lapses, uncharged."""
    stage.producers.give(make_job(stage.chance, count=SLOW_DOCUMENTS, poison_share=0, slow=True))
    for slot in stage.fleet.workers:
        _order(stage, slot, leases.FORGET, orders.NOW, lambda pid, slot=slot: note(slot.name))


@kind(46, "load longer than the deadline", weight=0.4)
def load_slowly(stage: Stage, note: Note) -> None:
    """A model takes longer to come than a step may take; nothing is leased meanwhile, so nobody pays."""
    slot = stage.chance.choice(stage.fleet.workers)
    _order(stage, slot, loads.LOAD, loads.SLOW, lambda pid: note(slot.name))


@kind(47, "load that never ends", weight=0.2)
def load_for_ever(stage: Stage, note: Note) -> None:
    """The process ends at the deadline of loads."""
    slot = stage.chance.choice(stage.fleet.workers)

    def loading(pid: int) -> None:
        note(slot.name)
        limit_seconds = float(SETTINGS["load_deadline_seconds"]) + GONE_SECONDS
        words = f"{slot.name} still waits for a model that does not come"
        stage.expect(lambda: not runs(pid), words, limit_seconds=limit_seconds)

    _order(stage, slot, loads.LOAD, loads.ENDLESS, loading)


@kind(48, "model retired in mid-run", weight=0.3)
def retire(stage: Stage, note: Note) -> None:
    """A newer revision gets all new jobs, and goes as soon as none of them is open: the next job may have chosen it."""
    installation = stage.fleet.installation
    task = str(stage.chance.choice(TASKS)["task"])
    revision = f"{stage.chance.getrandbits(160):040x}"

    def admit() -> None:
        name = installation.admit_newer(task, revision)
        stage.later(RETIRE_AFTER_SECONDS, lambda: stage.aside(lambda: leave(name)))

    def leave(name: str) -> None:
        installation.retire(name, revision)
        note(f"{name}@{revision[:12]}")

    stage.aside(admit)


@kind(49, "a thousand models", weight=0.0)
def admit_many(stage: Stage, note: Note) -> None:
    """Admitted on paper in mid-run: whoever asks what there is to do must not read all of them each time."""

    note(f"{SPARE_MODELS} models")

    def admit() -> None:
        stage.fleet.installation.admit_spare(SPARE_MODELS, SPARE_STEP)

    stage.aside(admit)


def _order(stage: Stage, slot: Slot, name: str, value: str, then: Callable[[int], object]) -> None:
    """Give an order to a worker's child, and do `then` with its number when it was carried out."""
    orders.give(slot.orders, name, value)

    def done() -> None:
        pid = orders.reported(slot.orders, name)
        if pid is not None:
            then(pid)

    stage.when(
        lambda: orders.reported(slot.orders, name) is not None,
        done,
        limit_seconds=ORDER_SECONDS,
        otherwise=lambda: orders.withdraw(slot.orders, name),
    )
