"""Schedules stand alone: each tick makes its job once, and takes what is new or changed and nothing else."""

import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ledger.catalog.gate import policy
from ledger.catalog.gate.policy import Purpose
from ledger.corpora import firing, schedule, takings
from ledger.corpora.corpus import add_corpus
from ledger.corpora.tables import Schedule, Taking, Tick
from ledger.errors import BacklogFullError, ConflictError
from ledger.work.jobs import results
from ledger.work.jobs.backlog import Limits
from ledger.work.states import State
from ledger.work.tables import Job
from tests.conftest import NOON
from worker.rounds.firings import Firings

POLICY = policy.read()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "corpus"
    made.mkdir()
    return made


def add(desk, folder: Path, name: str = "nightly", cron: str = "0 * * * *") -> Schedule:
    with desk.ledger.write() as session:
        corpus = add_corpus(session, name=name, directory=folder, language="en", now=desk.now)
        return schedule.add_schedule(
            session,
            name=name,
            corpus=corpus,
            cron=cron,
            time_zone="UTC",
            task="translation",
            parameters={"from": "en", "to": "pt"},
            purpose=Purpose.EVALUATION,
            policy=POLICY,
            now=desk.now,
        )


def run(desk, row: Schedule) -> list[str]:
    """Names of the documents that a run took."""
    desk.later(60)
    tick = firing.run(desk.ledger, row.id, policy=POLICY, clock=lambda _: desk.now)
    assert tick.error is None
    return names(desk, tick.job_id) if tick.job_id else []


def names(desk, job_id: str) -> list[str]:
    return [line.document.name for line in results.lines(desk.ledger, job_id, states=list(State))]


def test_a_run_takes_what_is_new_or_changed_and_what_returns_to_an_older_content(desk, folder):
    row = add(desk, folder)
    (folder / "a.txt").write_text("one")
    (folder / "b.txt").write_text("two")
    assert run(desk, row) == ["a.txt", "b.txt"]
    assert run(desk, row) == []
    (folder / "a.txt").write_text("other")
    assert run(desk, row) == ["a.txt"]
    (folder / "a.txt").write_text("one")
    os.utime(folder / "a.txt", (1, 1))
    assert run(desk, row) == ["a.txt"]
    assert run(desk, row) == []


def test_two_schedules_on_the_same_documents_each_take_them(desk, folder):
    (folder / "a.txt").write_text("one")
    first, second = add(desk, folder, "first"), add(desk, folder, "second")
    assert [run(desk, row) for row in (first, second)] == [["a.txt"], ["a.txt"]]


def test_takings_that_a_dead_process_left_out_are_entered_by_the_next_run(desk, folder, monkeypatch):
    row = add(desk, folder)
    for name in ("a", "b", "c"):
        (folder / f"{name}.txt").write_text(name)
    with monkeypatch.context() as patched:
        patched.setattr(takings, "catch_up", lambda *_: None)
        assert len(run(desk, row)) == 3
    with desk.ledger.read() as session:
        assert session.scalar(select(func.count()).select_from(Taking)) == 0
    assert run(desk, row) == []


