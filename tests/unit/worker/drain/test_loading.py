"""A model is loaded while nothing is leased; whatever goes wrong then, no document pays. A real ledger, fake models."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from corpusmill.settings import load
from ledger.catalog import models
from ledger.catalog.models import queue_name
from ledger.work.tables import Lease, WorkItem
from pipelines.errors import ModelError
from tests.fakes import FakePipeline, FakeResident
from worker.drain import loader as module
from worker.drain.custody import Custody
from worker.drain.slice import Drain
from worker.drain.watchdog import EXIT_HUNG, Watchdog


class Loads(FakeResident):
    """Calls `during` while it loads."""

    def __init__(self, during=lambda: None) -> None:
        super().__init__(FakePipeline())
        self.during = during
        self.loads = 0

    def get(self, task, model):
        self.loads += 1
        self.during()
        return super().get(task, model)


class House:
    def __init__(self, desk, tmp_path: Path, **settings: object) -> None:
        self.desk, self.resident = desk, Loads()
        chosen = load(**({"data_dir": tmp_path, "database_url": desk.ledger.url} | settings))
        self.watchdog = Watchdog(deadline_seconds=chosen.deadline_seconds)
        self.custody = Custody(desk.ledger, chosen, self.watchdog, worker_id="wrk_1", should_stop=lambda: False)
        self.drain = Drain(self.custody, self.resident, chosen, self.watchdog, should_stop=lambda: False)

    def leases(self) -> int:
        with self.desk.ledger.read() as session:
            return session.scalar(select(func.count()).select_from(Lease))

    def items(self) -> list[tuple[str, int, bool]]:
        """State, tries and whether alone, of every item."""
        with self.desk.ledger.read() as session:
            rows = session.execute(select(WorkItem.state, WorkItem.attempt, WorkItem.alone).order_by(WorkItem.id))
            return [tuple(row) for row in rows]


@pytest.fixture
def house(sqlite_desk, tmp_path):
    return House(sqlite_desk, tmp_path)


def test_nothing_is_leased_while_a_model_is_loaded(house):
    house.desk.submit("one", "two")
    seen = []
    house.resident.during = lambda: seen.append((house.leases(), house.watchdog.hung(), house.watchdog.held()))
    house.drain.run(house.desk.queue)
    assert seen == [(0, set(), set())]
    assert [state for state, *_ in house.items()] == ["completed", "completed"]


def test_no_model_is_loaded_for_a_queue_in_which_nothing_waits(house):
    house.drain.run(house.desk.queue)
    assert house.resident.loads == 0


@pytest.mark.parametrize(
    "error",
    [
        ModelError("gone", "The weights are gone."),
        RuntimeError("canary"),
        OSError(errno.ESTALE, "canary"),
        MemoryError(),
        KeyError("canary"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_load_raises_the_documents_wait_untouched_and_the_register_says_why(house, error, caplog):
    house.desk.submit("one", "two")
    house.resident.error = error
    assert house.drain.run(house.desk.queue) is False
    assert house.items() == [("available", 0, False)] * 2
    assert house.leases() == 0
    said = house.drain.trouble[house.desk.queue]
    assert said == "The weights are gone." or type(error).__name__ in said
    assert "canary" not in said + caplog.text
    house.resident.error = None
    house.drain.run(house.desk.queue)
    assert house.resident.loads == 1


def test_a_queue_of_a_task_that_this_worker_does_not_know_waits_for_a_newer_one(house):
    new = house.desk.admit("newer", tasks=["transcription"])
    queue = queue_name("transcription", new)
    house.desk.submit("one", task="transcription", model_id=new.id, queue=queue)
    house.drain.run(queue)
    assert house.items() == [("available", 0, False)]
    assert "'transcription'" in house.drain.trouble[queue]


def test_a_model_whose_operator_wants_it_otherwise_since_is_loaded_before_the_next_lease(house):
    house.desk.submit("one")

    def change() -> None:
        house.resident.during = lambda: None
        with house.desk.ledger.write() as session:
            models.get(session, house.desk.model.id)[0].precision = "float32"

    house.resident.during = change
    house.drain.run(house.desk.queue)
    assert (house.items(), house.leases()) == ([("available", 0, False)], 0)
    house.drain.run(house.desk.queue)
    assert house.items()[0][0] == "completed"


def test_a_data_directory_that_nobody_has_made_keeps_no_worker_from_its_work(sqlite_desk, tmp_path):
    house = House(sqlite_desk, tmp_path, data_dir=tmp_path / "fresh" / "host")
    sqlite_desk.submit("one")
    house.drain.run(sqlite_desk.queue)
    assert house.items()[0][0] == "completed"
    assert not (tmp_path / "fresh").exists()


@pytest.mark.parametrize("number", [errno.ESTALE, errno.EACCES, errno.EIO, errno.ENOTDIR])
def test_a_data_directory_that_does_not_answer_rests_the_queue_and_says_why(house, monkeypatch, number):
    def fail(path):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(module.shutil, "disk_usage", fail)
    house.desk.submit("one")
    house.drain.run(house.desk.queue)
    assert house.items() == [("available", 0, False)]
    assert os.strerror(number) in house.drain.trouble[house.desk.queue]


HANGS = """
import threading
from worker.drain.watchdog import Watchdog
dog = Watchdog(deadline_seconds={deadline}, load_deadline_seconds={load_deadline})
dog.start(lambda hung: print("hung", sorted(hung), flush=True))
with dog.loading("a queue"):
    threading.Event().wait({load})
print("loaded", flush=True)
"""


def load_for(**times: float):
    command = [sys.executable, "-c", HANGS.format(**times)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_load_may_take_longer_than_a_step_of_a_batch():
    done = load_for(deadline=0.1, load_deadline=30, load=0.6)
    assert (done.returncode, "loaded" in done.stdout) == (0, True)


def test_a_load_beyond_its_own_deadline_ends_the_process_and_is_nobodys_fault():
    done = load_for(deadline=30, load_deadline=0.2, load=30)
    assert done.returncode == EXIT_HUNG
    assert "hung []" in done.stdout
