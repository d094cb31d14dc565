"""Schedules that are due fire once each, their queues are told of, and one that fails keeps no other from its time."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from ledger.catalog.gate import policy
from ledger.catalog.gate.policy import Purpose
from ledger.corpora import firing, schedule
from ledger.corpora.corpus import add_corpus
from ledger.work.tables import Job
from tests.conftest import NOON
from worker.rounds.firings import TRIES, Firings

POLICY = policy.read()


@pytest.fixture
def office(sqlite_desk, tmp_path):
    """A desk with three corpora of one document each and a schedule of each, due at one o'clock."""
    sqlite_desk.ledger.now = lambda session: sqlite_desk.now
    for name in ("first", "second", "third"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "a.txt").write_text(f"A text of the {name}.")
        with sqlite_desk.ledger.write() as session:
            corpus = add_corpus(session, name=name, directory=folder, language="en", now=NOON)
            schedule.add_schedule(
                session,
                name=name,
                corpus=corpus,
                cron="0 13 * * *",
                time_zone="UTC",
                task="translation",
                parameters={"from": "en", "to": "pt"},
                purpose=Purpose.EVALUATION,
                policy=POLICY,
                now=NOON,
            )
    return sqlite_desk


def fire(desk) -> tuple[int, list[str]]:
    told: list[str] = []
    return Firings(desk.ledger, told.append, POLICY).run(), told


def jobs(desk) -> int:
    with desk.ledger.read() as session:
        return session.scalar(select(func.count()).select_from(Job))


def test_nothing_fires_before_its_time(office):
    assert fire(office) == (0, [])


def test_what_is_due_fires_once_and_its_queue_is_told_of(office):
    office.now += timedelta(hours=1)
    assert fire(office) == (3, [office.queue] * 3)
    assert fire(office) == (0, [])
    assert jobs(office) == 3


def test_one_that_fails_keeps_no_other_from_its_time_and_stays_due(office, monkeypatch):
    office.now += timedelta(hours=1)
    real, calls = firing.fire, []

    def fail_once(*arguments, **named):
        calls.append(arguments)
        if len(calls) == 1:
            raise UnicodeEncodeError("utf-8", "canary", 0, 1, "surrogates not allowed")
        return real(*arguments, **named)

    monkeypatch.setattr(firing, "fire", fail_once)
    assert fire(office)[0] == 2
    assert fire(office)[0] == 0
    office.now += timedelta(seconds=firing.FIRST_RETRY_SECONDS)
    assert fire(office)[0] == 1
    assert jobs(office) == 3


def away() -> OperationalError:
    return OperationalError("SELECT", {}, Exception("canceling statement due to statement timeout"))


def test_one_that_only_the_database_refuses_keeps_no_other_from_its_time_and_is_put_off(office, monkeypatch):
    """Such as one whose statements take longer than a statement may."""
    office.now += timedelta(hours=1)
    real, refused = firing.fire, []

    def fail(ledger, schedule_id, *arguments, **named):
        if not refused or schedule_id in refused:
            refused.append(schedule_id)
            raise away()
        return real(ledger, schedule_id, *arguments, **named)

    monkeypatch.setattr(firing, "fire", fail)
    firings = Firings(office.ledger, lambda _: None, POLICY)
    assert [firings.run() for _ in range(TRIES + 2)] == [2, *[0] * (TRIES + 1)]
    assert (jobs(office), len(refused)) == (2, TRIES)


def test_one_that_the_database_refuses_now_and_then_is_never_put_off(office, monkeypatch):
    """Its connection was cut, a statement waited too long: the next tick does not wait a minute for that."""
    real, before = firing.fire, {}

    def fail_at_first(ledger, schedule_id, tick_at, **named):
        if before.get(schedule_id) != tick_at:
            before[schedule_id] = tick_at
            raise away()
        return real(ledger, schedule_id, tick_at, **named)

    monkeypatch.setattr(firing, "fire", fail_at_first)
    monkeypatch.setattr(firing, "put_off", lambda *_, **__: pytest.fail("put off"))
    firings = Firings(office.ledger, lambda _: None, POLICY)
    for _ in range(TRIES + 1):
        office.now += timedelta(days=1)
        assert [firings.run(), firings.run()] == [0, 3]


def test_while_the_database_is_away_nothing_is_put_off_and_no_other_is_tried(office, monkeypatch):
    office.now += timedelta(hours=1)
    found, tried = firing.due, []

    def lost(*_, **__):
        tried.append(1)
        monkeypatch.setattr(firing, "due", lost)
        raise away()

    monkeypatch.setattr(firing, "fire", lost)
    firings = Firings(office.ledger, lambda _: None, POLICY)
    for _ in range(TRIES + 1):
        monkeypatch.setattr(firing, "due", found)
        with pytest.raises(OperationalError):
            firings.run()
    assert len(tried) == 2 * (TRIES + 1)
    monkeypatch.undo()
    office.ledger.now = lambda session: office.now
    assert fire(office)[0] == 3


def test_one_whose_disk_hangs_keeps_no_other_from_its_time_and_is_not_begun_again(office, monkeypatch):
    office.now += timedelta(hours=1)
    real, hangs, go_on, calls, told = firing.fire, [], threading.Event(), [], threading.Semaphore(0)

    def hang(ledger, schedule_id, *arguments, **named):
        calls.append(schedule_id)
        hangs[:] = hangs or [schedule_id]
        if schedule_id in hangs:
            assert go_on.wait(60)
        return real(ledger, schedule_id, *arguments, **named)

    monkeypatch.setattr(firing, "fire", hang)
    firings = Firings(office.ledger, lambda _: told.release(), POLICY, patience_seconds=0.2)
    firings.run()
    assert all(told.acquire(timeout=30) for _ in range(2))
    firings.run()
    assert calls.count(hangs[0]) == 1
    go_on.set()
    assert told.acquire(timeout=30)
    assert jobs(office) == 3
