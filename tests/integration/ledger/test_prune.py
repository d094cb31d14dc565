"""The history of what ended before a time goes, in short steps or whole ranges, and nothing else does."""

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from sqlalchemy import event, select, text

from ledger.work.advance import record
from ledger.work.audit import audit
from ledger.work.history import prune as module
from ledger.work.history.prune import Pruned, prune
from ledger.work.jobs import backlog, results
from ledger.work.jobs.cancel import cancel
from ledger.work.jobs.written import ITEMS
from ledger.work.states import Event, Reason, State
from ledger.work.tables import EventRow, WorkItem
from tests.conftest import Desk
from tests.ranges import bounds, go_on_from, totals
from tests.work import complete, due, fail, take

MILLION = 1_000_000
DAY = 86_400
PRUNES = (
    "import sys; from datetime import datetime; from ledger.engine import Ledger; "
    "from ledger.work.history.prune import prune; "
    "prune(Ledger(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))"
)


@pytest.fixture
def server_desk(postgres_url):
    import migrations
    from ledger.engine import Ledger

    ledger = Ledger(postgres_url)
    migrations.upgrade(ledger)
    yield Desk(ledger)
    ledger.close()


def done(desk, *texts: str) -> str:
    job_id = desk.submit(*texts)
    complete(desk, take(desk))
    return job_id


def kept(desk, job_id: str) -> list[int]:
    """How many events each item of a job has, in input order."""
    with desk.ledger.read() as session:
        items = select(WorkItem.id).where(WorkItem.job_id == job_id).order_by(WorkItem.position)
        events = session.scalars(select(EventRow.item_id)).all()
        return [events.count(item) for item in session.scalars(items)]


def test_what_ended_before_goes_and_what_ended_later_or_not_at_all_stays(desk):
    old = done(desk, "one", "two")
    failed = desk.submit("three")
    fail(desk, take(desk), Reason.INPUT)
    cancelled = desk.submit("four")
    cancel(desk.ledger, cancelled, clock=lambda _: desk.now)
    mixed = desk.submit("five", "six")
    held = take(desk, items=2)
    complete(desk, held, only=1)
    before = desk.later(DAY)
    late = desk.submit("seven")
    fail(desk, held, Reason.INPUT)
    complete(desk, take(desk))
    desk.later(DAY)
    waiting = desk.submit("eight")
    results_there = totals(desk)[1]
    assert prune(desk.ledger, before) == Pruned([], 3 + 3 + 3 + 2 + 3)
    gone = (old, failed, cancelled)
    assert [kept(desk, job_id) for job_id in gone] == [[0, 0], [0], [0]]
    assert [kept(desk, job_id) for job_id in (mixed, late, waiting)] == [[0, 3], [3], [1]]
    assert totals(desk)[1] == results_there
    assert prune(desk.ledger, before) == Pruned([], 0)


def test_what_reads_a_ledger_copes_with_a_history_that_is_gone(desk):
    job_id = done(desk, "one", "two")
    prune(desk.ledger, desk.later(1))
    assert totals(desk) == (0, 2)
    with desk.ledger.read() as session:
        shown = results.document(session, job_id, 1)
        assert (shown.events, shown.line.result.output) == ([], {"text": "<two>"})
        assert list(audit(session)) == []
        assert backlog.measure(session, now=desk.now).per_second is None
    assert kept(desk, done(desk, "three")) == [3]


def test_time_is_compared_to_the_moment(desk):
    job_id = desk.submit("one")
    desk.later(10)
    complete(desk, take(desk))
    assert prune(desk.ledger, desk.now).events == 0
    assert kept(desk, job_id) == [3]
    assert prune(desk.ledger, desk.now + timedelta(microseconds=1)).events == 3


def test_no_transaction_deletes_more_than_a_step_has(desk, monkeypatch):
    monkeypatch.setattr(module, "STEP_EVENTS", 9)
    done(desk, *[f"text {i}" for i in range(10)])
    said: list[str] = []

    def note(connection, cursor, statement, parameters, context, many) -> None:
        if statement.startswith("DELETE"):
            said.append("delete")

    def ended(connection) -> None:
        if said and said[-1] == "delete":
            said.append("commit")

    event.listen(desk.ledger.engine, "before_cursor_execute", note)
    event.listen(desk.ledger.engine, "commit", ended)
    pruned = prune(desk.ledger, desk.later(1))
    event.remove(desk.ledger.engine, "before_cursor_execute", note)
    event.remove(desk.ledger.engine, "commit", ended)
    assert pruned.events == 30
    assert said == ["delete", "commit"] * 4


