"""What a sweep mends and what it leaves alone: leases of the dead lapse, the living get their grace. A real ledger."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from corpusmill.settings import load
from ledger.work.jobs import cancel, discard
from ledger.work.jobs.submit import CHUNK_ITEMS, STAGE_SECONDS, NewDocument, NewJob, Stage
from ledger.work.leases import lease as leases
from ledger.work.leases.finish import Failure, finish
from ledger.work.standings import Standing
from ledger.work.states import State
from ledger.work.tables import Job, WorkItem
from worker.rounds import sweep as module
from worker.rounds.sweep import Sweep


class Yard:
    """A sweep with leases of 60 and beats of 15 seconds; `clock` is the steady one, `desk.now` the ledger's."""

    def __init__(self, desk, tmp_path, monkeypatch) -> None:
        self.desk, self.clock = desk, 1000.0
        desk.ledger.now = lambda session: desk.now
        monkeypatch.setattr(module.time, "monotonic", lambda: self.clock)
        self.sweep = Sweep(desk.ledger, load(data_dir=tmp_path, database_url=desk.ledger.url))
        self.told: list[str] = []

    def pass_(self, seconds: float) -> None:
        self.clock += seconds
        self.desk.later(seconds)

    def run(self) -> list[str]:
        self.told = []
        self.sweep.run(self.told.append)
        return self.told

    def take(self, lease_seconds: float = 60) -> None:
        with self.desk.ledger.write() as session:
            leases.take(
                session,
                worker_id="wrk_dead",
                queue=self.desk.queue,
                now=self.desk.now,
                lease_seconds=lease_seconds,
                max_items=9,
                max_bytes=9999,
            )

    def state(self) -> State:
        with self.desk.ledger.read() as session:
            return session.scalar(select(WorkItem.state))


@pytest.fixture
def yard(sqlite_desk, tmp_path, monkeypatch):
    return Yard(sqlite_desk, tmp_path, monkeypatch)


def test_a_lease_that_ran_out_lapses_and_its_documents_become_due(yard):
    yard.desk.submit("one", "two")
    yard.take()
    yard.run()
    yard.pass_(61)
    yard.run()
    assert yard.state() in (State.RETRYABLE, State.AVAILABLE)
    yard.run()
    assert yard.state() is State.AVAILABLE


def test_a_lease_that_is_extended_stays(yard):
    yard.desk.submit("one")
    yard.take()
    yard.pass_(59)
    yard.run()
    assert yard.state() is State.RUNNING


def test_a_sweep_that_begins_leaves_leases_alone_for_two_beats(yard):
    yard.desk.submit("one")
    yard.take(lease_seconds=1)
    yard.pass_(29)
    yard.run()
    assert yard.state() is State.RUNNING
    yard.pass_(2)
    yard.run()
    assert yard.state() is not State.RUNNING


def test_after_the_database_was_away_the_living_have_two_beats_to_say_so(yard, monkeypatch):
    yard.desk.submit("one")
    yard.take()
    yard.pass_(61)
    with monkeypatch.context() as broken:

        def away(*_, **__):
            raise OperationalError("SELECT", {}, Exception("away"))

        broken.setattr(module.repair, "lapse_expired", away)
        assert yard.run() == []
    yard.pass_(29)
    yard.run()
    assert yard.state() is State.RUNNING
    yard.pass_(2)
    yard.run()
    assert yard.state() is not State.RUNNING


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_a_clock_that_jumps_gives_the_living_two_beats(yard, seconds):
    yard.desk.submit("one")
    yard.pass_(31)
    yard.run()
    yard.take()
    yard.desk.later(seconds)
    yard.run()
    assert yard.state() is State.RUNNING


def test_one_duty_that_fails_keeps_no_other_from_being_done(yard, monkeypatch):
    yard.desk.submit("one")
    yard.pass_(31)
    yard.take()
    cancelled = yard.desk.submit("two")
    with yard.desk.ledger.write() as session:
        cancel.halt(session, cancelled, now=yard.desk.now)
        session.execute(update(Standing).where(Standing.job_id == cancelled).values(available=0, open_items=0))
        session.execute(update(Standing).where(Standing.job_id == cancelled).values(retryable=1, open_items=1))
    yard.pass_(61)
    yard.run()
    with yard.desk.ledger.read() as session:
        assert session.scalar(select(WorkItem.lease_id).where(WorkItem.job_id != cancelled)) is None


def test_what_is_due_becomes_available_and_its_queue_is_told_of(yard):
    yard.desk.submit("one")
    yard.take()
    with yard.desk.ledger.write() as session:
        item_id, lease_id = session.execute(select(WorkItem.id, WorkItem.lease_id)).one()
        failure = Failure(item_id, "broken", "It broke.", None, retry_seconds=10)
        finish(session, lease_id, [], [failure], now=yard.desk.now)
    assert yard.run() == []
    yard.pass_(11)
    assert yard.run() == [yard.desk.queue]
    assert yard.state() is State.AVAILABLE


@pytest.fixture
def staged(yard):
    """A stage with a chunk written."""
    desk = yard.desk
    asked = NewJob("translation", desk.model.id, desk.queue, {}, "evaluation", "staged")
    made = Stage(desk.ledger, asked, clock=lambda _: desk.now)
    write(made)
    return made


def write(made: Stage) -> None:
    for i in range(CHUNK_ITEMS):
        made.add(NewDocument(f"{made.count}", f"{i}.txt", "text"))


def test_a_stage_that_stays_silent_is_thrown_away(yard, staged):
    yard.pass_(STAGE_SECONDS + 1)
    yard.run()
    assert is_there(yard, staged)
    yard.pass_(31)
    yard.run()
    assert not is_there(yard, staged)


def test_a_clock_that_jumps_takes_no_stage_from_who_goes_on_with_it(yard, staged):
    yard.desk.later(3600)
    for _ in range(5):
        yard.run()
        write(staged)
        yard.pass_(31)
    yard.run()
    assert staged.seal() == staged.job_id


def test_what_one_sweep_left_half_deleted_the_next_goes_on_with(yard, staged, monkeypatch):
    monkeypatch.setattr(discard, "STEP_ITEMS", 10)
    yard.pass_(STAGE_SECONDS + 1)
    yard.run()
    yard.pass_(31)
    with monkeypatch.context() as patch:
        patch.setattr(module, "CLEARING_SECONDS", -1)
        yard.run()
    assert is_there(yard, staged)
    yard.run()
    assert not is_there(yard, staged)


def is_there(yard, staged) -> bool:
    with yard.desk.ledger.read() as session:
        return session.get(Job, staged.job_id) is not None
