"""What a heartbeat says and hears: leases go on or are lost, a stop is told at once, and a failure ends the process."""

import errno
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from corpusmill.stack.service import wait_until
from ledger.work.leases import lease as leases
from ledger.work.leases import workers
from ledger.work.tables import Lease, Worker
from tests.fakes import FakePipeline, FakeResident
from worker.drain.headway import Headway
from worker.drain.watchdog import Watchdog
from worker.guard import EXIT_BROKEN
from worker.rounds import heartbeat as module
from worker.rounds.heartbeat import Heartbeat


class Post:
    """A worker in the register with one lease of 60 seconds."""

    def __init__(self, desk, every_seconds: float = 600.0) -> None:
        self.desk, self.stop = desk, False
        desk.ledger.now = lambda session: desk.now
        self.watchdog = Watchdog(deadline_seconds=60)
        desk.submit("one")
        with desk.ledger.write() as session:
            workers.register(session, worker_id="wrk_1", pid=1, device="cpu", queues=["*"], now=desk.now)
            held = leases.take(
                session, worker_id="wrk_1", queue=desk.queue, now=desk.now, lease_seconds=60, max_items=9, max_bytes=99
            )
        self.lease_id = held.id
        self.watchdog.hold(held.id)
        self.beats = Heartbeat(
            desk.ledger,
            FakeResident(FakePipeline()),
            worker_id="wrk_1",
            every_seconds=every_seconds,
            lease_seconds=60,
            watchdog=self.watchdog,
            headway=Headway(),
            trouble={"a queue": "a reason"},
            should_stop=lambda: self.stop,
        )

    def worker(self) -> Worker:
        with self.desk.ledger.read() as session:
            return session.get_one(Worker, "wrk_1")

    def expires_at(self):
        with self.desk.ledger.read() as session:
            return session.scalar(select(Lease.expires_at))


@pytest.fixture
def post(sqlite_desk):
    return Post(sqlite_desk)


def test_a_beat_extends_what_is_held_and_tells_the_register(post):
    post.desk.later(40)
    post.beats.beat()
    assert post.expires_at() == post.desk.now + timedelta(seconds=60)
    worker = post.worker()
    assert (worker.seen_at, worker.trouble, worker.draining) == (post.desk.now, {"a queue": "a reason"}, False)
    assert not post.watchdog.is_lost(post.lease_id)


def test_a_lease_that_was_given_away_is_lost_at_the_next_beat(post):
    with post.desk.ledger.write() as session:
        leases.release_lease(session, post.lease_id, now=post.desk.now)
    post.beats.beat()
    assert post.watchdog.is_lost(post.lease_id)


def test_a_lease_whose_step_hangs_is_not_extended(post):
    before = post.expires_at()
    with post.watchdog.step(post.lease_id):
        post.watchdog._steps[post.lease_id] = 0.0
        post.desk.later(5)
        post.beats.beat()
    assert post.expires_at() == before


def test_a_stop_is_told_at_once(post):
    post.beats.start()
    post.stop = True
    wait_until(lambda: post.worker().draining, "the register to say that it drains", limit_seconds=10)
    post.beats.stop()


def test_beats_come_as_often_as_they_should(sqlite_desk, monkeypatch):
    post = Post(sqlite_desk, every_seconds=0.05)
    seen = []
    monkeypatch.setattr(post.beats, "beat", lambda: seen.append(1))
    post.beats.start()
    wait_until(lambda: len(seen) >= 5, "five beats", limit_seconds=3)
    post.beats.stop()


def test_a_database_that_is_away_is_waited_for(sqlite_desk, monkeypatch, ends):
    post = Post(sqlite_desk, every_seconds=0.02)
    tries = []

    def beat() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("UPDATE", {}, Exception("away"))

    monkeypatch.setattr(post.beats, "beat", beat)
    post.beats.start()
    wait_until(lambda: len(tries) > 4, "beats after the outage", limit_seconds=10)
    post.beats.stop()
    assert ends == []


@pytest.mark.parametrize("number", [errno.ESTALE, errno.EACCES, errno.EIO])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_beat_that_fails_otherwise_ends_the_process(sqlite_desk, monkeypatch, ends, number):
    post = Post(sqlite_desk, every_seconds=0.02)

    def stale() -> int:
        raise OSError(number, "canary")

    monkeypatch.setattr(module, "rss_bytes", stale)
    post.beats.start()
    wait_until(lambda: bool(ends), "the end", limit_seconds=10)
    assert ends[0][0] == EXIT_BROKEN


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_heartbeat_whose_parent_died_ends_the_process(sqlite_desk, monkeypatch, ends):
    post = Post(sqlite_desk, every_seconds=0.02)
    monkeypatch.setattr(module.os, "getppid", lambda: 0)
    post.beats.start()
    wait_until(lambda: bool(ends), "the end", limit_seconds=10)
    post.beats.stop()


def test_two_workers_do_not_extend_each_others_leases(post):
    with post.desk.ledger.write() as session:
        session.execute(update(Lease).values(worker_id="wrk_2"))
    post.watchdog.drop(post.lease_id)
    before = post.expires_at()
    post.desk.later(5)
    post.beats.beat()
    assert post.expires_at() == before
