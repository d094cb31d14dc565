"""Tables that are there become the first of their ranges, while others work, and one table again on the way back."""

import threading
import time

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import select, text

import migrations
from ledger.engine import Ledger
from ledger.work.audit import audit
from ledger.work.history import ranges
from ledger.work.history.prune import prune
from ledger.work.jobs import results
from ledger.work.states import State
from ledger.work.tables import EventRow, Result, WorkItem
from tests.conftest import Desk
from tests.ranges import CutOffError, bounds, cut_off, go_on_from, totals
from tests.work import complete, count, take

MILLION = 1_000_000
RANGES = "0011"
BEFORE = migrations._scripts().get_revision(RANGES).down_revision
ITEMS = 200_000


@pytest.fixture
def desk(postgres_url):
    ledger = Ledger(postgres_url)
    migrations.upgrade(ledger, BEFORE)
    add_later(ledger)
    yield Desk(ledger)
    ledger.close()


def add_later(ledger) -> None:
    """Have the columns of later steps too, which the code of today needs to record anything."""
    later = [script.module for script in migrations._scripts().iterate_revisions("head", RANGES)]
    with migrations._config(ledger) as config, config.attributes["engine"].connect() as connection:
        with Operations.context(MigrationContext.configure(connection)):
            for module in reversed(later):
                module.upgrade()
        connection.commit()


def upgrade(ledger) -> None:
    """Do the step that makes ranges; the later ones are done already."""
    migrations.upgrade(ledger, RANGES)
    with ledger.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": migrations.newest()})


def done(desk, *texts: str) -> str:
    job_id = desk.submit(*texts)
    complete(desk, take(desk))
    return job_id


def files(desk) -> set[int]:
    """Where the database keeps the rows and indexes of the first ranges: a copy would lie elsewhere."""
    names = ("events_0", "pk_events_0", "ix_events_item_id_0")
    names += ("results_0", "pk_results_0", "ix_results_receipt_id_item_id_0")
    with desk.ledger.read() as session:
        found = text("SELECT pg_relation_filenode(to_regclass(:name))")
        return {
            session.scalar(found, {"name": name}) or session.scalar(found, {"name": name.removesuffix("_0")})
            for name in names
        }


def test_what_is_there_becomes_the_first_range_as_it_lies(desk):
    job_id = done(desk, "one", "two")
    go_on_from(desk, 3 * MILLION)
    later = done(desk, "three")
    there = files(desk)
    upgrade(desk.ledger)
    assert files(desk) == there
    at = [(None, 5 * MILLION), (5 * MILLION, None)]
    assert bounds(desk) == {"events": at, "results": at}
    migrations.check(desk.ledger)
    with desk.ledger.read() as session:
        for asked, position, output in ((job_id, 1, "<two>"), (later, 0, "<three>")):
            found = results.document(session, asked, position)
            assert found.line.result.output == {"text": output}
            assert [row.event for row in found.events] == ["submit", "lease", "complete"]
    done(desk, "four")
    assert totals(desk) == (12, 4)


def test_a_change_that_dies_at_any_statement_goes_on_and_work_goes_on_meanwhile(desk, monkeypatch):
    made = migrations._engine(desk.ledger)
    monkeypatch.setattr(migrations, "_engine", lambda _: made)
    done(desk, "one", "two")
    died: list[str] = []
    while True:
        try:
            with cut_off(made, died):
                upgrade(desk.ledger)
            break
        except CutOffError:
            pass
        if len(died) % 10 == 0:
            done(desk, f"while {len(died)}")
    for table in ("events", "results"):
        for what in ("NOT VALID", "VALIDATE", "RENAME TO", "PARTITION BY", "ATTACH", "DROP CONSTRAINT", "(MAXVALUE)"):
            assert any(what in statement and table in statement for statement in died), (table, what)
    migrations.check(desk.ledger)
    assert totals(desk) == (3 * count(desk, WorkItem), count(desk, WorkItem))
    at_first = [(None, 2 * MILLION), (2 * MILLION, None)]
    assert bounds(desk) == {"events": at_first, "results": at_first}


