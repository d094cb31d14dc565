"""Events and results lie in ranges of item ids on PostgreSQL, and no item is ever without a place."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, func, select, text

import migrations
from corpusmill.checking import verification
from corpusmill.settings import load
from ledger.catalog import attribution
from ledger.engine import Ledger
from ledger.work.history import ranges, span
from ledger.work.jobs import results
from ledger.work.states import State
from ledger.work.tables import Result, WorkItem
from tests.conftest import Desk
from tests.ranges import CutOffError, bounds, cut_off, go_on_from, held, totals
from tests.work import complete, states, take
from worker.rounds.sweep import Sweep

MILLION = 1_000_000
AT_FIRST = [(None, 2 * MILLION), (2 * MILLION, None)]


@pytest.fixture
def desk(postgres_url):
    ledger = Ledger(postgres_url)
    migrations.upgrade(ledger)
    yield Desk(ledger)
    ledger.close()


def work(desk, *texts: str) -> list[int]:
    """The ids of items that were submitted and completed."""
    job_id = desk.submit(*texts)
    while (lease := take(desk)) is not None:
        complete(desk, lease)
    assert states(desk, job_id) == {State.COMPLETED: len(texts)}
    with desk.ledger.read() as session:
        return list(session.scalars(select(WorkItem.id).where(WorkItem.job_id == job_id).order_by(WorkItem.id)))


def test_a_range_is_opened_before_items_come_to_it_and_not_sooner(desk):
    assert bounds(desk) == {"events": AT_FIRST, "results": AT_FIRST}
    go_on_from(desk, MILLION - 1)
    work(desk, "one")
    assert ranges.keep_ahead(desk.ledger) == []
    work(desk, "two")
    assert ranges.keep_ahead(desk.ledger) == ["events_3000000", "results_3000000"]
    then = [(None, 2 * MILLION), (2 * MILLION, 3 * MILLION), (3 * MILLION, None)]
    assert bounds(desk) == {"events": then, "results": then}
    assert ranges.keep_ahead(desk.ledger) == []


def test_items_on_both_sides_of_a_bound_have_all_their_rows(desk):
    go_on_from(desk, 2 * MILLION - 2)
    ids = work(desk, "one", "two", "three", "four")
    for table in ("events", "results"):
        assert (held(desk, f"{table}_0"), held(desk, f"{table}_2000000")) == (ids[:2], ids[2:])


def test_work_goes_on_where_no_range_was_opened_for_long_and_the_next_one_that_is_takes_nothing_away(desk):
    before = work(desk, "one")
    go_on_from(desk, 7 * MILLION + 5)
    late = work(desk, "two", "three")
    assert held(desk, "results_2000000") == late
    rows = totals(desk)
    assert ranges.keep_ahead(desk.ledger) == ["events_9000000", "results_9000000"]
    assert bounds(desk)["results"] == [(None, 2 * MILLION), (2 * MILLION, 9 * MILLION), (9 * MILLION, None)]
    assert (held(desk, "events_0"), held(desk, "events_2000000"), totals(desk)) == (before, late, rows)
    go_on_from(desk, 9 * MILLION)
    newest = work(desk, "four")
    assert held(desk, "results_9000000") == newest


def test_a_second_result_of_an_item_cannot_exist_in_any_range(desk):
    go_on_from(desk, 2 * MILLION - 1)
    ids = work(desk, "one", "two")
    for item_id in ids:
        again = text("INSERT INTO results SELECT * FROM results WHERE item_id = :id")
        with pytest.raises(Exception, match="duplicate key"), desk.ledger.write() as session:
            session.execute(again, {"id": item_id})


def test_opening_a_range_goes_on_after_a_death_at_any_statement_and_work_goes_on_meanwhile(desk):
    go_on_from(desk, 2 * MILLION)
    work(desk, "one", "two")
    died: list[str] = []
    while True:
        try:
            with cut_off(desk.ledger.engine, died):
                ranges.keep_ahead(desk.ledger)
            break
        except CutOffError:
            work(desk, f"after {died[-1]}")
    for what in ("NOT VALID", "VALIDATE", "DETACH", "ATTACH", "DROP CONSTRAINT", "MAXVALUE"):
        assert len([statement for statement in died if f"{what}" in statement]) >= len(ranges.TABLES), what
    closed = [(None, 2 * MILLION), (2 * MILLION, 4 * MILLION), (4 * MILLION, None)]
    assert bounds(desk) == {"events": closed, "results": closed}
    assert len(held(desk, "results_2000000")) == len(died) + 2
    migrations.check(desk.ledger)


def test_tables_that_are_not_in_ranges_are_left_alone(desk):
    migrations.downgrade(desk.ledger, migrations._scripts().get_revision("0011").down_revision)
    assert ranges.keep_ahead(desk.ledger) == []


def test_a_sweep_opens_the_next_range_and_goes_on_where_it_cannot(desk, tmp_path):
    go_on_from(desk, 2 * MILLION)
    work(desk, "one")
    desk.submit("two")
    sweep = Sweep(desk.ledger, load(data_dir=tmp_path))
    told: list[str] = []
    with desk.ledger.read() as session:
        session.execute(text("SELECT count(*) FROM events"))
        sweep.run(told.append)
        assert [end for _, end in bounds(desk)["events"]] == [2 * MILLION, None]
    sweep.run(told.append)
    assert [end for _, end in bounds(desk)["events"]] == [2 * MILLION, 4 * MILLION, None]
    assert told == [desk.queue] * 2


def test_two_that_open_a_range_at_once_open_one(desk):
    go_on_from(desk, 3 * MILLION)
    work(desk, "one")
    failed: list[BaseException] = []

    def keep() -> None:
        try:
            for _ in range(5):
                ranges.keep_ahead(desk.ledger)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=keep) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert ranges.keep_ahead(desk.ledger) == []
    assert [end for _, end in bounds(desk)["events"]] == [2 * MILLION, 5 * MILLION, None]
    assert bounds(desk)["results"] == bounds(desk)["events"]


def test_whoever_comes_second_to_a_range_that_is_closed_changes_nothing(desk):
    with desk.ledger.read() as session:
        last = ranges.ranges(session, "events")[-1]
    go_on_from(desk, 2 * MILLION)
    work(desk, "one")
    ranges.keep_ahead(desk.ledger)
    there = bounds(desk)
    assert ranges._exchange(desk.ledger, "events", last, 5 * MILLION) is False
    assert ranges._close(desk.ledger, "events", last, 5 * MILLION) == []
    assert bounds(desk) == there


def test_who_reads_a_table_for_long_puts_a_new_range_off_and_nobody_waits_for_it(desk):
    go_on_from(desk, 2 * MILLION)
    work(desk, "one")
    with desk.ledger.read() as session:
        session.execute(text("SELECT count(*) FROM events"))
        session.execute(text("SELECT count(*) FROM results"))
        assert ranges.keep_ahead(desk.ledger) == []
        assert bounds(desk)["events"] == bounds(desk)["results"] == AT_FIRST
        work(desk, "two")
    with ranges.locking(desk.ledger, "events") as connection:
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "100ms"
    assert len(ranges.keep_ahead(desk.ledger)) == 2


READ = re.compile(r"(?:Scan|Scan Backward) .*?on ((?:events|results)_\d+)(?![^\n]*never executed)")


@contextmanager
def explained(desk) -> Iterator[list[set[str]]]:
    """The ranges that each statement about events or results reads."""
    read: list[set[str]] = []

    def explain(connection, cursor, statement, parameters, context, many) -> None:
        if not statement.startswith("EXPLAIN") and re.search(r"\b(events|results)\b", statement):
            asked = connection.connection.dbapi_connection.cursor()
            asked.execute("EXPLAIN (ANALYZE, COSTS OFF) " + statement, parameters)
            read.append(set(READ.findall("\n".join(row[0] for row in asked.fetchall()))))

    event.listen(desk.ledger.engine, "before_cursor_execute", explain)
    try:
        yield read
    finally:
        event.remove(desk.ledger.engine, "before_cursor_execute", explain)


def test_a_question_about_a_job_reads_the_ranges_of_its_items_alone(desk):
    work(desk, "one", "two")
    go_on_from(desk, 2 * MILLION - 1)
    across = desk.submit("three", "four")
    complete(desk, take(desk))
    ranges.keep_ahead(desk.ledger)
    go_on_from(desk, 4 * MILLION)
    newest = desk.submit("five")
    complete(desk, take(desk))
    for job_id, read in ((across, {"results_0", "results_2000000"}), (newest, {"results_4000000"})):
        with explained(desk) as found, desk.ledger.read() as session:
            made = session.execute(select(func.count()).select_from(Result).where(span.of_job(session, job_id)))
            assert made.scalar() == (2 if job_id == across else 1)
            session.execute(verification._used(session, job_id)).all()
            attribution._made(session, job_id)
        assert verification._receipts(desk.ledger, job_id).wrong == ()
        assert found == [read] * 3


def test_a_question_about_an_item_reads_its_range_alone(desk):
    go_on_from(desk, 2 * MILLION - 5)
    work(desk, *[f"text {i}" for i in range(10)])
    ranges.keep_ahead(desk.ledger)
    go_on_from(desk, 4 * MILLION - 5)
    job_id = desk.submit(*[f"more {i}" for i in range(10)])
    complete(desk, take(desk))
    whole = desk.submit(*[f"waits {i}" for i in range(3)])
    with desk.ledger.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    with explained(desk) as read, desk.ledger.read() as session:
        for position in range(10):
            results.document(session, job_id, position)
        results.labels(session, results.entries(session, job_id, after=6, limit=2))
        assert [line.result for line in results.page(session, whole)] == [None] * 3
    assert len(read) == 21
    assert [len(names) for names in read] == [1] * 21
    assert set.union(*read) == {"events_2000000", "events_4000000", "results_2000000", "results_4000000"}
