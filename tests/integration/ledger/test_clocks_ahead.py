"""Times that a clock wrote which ran ahead and was set right: nobody waits for them, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from corpusmill.settings import load
from ledger.catalog.gate import policy
from ledger.catalog.gate.policy import Purpose
from ledger.corpora import firing, schedule
from ledger.corpora.corpus import add_corpus
from ledger.corpora.tables import Schedule, Tick
from ledger.work.leases import backoff, breaker, lapse, lease, repair, workers
from ledger.work.states import State
from ledger.work.tables import Breaker, Worker, WorkItem
from tests.conftest import NOON
from worker.rounds.firings import Firings
from worker.rounds.sweep import Sweep

POLICY = policy.read()
AHEAD = [timedelta(minutes=50), timedelta(hours=3), timedelta(days=400)]
PAUSE_SECONDS = 60


@pytest.fixture
def present(desk):
    """The desk's clock is the ledger's."""
    desk.ledger.now = lambda session: desk.now
    return desk


@pytest.fixture
def scheduled(present, tmp_path) -> str:
    """A schedule for each full hour with one document."""
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "a.txt").write_text("one")
    with present.ledger.write() as session:
        corpus = add_corpus(session, name="letters", directory=folder, language="en", now=present.now)
        return schedule.add_schedule(
            session, name="hourly", corpus=corpus, cron="0 * * * *", time_zone="UTC", task="translation",
            parameters={"from": "en", "to": "pt"}, purpose=Purpose.EVALUATION, policy=POLICY, now=present.now,
        ).id  # fmt: skip


def next_tick_at(desk, schedule_id: str) -> datetime | None:
    with desk.ledger.read() as session:
        return session.get_one(Schedule, schedule_id).next_tick_at


def fire(desk) -> int:
    return Firings(desk.ledger, lambda _: None, POLICY).run()


def take(desk):
    with desk.ledger.write() as session:
        return lease.take(
            session, worker_id="w", queue=desk.queue, now=desk.now, lease_seconds=60, max_items=9, max_bytes=9999
        )


def sweep(desk, tmp_path) -> None:
    Sweep(desk.ledger, load(data_dir=tmp_path)).run(lambda _: None)


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_schedule_fires_at_the_next_time_of_its_rule(ahead, present, scheduled):
    with present.ledger.write() as session:  # somebody resumed it, or it fired, by the other clock
        schedule.resume(session.get_one(Schedule, scheduled), now=NOON + ahead)
    assert fire(present) == 0
    assert next_tick_at(present, scheduled) == NOON + timedelta(hours=1)
    present.later(3600)
    assert fire(present) == 1
    assert next_tick_at(present, scheduled) == NOON + timedelta(hours=2)


def test_a_tick_that_was_fired_ahead_of_its_time_is_not_fired_again(present, scheduled):
    present.later(3600)
    assert fire(present) == 1
    present.now = NOON
    assert fire(present) == 0
    present.later(3600)
    assert fire(present) == 0
    assert next_tick_at(present, scheduled) == NOON + timedelta(hours=2)
    present.later(3600)
    assert fire(present) == 1
    with present.ledger.read() as session:
        assert len(session.scalars(select(Tick)).all()) == 2


def test_a_schedule_that_is_paused_stays_so(present, scheduled):
    with present.ledger.write() as session:
        schedule.pause(session.get_one(Schedule, scheduled))
    assert schedule.put_right(present.ledger) == 0
    assert next_tick_at(present, scheduled) is None


def test_one_whose_rule_cannot_be_read_keeps_no_other_from_being_put_right(present, scheduled):
    with present.ledger.write() as session:
        row = session.get_one(Schedule, scheduled)
        copy = {c.key: getattr(row, c.key) for c in Schedule.__table__.columns}
        late = NOON + timedelta(days=3)
        session.add(Schedule(**(copy | {"id": "sch_0", "name": "bad", "time_zone": "No/Where", "next_tick_at": late})))
        row.next_tick_at = late
    assert fire(present) == 0
    assert next_tick_at(present, "sch_0") == NOON + timedelta(days=3)
    assert next_tick_at(present, scheduled) == NOON + timedelta(hours=1)


@pytest.mark.parametrize("cron", ["30 1 * * *", "0 * * * *", "*/20 * * * *", "45 1 25 10 *", "30 2 * * *"])
@pytest.mark.parametrize("begin", [datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC)])
def test_what_a_rule_has_a_schedule_wait_for_is_right_through_gaps_and_folds(cron, begin):
    zone = "Europe/Lisbon"
    waits_for = schedule.next_ticks(cron, zone, begin)[0]
    for minutes in range(0, 12 * 60, 5):
        now = begin + timedelta(minutes=minutes)
        if now >= waits_for:
            waits_for = schedule.next_ticks(cron, zone, now)[0]
        assert waits_for > now
        assert schedule.next_ticks(cron, zone, now)[0] == waits_for


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_schedule_that_was_put_off_is_tried_within_the_longest_wait(ahead, present, scheduled):
    present.later(3600)
    with present.ledger.write() as session:
        firing.put_off(session, scheduled, "no", now=present.now + ahead)
    present.later(firing.LONGEST_RETRY_SECONDS)
    assert fire(present) == 1


def rest(desk, *, now: datetime) -> None:
    with desk.ledger.write() as session:
        for _ in range(breaker.MAX_DEATHS):
            breaker.count_death(session, desk.queue, now=now, pause_seconds=PAUSE_SECONDS)


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_queue_rests_for_its_pause_from_now(ahead, present, tmp_path):
    present.submit("one")
    rest(present, now=present.now + ahead)
    sweep(present, tmp_path)
    assert take(present) is None
    present.later(PAUSE_SECONDS + 1)
    assert take(present) is not None


def test_a_queue_that_rests_for_a_year_rests_for_the_longest_pause(present, tmp_path):
    present.submit("one")
    rest(present, now=present.now)
    with present.ledger.write() as session:
        session.execute(update(Breaker).values(open_until=present.now + timedelta(days=365)))
    sweep(present, tmp_path)
    present.later(breaker.LONGEST_PAUSE_SECONDS - 1)
    assert take(present) is None
    present.later(2)
    assert take(present) is not None


def test_a_rest_that_a_right_clock_wrote_is_left_alone(present, tmp_path):
    rest(present, now=present.now)
    present.later(7)
    sweep(present, tmp_path)
    with present.ledger.read() as session:
        found = session.scalars(select(Breaker)).one()
    assert (found.died_at, found.open_until) == (NOON, NOON + timedelta(seconds=PAUSE_SECONDS))


@pytest.mark.parametrize("pause_seconds", [60, 10**6])
def test_a_document_that_killed_waits_for_its_pause_but_no_longer_than_any(pause_seconds, present):
    present.submit("one")
    for _ in range(2):  # the second time it is alone, and charged
        held = take(present)
        with present.ledger.write() as session:
            lapse.lapse(session, held.id, lapse.DEATH, now=present.now, wait_seconds=pause_seconds)
            repair.make_due(session, now=present.now)
    assert take(present) is None
    present.later(min(pause_seconds, backoff.CAP_SECONDS))
    with present.ledger.write() as session:
        assert repair.make_due(session, now=present.now) == 1


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_queue_whose_documents_were_accepted_ahead_of_time_is_due_for_its_turn(ahead, present):
    present.later(ahead.total_seconds())
    present.submit("one")
    present.now = NOON
    with present.ledger.read() as session:
        assert session.scalar(select(WorkItem.state)) is State.AVAILABLE
        assert repair.waits(session, now=NOON)[present.queue] >= 50 * 60


@pytest.mark.parametrize("ahead", AHEAD)
def test_a_worker_last_heard_of_ahead_of_time_is_not_alive(ahead, present):
    with present.ledger.write() as session:
        workers.register(session, worker_id="w", pid=1, device="cpu", queues=["*"], now=NOON + ahead)
        worker = session.get_one(Worker, "w")
        assert not workers.is_alive(worker, NOON)
        assert workers.is_alive(worker, NOON + ahead)