@pytest.mark.parametrize("pruned", [False, True])
def test_the_way_back_is_one_table_with_every_row(desk, pruned):
    upgrade(desk.ledger)
    done(desk, "one", "two")
    for first in (2 * MILLION, 4 * MILLION):
        go_on_from(desk, first)
        done(desk, "three", "four", "five")
        ranges.keep_ahead(desk.ledger)
    if pruned:
        assert prune(desk.ledger, desk.later(1)).ranges == ["events_0", "events_2000000"]
        done(desk, "six")
    rows = totals(desk)
    with desk.ledger.read() as session:
        there = session.scalars(select(EventRow.id).order_by(EventRow.id)).all()
    migrations.downgrade(desk.ledger, BEFORE)
    add_later(desk.ledger)
    with desk.ledger.read() as session:
        tables = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relname ~ '^(events|results)'"
        assert sorted(session.scalars(text(tables))) == ["events", "results"]
        assert session.scalars(select(EventRow.id).order_by(EventRow.id)).all() == there
    assert totals(desk) == rows
    done(desk, "seven")
    assert totals(desk) == (rows[0] + 3, rows[1] + 1)
    upgrade(desk.ledger)
    migrations.check(desk.ledger)
    assert totals(desk) == (rows[0] + 3, rows[1] + 1)


MULTIPLIED = (
    "INSERT INTO work_items (job_id, position, document_id, state, size_bytes, available_at, attempt, deaths, "
    "timeouts, alone, started_at, finished_at) SELECT job_id, position + n, document_id, state, size_bytes, "
    "available_at, attempt, deaths, timeouts, alone, started_at, finished_at FROM work_items, generate_series(1, :n) n",
    "INSERT INTO events (item_id, event, state, at, lease_id, reason) "
    "SELECT item.id, event, events.state, at, events.lease_id, events.reason FROM events, work_items item "
    "WHERE item.position > 0",
    "INSERT INTO results (item_id, receipt_id, lease_id, output, flags, prepare_seconds, infer_seconds) "
    "SELECT item.id, receipt_id, results.lease_id, output, flags, prepare_seconds, infer_seconds "
    "FROM results, work_items item WHERE item.position > 0",
    "UPDATE jobs SET item_count = :n + 1",
    "UPDATE standings SET completed = :n + 1, done_bytes = done_bytes * (:n + 1)",
)


class Worker(threading.Thread):
    """Submits, leases, completes and reads until it is told to stop; `longest_seconds` is the longest of these."""

    def __init__(self, desk) -> None:
        super().__init__()
        self.desk, self.jobs, self.longest_seconds = desk, [], 0.0
        self.went_on, self.stopped, self.failed = threading.Event(), threading.Event(), None

    def run(self) -> None:
        try:
            while not self.stopped.is_set():
                started = time.perf_counter()
                self.jobs.append(done(self.desk, "new one", "new two"))
                with self.desk.ledger.read() as session:
                    assert results.document(session, self.jobs[-1], 0).line.result is not None
                self.longest_seconds = max(self.longest_seconds, time.perf_counter() - started)
                self.went_on.set()
        except Exception as error:
            self.failed = error
            self.went_on.set()

    def go_on(self) -> None:
        """Return when a job that is begun from here on is done."""
        for _ in range(2):
            self.went_on.clear()
            assert self.went_on.wait(60)


def test_a_large_ledger_changes_while_others_write_and_read_and_nothing_is_lost(desk, record_property):
    done(desk, "one")
    with desk.ledger.write() as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        for statement in MULTIPLIED:
            session.execute(text(statement), {"n": ITEMS} if ":n" in statement else {})
    worker = Worker(desk)
    worker.start()
    worker.go_on()
    started = time.perf_counter()
    upgrade(desk.ledger)
    record_property("upgrade_seconds", time.perf_counter() - started)
    worker.go_on()
    worker.stopped.set()
    worker.join(60)
    record_property("longest_seconds", worker.longest_seconds)
    assert worker.failed is None
    items = ITEMS + 1 + 2 * len(worker.jobs)
    assert (count(desk, WorkItem), count(desk, Result), count(desk, EventRow)) == (items, items, 3 * items)
    with desk.ledger.read() as session:
        unfinished = select(WorkItem.id).where(WorkItem.state != State.COMPLETED)
        assert session.scalars(unfinished).all() == []
        assert list(audit(session)) == []
    migrations.check(desk.ledger)
