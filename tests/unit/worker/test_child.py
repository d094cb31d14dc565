"""A worker child is whole or gone: whatever dies in it, its leases are back at once and its process ends.

The real child on a real ledger, with a fake model that computes until it may go on; only the end is noted instead of
carried out.
"""

import errno
import threading
import time

import pytest
from sqlalchemy import func, select

import worker.child as module
from corpusmill.settings import load
from corpusmill.stack.service import wait_until
from ledger.base import utc_now
from ledger.work.leases import breaker
from ledger.work.states import State
from ledger.work.tables import Lease, Worker, WorkItem
from tests.fakes import FakePipeline, FakeResident
from tests.loads import killed_while_it_loads
from worker.drain import batch as steps
from worker.drain import loader
from worker.guard import EXIT_BROKEN
from worker.rounds import heartbeat
from worker.stop import VARIABLE

RETURNED_SECONDS = 10.0
"""Far less than a lease lasts, whatever else this machine has to do; alone it takes some 0.1 s."""
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


class Warm(FakeResident):
    """Every model is there."""

    def holds(self, queue):
        return True

    def fits(self, task, model):
        return True


class Ward:
    """A child that computes on its first document and has leased the next."""

    def __init__(self, desk, tmp_path, monkeypatch, ends) -> None:
        self.desk, self.ends = desk, ends
        self.computing, self.on = threading.Event(), threading.Event()
        monkeypatch.setenv(VARIABLE, str(tmp_path / "stop"))
        monkeypatch.setattr(module, "Resident", lambda *_, **__: Warm(FakePipeline(self._compute)))
        settings = load(
            data_dir=tmp_path,
            database_url=desk.ledger.url,
            device="cpu",
            batch_items=1,
            poll_seconds=0.05,
            heartbeat_seconds=0.05,
        )
        self.child = module.Child(settings, index=0)
        desk.submit("one", "two", "three", "four")

    def _compute(self) -> None:
        self.computing.set()
        self.on.wait(30)

    def begin(self) -> None:
        self.child.start()
        assert self.computing.wait(30)
        wait_until(lambda: self.leases() == 2, "the loader", limit_seconds=20)

    def leases(self) -> int:
        with self.desk.ledger.read() as session:
            return session.scalar(select(func.count()).select_from(Lease))

    def states(self) -> list[State]:
        with self.desk.ledger.read() as session:
            return list(session.scalars(select(WorkItem.state).order_by(WorkItem.id)))

    def charged(self) -> int:
        with self.desk.ledger.read() as session:
            return session.scalar(select(func.sum(WorkItem.deaths + WorkItem.timeouts + WorkItem.alone)))


@pytest.fixture
def ward(sqlite_desk, tmp_path, monkeypatch, ends):
    made = Ward(sqlite_desk, tmp_path, monkeypatch, ends)
    yield made
    made.on.set()
    made.child._stop.set_here()
    made.child._ended.set()
    made.child._heartbeat._stopped.set()
    made.child._watchdog.stop()
    if made.child._poller.ident is not None:
        made.child._poller.join(30)
    made.child._drain._loader.shutdown()  # what they still do would be an end of the next test's process
    made.child._drain._writer.shutdown()


def fails(error):
    def fail(*_, **__):
        raise error

    return fail


STALE, DENIED, BUG, FULL = OSError(errno.ESTALE, "s"), OSError(errno.EACCES, "d"), KeyError("bug"), MemoryError()
ORDER = SystemExit(0)

AT_ONCE = {
    "heartbeat, its own bug": lambda ward, patch: patch(ward.child._heartbeat, "beat", fails(BUG)),
    "heartbeat, no memory": lambda ward, patch: patch(ward.child._heartbeat, "beat", fails(FULL)),
    "heartbeat, ordered to exit": lambda ward, patch: patch(ward.child._heartbeat, "beat", fails(ORDER)),
    "heartbeat, /proc stale": lambda ward, patch: patch(heartbeat, "rss_bytes", fails(STALE)),
    "heartbeat, /proc denied": lambda ward, patch: patch(heartbeat, "rss_bytes", fails(DENIED)),
    "heartbeat, stop file fails": lambda ward, patch: patch(ward.child._heartbeat, "_should_stop", fails(STALE)),
    "heartbeat, parent gone": lambda ward, patch: patch(ward.child._heartbeat, "_parent", 0),
    "watchdog, its own bug": lambda ward, patch: patch(ward.child._watchdog, "hung", fails(BUG)),
    "watchdog, no memory": lambda ward, patch: patch(ward.child._watchdog, "_arm", fails(FULL)),
}
AFTER_THE_BATCH = {
    "loader, the lease": lambda ward, patch: patch(ward.child._custody, "_take", fails(BUG)),
    "loader, the batch": lambda ward, patch: patch(steps, "gather", fails(BUG)),
    "loader, no memory": lambda ward, patch: patch(ward.child._drain._loading, "_take", fails(FULL)),
    "loader, the pace": lambda ward, patch: patch(ward.child._drain._pace, "size_bytes", fails(BUG)),
    "writer, the record": lambda ward, patch: patch(steps, "record", fails(BUG)),
    "writer, stale": lambda ward, patch: patch(steps, "record", fails(STALE)),
    "writer, no memory": lambda ward, patch: patch(steps, "record", fails(FULL)),
    "writer, the watchdog": lambda ward, patch: patch(ward.child._watchdog, "drop", fails(BUG)),
    "drain, the growth": lambda ward, patch: patch(ward.child._drain.growth, "measure", fails(BUG)),
    "drain, /proc stale": lambda ward, patch: patch(ward.child._drain, "_settled_bytes", fails(STALE)),
    "drain, tunings": lambda ward, patch: patch(ward.child._resident, "remember", fails(BUG)),
    "drain, ordered to exit": lambda ward, patch: patch(ward.child._resident, "remember", fails(ORDER)),
    "drain, stop file fails": lambda ward, patch: patch(ward.child._drain, "_should_stop", fails(STALE)),
}
BETWEEN_BATCHES = {
    "poll, the sweep": lambda ward, patch: patch(ward.child._sweep, "run", fails(BUG)),
    "poll, leases owed": lambda ward, patch: patch(ward.child._custody, "settle", fails(STALE)),
    "poll, the preference": lambda ward, patch: patch(ward.child._preference, "waiting", fails(DENIED)),
    "poll, the drain": lambda ward, patch: patch(ward.child._drain, "run", fails(FULL)),
    "poll, ordered to exit": lambda ward, patch: patch(ward.child._sweep, "run", fails(ORDER)),
}
"""That is the thread that computes here, so these fail before anything is leased."""