def test_a_tick_is_fired_once_by_however_many_processes(desk, folder):
    (folder / "a.txt").write_text("one")
    row = add(desk, folder)
    tick_at = row.next_tick_at
    desk.now = tick_at
    barrier = threading.Barrier(3)
    fired: list[Tick | None] = []

    def fire() -> None:
        barrier.wait()
        fired.append(firing.fire(desk.ledger, row.id, tick_at, policy=POLICY, clock=lambda _: desk.now))

    threads = [threading.Thread(target=fire) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [tick.tick_at for tick in fired if tick] == [tick_at]
    with desk.ledger.read() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 1
        assert session.get_one(Schedule, row.id).next_tick_at == tick_at + timedelta(hours=1)


def test_a_run_beside_another_makes_no_second_job(desk, folder, monkeypatch):
    (folder / "a.txt").write_text("one")
    row = add(desk, folder)
    scan = firing.scan

    def meanwhile(*given, **options):
        found = scan(*given, **options)
        monkeypatch.setattr(firing, "scan", scan)
        run(desk, row)
        return found

    monkeypatch.setattr(firing, "scan", meanwhile)
    with pytest.raises(ConflictError, match="just now"):
        firing.run(desk.ledger, row.id, policy=POLICY, clock=lambda _: desk.now)
    with desk.ledger.read() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 1


def due_at_noon(desk, folder: Path, *broken: str) -> dict[str, Schedule]:
    """One schedule for each name, whose time has come by the clock of the ledger."""
    desk.ledger.now = lambda session: desk.now
    made = {}
    for name in (*broken, "sound"):
        home = folder / name
        home.mkdir()
        (home / "a.txt").write_text("one")
        made[name] = add(desk, home, name)
    desk.later(3600)
    return made


def within(desk, row: Schedule, limits: Limits) -> Tick:
    desk.later(60)
    return firing.run(desk.ledger, row.id, policy=POLICY, limits=limits, clock=lambda _: desk.now)


def test_a_run_takes_no_more_than_a_job_may_have_and_the_rest_comes_next(desk, folder):
    row = add(desk, folder)
    for name in "abc":
        (folder / f"{name}.txt").write_text(name)
    limits = Limits(100, 10**6, job_documents=2)
    ticks = [within(desk, row, limits) for _ in range(3)]
    assert [names(desk, tick.job_id) if tick.job_id else [] for tick in ticks] == [["a.txt", "b.txt"], ["c.txt"], []]


@pytest.mark.parametrize("limits", [Limits(3, 10**6, 9), Limits(100, 12, 9)], ids=["documents", "bytes"])
def test_what_would_make_too_much_wait_stays_due_and_says_so_until_there_is_room(desk, folder, limits):
    row = add(desk, folder)
    desk.ledger.now = lambda _: desk.now
    desk.submit("before", "it")
    for name in "ab":
        (folder / f"{name}.txt").write_text(f"text {name}")
    with pytest.raises(BacklogFullError):
        within(desk, row, limits)
    desk.later(3600)
    crowded = Firings(desk.ledger, lambda _: None, POLICY, limits=limits)
    assert [crowded.run(), crowded.run()] == [0, 0]
    with desk.ledger.read() as session:
        kept = session.get_one(Schedule, row.id)
        assert "are unfinished already; try again later" in kept.error
        assert kept.next_tick_at <= desk.now < kept.retry_at
        assert session.scalar(select(func.count()).select_from(Job)) == 1
    desk.later(60)
    assert Firings(desk.ledger, lambda _: None, POLICY, limits=Limits(100, 10**6, 9)).run() == 1


def test_a_schedule_that_cannot_be_run_is_put_off_with_its_error_and_the_others_fire(desk, folder, monkeypatch):
    made = due_at_noon(desk, folder, "broken")
    scan = firing.scan

    def fails(ledger, corpus, **options):
        if corpus.name == "broken":
            raise OSError(116, "Stale file handle")
        return scan(ledger, corpus, **options)

    monkeypatch.setattr(firing, "scan", fails)
    notified: list[str] = []
    assert Firings(desk.ledger, notified.append, POLICY).run() == 1
    assert notified == [desk.queue]
    with desk.ledger.read() as session:
        broken = session.get_one(Schedule, made["broken"].id)
        assert "Stale file handle" in broken.error
        assert broken.failures == 1
        assert broken.next_tick_at == made["broken"].next_tick_at
        now = desk.ledger.now(session)
        assert firing.due(session, now=now) == []
        assert len(firing.due(session, now=broken.retry_at)) == 1
    monkeypatch.setattr(firing, "scan", scan)
    with desk.ledger.write() as session:
        session.get_one(Schedule, broken.id).retry_at = None
    assert Firings(desk.ledger, notified.append, POLICY).run() == 1
    with desk.ledger.read() as session:
        mended = session.get_one(Schedule, broken.id)
        assert (mended.error, mended.failures, mended.retry_at) == (None, 0, None)


def test_waits_between_tries_double_up_to_an_hour(desk, folder):
    row = add(desk, folder)
    waits = []
    for _ in range(9):
        with desk.ledger.write() as session:
            firing.put_off(session, row.id, "no", now=NOON)
        with desk.ledger.read() as session:
            waits.append((session.get_one(Schedule, row.id).retry_at - NOON).total_seconds())
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_a_folder_that_vanished_is_told_on_the_tick_and_the_next_time_comes(desk, folder):
    made = due_at_noon(desk, folder, "gone")
    (folder / "gone" / "a.txt").unlink()
    (folder / "gone").rmdir()
    assert Firings(desk.ledger, lambda _: None, POLICY).run() == 2
    with desk.ledger.read() as session:
        tick = session.scalars(select(Tick).where(Tick.schedule_id == made["gone"].id)).one()
        assert (tick.job_id, "is not there" in tick.error) == (None, True)
        assert session.get_one(Schedule, made["gone"].id).next_tick_at > desk.ledger.now(session)


def test_a_run_whose_files_all_vanished_makes_no_job(desk, folder, monkeypatch):
    (folder / "a.txt").write_text("one")
    row = add(desk, folder)
    scan = firing.scan

    def vanish(*given, **options):
        found = scan(*given, **options)
        (folder / "a.txt").unlink()
        return found

    monkeypatch.setattr(firing, "scan", vanish)
    assert run(desk, row) == []


def test_a_tick_that_fired_by_a_clock_that_ran_ahead_is_passed_over(desk, folder):
    row = add(desk, folder)
    (folder / "a.txt").write_text("one")
    tick_at = row.next_tick_at
    firing.fire(desk.ledger, row.id, tick_at, policy=POLICY, clock=lambda _: tick_at)
    with desk.ledger.write() as session:
        session.get_one(Schedule, row.id).next_tick_at = tick_at
    assert firing.fire(desk.ledger, row.id, tick_at, policy=POLICY, clock=lambda _: tick_at) is None
    with desk.ledger.read() as session:
        assert session.get_one(Schedule, row.id).next_tick_at == tick_at + timedelta(hours=1)


def test_after_an_outage_a_schedule_fires_once_and_goes_on_at_the_next_time(desk, folder):
    (folder / "a.txt").write_text("one")
    row = add(desk, folder)
    tick_at = row.next_tick_at
    desk.now = tick_at + timedelta(hours=5, minutes=20)
    firing.fire(desk.ledger, row.id, tick_at, policy=POLICY, clock=lambda _: desk.now)
    with desk.ledger.read() as session:
        assert session.get_one(Schedule, row.id).next_tick_at == tick_at + timedelta(hours=6)


def test_a_schedule_paused_before_its_time_does_not_fire_and_resumed_waits_for_the_next(desk, folder):
    row = add(desk, folder)
    tick_at = row.next_tick_at
    with desk.ledger.write() as session:
        schedule.pause(session.get_one(Schedule, row.id))
    desk.now = tick_at
    assert firing.fire(desk.ledger, row.id, tick_at, policy=POLICY, clock=lambda _: desk.now) is None
    desk.later(3600 * 3 + 60)
    with desk.ledger.write() as session:
        found = session.get_one(Schedule, row.id)
        schedule.resume(found, now=desk.now)
        assert found.next_tick_at == tick_at + timedelta(hours=4)
        assert firing.due(session, now=desk.now) == []


def test_a_link_that_leaves_the_corpus_is_refused(desk, folder, tmp_path):
    outside = tmp_path / "secret.txt"
    outside.write_text("secret")
    (folder / "link.txt").symlink_to(outside)
    (folder / "a.txt").write_text("one")
    row = add(desk, folder)
    assert run(desk, row) == ["a.txt"]
