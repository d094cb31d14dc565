"""No query that runs in a loop reads a large table: both databases are asked, of every statement of those loops."""

import re

import pytest
from sqlalchemy import event, select, text

from ledger.catalog import models
from ledger.catalog.tables import Model
from ledger.corpora import firing
from ledger.work import standings
from ledger.work.jobs import backlog, cancel, discard, flagged, results, views
from ledger.work.jobs.submit import NewJob, Stage
from ledger.work.leases import lease, repair, workers
from ledger.work.leases.finish import Completion, Failure, Provenance, finish
from ledger.work.states import Reason, State
from ledger.work.tables import WorkItem

LARGE = {"work_items", "events", "documents", "texts", "dependencies"}
"""Tables that are large here; of the few results and standings a plan that reads them all is a good one."""
FIRST_RANGE = "_0"
"""Of a table in ranges; the next one, which is there already, is empty."""
ITEMS = 4_000
SMALL_JOBS = 300


@pytest.fixture
def busy(desk):
    """A ledger with a large job that runs, one that needs it, many small ones that have ended, and statistics."""
    receipt = Provenance(desk.model.id, {"model": "m"})
    for _ in range(SMALL_JOBS // 100):
        for _ in range(100):
            desk.submit("small")
        while (held := take(desk)) is not None:
            done = [Completion(item.id, {"text": "."}, receipt, 0.1, 0.2) for item in held.items]
            with desk.ledger.write() as session:
                finish(session, held.id, done, [], now=desk.now)
    desk.large = desk.submit(*[f"text {i}" for i in range(ITEMS)])
    follow(desk)
    desk.held = take(desk)
    with desk.ledger.write() as session:
        workers.register(session, worker_id="w", pid=1, device="cpu", queues=["*"], now=desk.now)
    with desk.ledger.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    return desk


def follow(desk) -> None:
    """Have a document wait for each one of the large job."""
    asked = NewJob("translation", desk.model.id, desk.queue, {}, "evaluation", "after")
    with desk.ledger.read() as session:
        rows = select(WorkItem.document_id, WorkItem.id).where(WorkItem.job_id == desk.large)
        needs = [(document_id, 3, [item]) for document_id, item in session.execute(rows)]
    with Stage(desk.ledger, asked, clock=lambda _: desk.now) as stage:
        stage.add_after(needs)
        stage.seal()


def take(desk, items: int = 512):
    with desk.ledger.write() as session:
        return lease.take(
            session, worker_id="w", queue=desk.queue, now=desk.now, lease_seconds=60, max_items=items, max_bytes=10**6
        )


def loops(desk) -> None:
    """What workers, sweeps, pages and clients that wait ask again and again."""
    now = desk.now
    held = take(desk, 20)
    receipt = Provenance(desk.model.id, {"model": "m"})
    done = [Completion(item.id, {"text": "."}, receipt, 0.1, 0.2) for item in held.items[:9]]
    failed = [Failure(item.id, "broken", "It broke.", Reason.INPUT) for item in held.items[9:]]
    with desk.ledger.write() as session:
        finish(session, held.id, done, failed, now=now)
        lease.extend(session, [desk.held.id], now=now, lease_seconds=60)
        repair.lapse_expired(session, now=now, lease_seconds=60, pause_seconds=1)
        repair.make_due(session, now=now)
        cancel._step(session, desk.large, now=now)
    with desk.ledger.read() as session:
        repair.waiting_queues(session, now=now)
        repair.waits(session, now=now)
        models.waited_for(session)
        models.waited_for(session, desk.queue)
        discard.silent(session, now=now)
        cancel.unfinished(session)
        views.view(session, desk.large, now=now)
        views.newest(session, now=now, limit=50)
        backlog.measure(session, now=now)
        standings.depths(session)
        flagged.by_task(session)
        firing.due(session, now=now)
        results.page(session, desk.large, after=ITEMS // 2, states=[State.COMPLETED], limit=20)
        listed = results.entries(session, desk.large, after=ITEMS // 2, flagged=True, limit=20)
        results.labels(session, listed)
        results.document(session, desk.large, ITEMS // 2)


def test_no_query_of_a_loop_reads_a_large_table(busy, monkeypatch):
    monkeypatch.setattr(backlog, "EVENTS_READ", 50)
    monkeypatch.setattr(cancel, "STEP_ITEMS", 50)  # of an eighth of the table a plan that reads it all is a good one
    engines = {busy.ledger._writer, busy.ledger._reader}
    plans: list[tuple[str, list[str]]] = []

    def explain(connection, cursor, statement, parameters, context, many) -> None:
        if many or statement.startswith(("EXPLAIN", "INSERT INTO leases", "SAVEPOINT")):
            return
        prefix = "EXPLAIN QUERY PLAN " if busy.ledger.is_sqlite else "EXPLAIN "
        asked = connection.connection.dbapi_connection.cursor()
        asked.execute(prefix + statement, parameters)
        plans.append((statement, [str(row[-1]) for row in asked.fetchall()]))

    for engine in engines:
        event.listen(engine, "before_cursor_execute", explain)
    try:
        loops(busy)
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", explain)
    assert len(plans) > 40
    read = re.compile(r"^\s*(?:->\s+)?(?:Parallel )?Seq Scan on (\w+)|^SCAN (\w+)(?! USING)(?: AS \w+)?\s*$")
    scans = [
        (found[1] or found[2], statement) for statement, plan in plans for line in plan if (found := read.match(line))
    ]
    assert "\n".join(statement for table, statement in scans if table.removesuffix(FIRST_RANGE) in LARGE) == ""


def test_a_worker_reads_the_models_that_are_waited_for_however_many_are_admitted(desk):
    for number in range(30):
        desk.admit(f"other-{number}")
    desk.submit("one")
    read: list[str] = []

    def note(model: Model, _: object) -> None:
        read.append(model.name)

    event.listen(Model, "load", note)
    with desk.ledger.read() as session:
        assert list(models.waited_for(session)) == [desk.queue]
        assert list(models.waited_for(session, desk.queue)) == [desk.queue]
        assert models.waited_for(session, "other") == {}
    event.remove(Model, "load", note)
    assert set(read) == {desk.model.name}