def returned_within(ward, since: float) -> float:
    wait_until(lambda: bool(ward.ends), "the end", limit_seconds=20)
    assert ward.ends[0][0] == EXIT_BROKEN
    return ward.ends[0][1] - since


@pytest.mark.parametrize("kind", AT_ONCE)
def test_what_dies_beside_a_batch_ends_the_process_with_its_leases_back(ward, monkeypatch, kind):
    ward.begin()
    since = time.monotonic()
    AT_ONCE[kind](ward, monkeypatch.setattr)
    assert returned_within(ward, since) <= RETURNED_SECONDS
    assert ward.leases() == 0
    assert (set(ward.states()), ward.charged()) == ({State.AVAILABLE}, 0)


@pytest.mark.parametrize("kind", AFTER_THE_BATCH)
def test_what_dies_on_the_way_of_a_batch_ends_the_process_with_its_leases_back(ward, monkeypatch, kind):
    ward.begin()
    AFTER_THE_BATCH[kind](ward, monkeypatch.setattr)
    since = time.monotonic()
    ward.on.set()
    assert returned_within(ward, since) <= RETURNED_SECONDS
    assert ward.leases() == 0
    assert State.RUNNING not in ward.states()
    assert ward.charged() == 0


@pytest.mark.parametrize("kind", BETWEEN_BATCHES)
def test_what_dies_between_batches_ends_the_process(ward, monkeypatch, kind):
    BETWEEN_BATCHES[kind](ward, monkeypatch.setattr)
    ward.child.start()
    since = time.monotonic()
    assert returned_within(ward, since) <= RETURNED_SECONDS
    assert ward.leases() == 0


@pytest.mark.parametrize("number", [errno.ESTALE, errno.EACCES])
def test_a_data_directory_that_goes_stale_costs_no_lease_and_no_process(ward, monkeypatch, number):
    ward.begin()
    monkeypatch.setattr(loader.shutil, "disk_usage", fails(OSError(number, "gone")))
    ward.on.set()
    wait_until(lambda: ward.leases() == 0, "the batches to end", limit_seconds=20)
    assert ward.ends == []
    assert ward.states().count(State.COMPLETED) == 2
    assert ward.states().count(State.AVAILABLE) == 2


def test_a_child_that_is_stopped_finishes_or_gives_back_and_signs_off(ward):
    ward.begin()
    ward.child._stop.set_here()
    ward.on.set()
    ward.child.stop()
    assert ward.leases() == 0
    assert State.RUNNING not in ward.states()
    assert ward.charged() == 0
    with ward.desk.ledger.read() as session:
        assert session.scalars(select(Worker.stopped_at)).one() is not None


def test_a_child_that_grew_signs_off_and_ends_for_the_pool_to_replace_it(ward, monkeypatch):
    codes = []
    monkeypatch.setattr(module.os, "_exit", codes.append)
    ward.child._drain.growth.exceeded = True
    ward.child.start()
    wait_until(lambda: bool(codes), "the end", limit_seconds=20)
    assert codes[0] == module.EX_RECYCLE
    assert ward.leases() == 0


def test_a_load_that_ends_one_process_after_the_other_rests_its_queue_and_charges_nobody(ward):
    for _ in range(breaker.MAX_DEATHS):
        killed_while_it_loads(ward.child._settings.data_dir, ward.desk.queue)
        ward.child._crashed = ward.child._attempt.left_behind()
        with ward.desk.ledger.write() as session:
            ward.child._register(session)
    with ward.desk.ledger.read() as session:
        assert [resting.queue for resting in breaker.resting(session, now=utc_now())] == [ward.desk.queue]
    assert (set(ward.states()), ward.charged()) == ({State.AVAILABLE}, 0)


def test_a_message_s_queue_is_announced_again_where_its_turn_ended_before_its_work(ward, monkeypatch):
    told, served = [], []
    monkeypatch.setattr(module, "notify", lambda app, queue: told.append(queue))
    monkeypatch.setattr(ward.child._preference, "served", served.append)
    for more in (True, False):
        monkeypatch.setattr(ward.child._drain, "run", lambda queue, more=more: more)
        ward.child.serve(ward.desk.queue, app=None)
    assert told == [ward.desk.queue]
    assert served == [ward.desk.queue] * 2


def test_a_broker_that_is_away_costs_a_message_and_nothing_else(ward, monkeypatch):
    monkeypatch.setattr(ward.child._drain, "run", lambda queue: True)
    monkeypatch.setattr(module, "notify", fails(ConnectionError()))
    ward.child.serve(ward.desk.queue, app=None)
    assert ward.ends == []


def test_a_child_serves_until_its_queue_is_empty(ward):
    ward.on.set()
    ward.child.start()
    wait_until(lambda: set(ward.states()) == {State.COMPLETED}, "the work", limit_seconds=30)
    assert ward.ends == []