def test_an_item_with_more_events_than_a_step_goes_whole(desk, monkeypatch):
    monkeypatch.setattr(module, "STEP_EVENTS", 2)
    kept_by = desk.submit("one", "two")
    for _ in range(3):
        fail(desk, take(desk), retry_seconds=0)
        due(desk)
    complete(desk, take(desk))
    assert kept(desk, kept_by) == [12, 12]
    assert prune(desk.ledger, desk.later(1)) == Pruned([], 24)


@pytest.mark.parametrize("point", ["prune:before_commit", "prune:after_commit"])
def test_a_run_that_is_killed_leaves_every_history_whole_or_gone_and_the_next_goes_on(desk, point):
    job_id = desk.submit(*[f"text {i}" for i in range(1200)])
    cancel(desk.ledger, job_id, clock=lambda _: desk.now, limit_seconds=60)
    before = desk.later(1)
    command = [sys.executable, "-c", PRUNES, desk.ledger.url, before.isoformat()]
    killed = subprocess.run(command, env=os.environ | {"CRASH_AT": point}, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    left = totals(desk)[0]
    assert left == (2400 if point == "prune:before_commit" else 400)
    with desk.ledger.read() as session:
        events = session.scalars(select(EventRow.item_id)).all()
    assert len(set(events)) * 2 == len(events)
    assert prune(desk.ledger, before).events == left


def test_a_range_in_which_all_ended_goes_whole_and_the_rest_by_rows(server_desk):
    desk = server_desk
    done(desk, "one", "two")
    go_on_from(desk, 2 * MILLION - 1)
    across = done(desk, "three", "four")
    assert prune(desk.ledger, desk.now) == Pruned([], 0)
    before = desk.later(DAY)
    newest = done(desk, "five")
    assert prune(desk.ledger, before) == Pruned(["events_0"], 3)
    assert (kept(desk, across), kept(desk, newest)) == ([0, 0], [3])
    assert bounds(desk) == {
        "events": [(2 * MILLION, None)],
        "results": [(None, 2 * MILLION), (2 * MILLION, None)],
    }
    assert totals(desk)[1] == 5
    assert kept(desk, done(desk, "six")) == [3]


def test_a_range_with_one_open_item_stays_and_what_ended_in_it_goes(server_desk):
    desk = server_desk
    over = done(desk, "one", "two")
    open_ = desk.submit("three")
    go_on_from(desk, 2 * MILLION)
    desk.submit("four")
    assert prune(desk.ledger, desk.later(DAY)) == Pruned([], 6)
    assert (kept(desk, over), kept(desk, open_)) == ([0, 0], [1])
    assert bounds(desk)["events"][0] == (None, 2 * MILLION)


def test_items_that_another_transaction_is_about_to_accept_keep_their_range(server_desk, monkeypatch):
    desk = server_desk
    monkeypatch.setattr(module, "WRITERS_SECONDS", 0.2)
    done(desk, "one")
    with desk.ledger.write() as session:
        job_id, document_id = session.execute(select(WorkItem.job_id, WorkItem.document_id)).one()
        rows = [{"document_id": document_id, "position": 1, "size_bytes": 3, "retry_of": None, "awaits": 0}]
        values = {"rows": json.dumps(rows), "job": job_id, "to_state": State.AVAILABLE, "at": desk.now}
        ids = session.connection().execute(ITEMS, values).scalars().all()
        go_on_from(desk, 2 * MILLION)
        desk.submit("two")
        assert prune(desk.ledger, desk.later(DAY)) == Pruned([], 3)
        record(session, Event.SUBMIT, ids, now=desk.now)
    assert kept(desk, job_id) == [0, 1]


def test_a_range_that_others_hold_for_long_is_emptied_by_rows(server_desk, monkeypatch):
    desk = server_desk
    monkeypatch.setattr(module, "LOCK_TRIES", 2)
    done(desk, "one", "two")
    go_on_from(desk, 2 * MILLION)
    desk.submit("three")
    before = desk.later(DAY)
    with desk.ledger.read() as session:
        session.execute(text("SELECT count(*) FROM events"))
        assert prune(desk.ledger, before) == Pruned([], 6)
    assert prune(desk.ledger, before) == Pruned(["events_0"], 0)


def test_work_goes_on_while_history_is_pruned(desk, monkeypatch):
    monkeypatch.setattr(module, "STEP_EVENTS", 15)
    old = done(desk, *[f"text {i}" for i in range(100)])
    before = desk.later(DAY)
    pruned: list[Pruned] = []
    thread = threading.Thread(target=lambda: pruned.append(prune(desk.ledger, before)))
    thread.start()
    made = [done(desk, f"new {i}") for i in range(10)]
    thread.join(60)
    assert pruned == [Pruned([], 300)]
    assert kept(desk, old) == [0] * 100
    assert [kept(desk, job_id) for job_id in made] == [[3]] * 10
