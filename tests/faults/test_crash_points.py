"""Every named crash point, tried one by one on the real processes: each dies there, and every document ends once."""

import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from corpusmill.stack.service import wait_until
from tests.faults.checks import check
from tests.faults.documents import make_job
from tests.faults.entry import orders
from tests.faults.fleet import Fleet
from tests.faults.history import History
from tests.faults.installation import Matrix, soon
from tests.faults.producers import Producers
from tests.faults.slot import Slot

LIMIT_SECONDS = 40.0
POINTS = [
    ("web-1", "submit:before_commit"),
    ("web-1", "submit:after_commit"),
    ("web-1", "stage:before_commit"),
    ("web-1", "stage:after_commit"),
    ("web-1", "notify:after_publish"),
    ("worker-1", "register:before_commit"),
    ("worker-1", "register:after_commit"),
    ("worker-1", "lease:before_commit"),
    ("worker-1", "lease:after_commit"),
    ("worker-1", "finish:before_commit"),
    ("worker-1", "finish:after_commit"),
    ("worker-1", "heartbeat:before_commit"),
    ("worker-1", "heartbeat:after_commit"),
    ("worker-1", "release:before_commit"),
    ("worker-1", "release:after_commit"),
    ("worker-1", "abandon:before_commit"),
    ("worker-1", "abandon:after_commit"),
    ("beat-1", "sweep:before_commit"),
    ("beat-1", "sweep:after_commit"),
    ("beat-1", "fire:before_commit"),
    ("beat-1", "fire:after_commit"),
    ("beat-1", "takings:before_commit"),
    ("beat-1", "takings:after_commit"),
]
AT_POSTGRES = {"submit", "stage", "lease", "finish", "fire"}
TRIED = [("sqlite", *tried) for tried in POINTS] + [
    ("postgres", name, point) for name, point in POINTS if point.split(":")[0] in AT_POSTGRES
]


class Scene:
    """A fleet with one worker, one web and one beat at work, so that the point is reached by the one that is to die."""

    def __init__(self, home: Path, database: str) -> None:
        self.fleet = Fleet(home, Matrix(database, "up"), random.Random(1))
        self.fleet.start()
        for name in ("web-2", "worker-2", "worker-3", "beat-2"):
            self.fleet.slots[name].end(10)
        self.chance = random.Random(2)
        self.history = History(home / "history.jsonl")
        self.history.append("seed", seed=1)
        self.producers = Producers([self.fleet.ports["web-1"]], self.history, self.chance, lambda: True, 0)
        self.producers.start()
        self.ticks = 0
        self.hung_at: str | None = None

    def crash(self, slot: Slot, point: str) -> None:
        """Order the crash, bring about what leads there until it has happened, and wait until all is done."""
        self._wait(lambda: slot.alive and (not slot.name.startswith("worker") or bool(slot.children())), "the process")
        orders.give(slot.orders, orders.CRASH_AT, point)
        lead = LEADS.get(point.split(":")[0], lambda scene, slot, point: None)
        order = slot.orders / orders.CRASH_AT
        lead(self, slot, point)
        self._wait(lambda: not order.exists(), f"the crash at {point}", lambda: lead(self, slot, point))
        self._wait(lambda: slot.alive, "its successor")

    def drain(self) -> None:
        """Until everything has ended, with all three workers again."""
        for name in ("worker-2", "worker-3"):
            self.fleet.slots[name].start()
        self.producers.end(LIMIT_SECONDS)

        def ended() -> bool:
            return self.producers.ended and self.fleet.installation.open_items() == 0

        self._wait(ended, "the drain", limit_seconds=3 * LIMIT_SECONDS)

    def stop(self) -> None:
        """End the product's processes."""
        self.history.append("heal")
        self.fleet.stop()

    def close(self) -> None:
        """End everything that is left, also after a failure."""
        self.producers.end(0)
        wait_until(lambda: self.producers.ended, "the producers' end", limit_seconds=LIMIT_SECONDS)
        self.fleet.stop_servers()
        self.history.close()

    def _wait(
        self,
        condition: Callable[[], bool],
        what: str,
        again: Callable[[], None] = lambda: None,
        *,
        limit_seconds: float = LIMIT_SECONDS,
    ) -> None:
        turns = iter(range(10**9))

        def kept() -> bool:
            self.fleet.keep()
            if next(turns) % 40 == 39:
                again()
            return condition()

        wait_until(kept, what, limit_seconds=limit_seconds)


def _kill_child(scene: Scene, slot: Slot, point: str) -> None:
    for child in slot.children():
        child.kill()


def _terminate(scene: Scene, slot: Slot, point: str) -> None:
    scene.producers.give(make_job(scene.chance, count=50, poison_share=0))
    slot.send(signal.SIGTERM)


def _hang(scene: Scene, slot: Slot, point: str) -> None:
    """Once for each point: a document that hangs takes a worker four deadlines, which the drain has to wait for."""
    if scene.hung_at != point:
        scene.hung_at = point
        scene.producers.give(make_job(scene.chance, count=2, poison="hang", poison_share=0))


def _submit(scene: Scene, slot: Slot, point: str) -> None:
    scene.producers.give(make_job(scene.chance, count=50, poison_share=0))


def _tick(scene: Scene, slot: Slot, point: str) -> None:
    scene.ticks += 1
    schedule_id = scene.fleet.installation.add_schedule(f"tick-{scene.ticks}")
    tick_at = soon(0.2)
    scene.fleet.installation.set_tick(schedule_id, tick_at)
    scene.history.append("tick_expected", schedule_id=schedule_id, tick_at=tick_at.isoformat())


LEADS: dict[str, Callable[[Scene, Slot, str], None]] = {
    "register": _kill_child,
    "release": _terminate,
    "abandon": _hang,
    "fire": _tick,
    "takings": _tick,
    "stage": _submit,
}
"""What leads to a point that producers and time alone do not reach."""


@pytest.fixture(scope="module")
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One fleet for all points of one database."""
    made = Scene(tmp_path_factory.mktemp(f"crash-{request.param}"), request.param)
    yield made
    made.close()


@pytest.mark.parametrize(("scene", "name", "point"), TRIED, indirect=["scene"])
def test_a_process_dies_at_the_point_and_another_takes_its_place(scene: Scene, name: str, point: str) -> None:
    scene.crash(scene.fleet.slots[name], point)


@pytest.mark.parametrize("scene", ["sqlite", "postgres"], indirect=True)
def test_after_all_crashes_every_document_has_ended_once(scene: Scene) -> None:
    scene.drain()
    scene.stop()
    installation, logs = scene.fleet.installation, scene.fleet.home / "logs"
    report = check(scene.history.path, installation.url, logs, installation.data_dir / "stamps")
    assert report.violations == []
    assert (report.lost, report.double) == (0, 0)
    assert scene.producers.documents > 0


def test_a_process_dies_where_crash_at_names_it_and_nowhere_else() -> None:
    code = "from ledger.crash import crash_point; crash_point('other:point'); crash_point('finish:before_commit')"
    for armed, status in (("finish:before_commit", -signal.SIGKILL), ("", 0)):
        done = subprocess.run([sys.executable, "-c", code], env={"CRASH_AT": armed}, check=False, cwd=Path.cwd())
        assert done.returncode == status
