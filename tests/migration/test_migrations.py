"""The tables can be made, unmade and made again on both databases, and are what the code declares."""

import pytest
from sqlalchemy import inspect, update
from sqlalchemy.exc import DBAPIError

import migrations
from ledger.base import Base
from ledger.engine import Ledger
from ledger.work.history.ranges import TABLES, ranges
from ledger.work.jobs import results
from ledger.work.tables import WorkItem


def test_up_down_up_leaves_exactly_the_declared_tables(database_url: str):
    ledger = Ledger(database_url)
    migrations.upgrade(ledger)
    migrations.check(ledger)
    migrations.downgrade(ledger, "base")
    assert set(inspect(ledger.engine).get_table_names()) == {"alembic_version"}
    migrations.upgrade(ledger)
    migrations.check(ledger)
    parts: set[str] = set()
    if not ledger.is_sqlite:
        with ledger.read() as session:
            parts = {one.name for table in TABLES for one in ranges(session, table)}
    assert set(inspect(ledger.engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"} | parts
    ledger.close()


def test_results_from_before_flags_have_none_and_stay_frozen(desk):
    from ledger.work.leases.finish import Completion, Provenance, finish
    from ledger.work.leases.lease import take

    job_id = desk.submit("one")
    flag = {"code": "untranslated", "start": 0, "end": 3, "detail": "It reads as before."}
    with desk.ledger.write() as session:
        held = take(
            session, worker_id="w", queue=desk.queue, now=desk.now, lease_seconds=60, max_items=9, max_bytes=9**9
        )
        done = Completion(held.items[0].id, {"text": "one"}, Provenance(desk.model.id, {}), 0.1, 0.2, [flag])
        finish(session, held.id, [done], [], now=desk.now)
    migrations.downgrade(desk.ledger, "0004")
    migrations.upgrade(desk.ledger)
    with desk.ledger.read() as session:
        line = results.document(session, job_id, 0).line
        assert (line.result.output, line.result.flags, line.item.flag_count) == ({"text": "one"}, [], 0)
    with pytest.raises(DBAPIError, match="final state"), desk.ledger.write() as session:
        session.execute(update(WorkItem).values(flag_count=1))


def test_upgrading_again_keeps_what_is_there(desk):
    job_id = desk.submit("one", "two")
    migrations.upgrade(desk.ledger)
    from ledger.work.jobs import views as jobs

    with desk.ledger.read() as session:
        assert jobs.view(session, job_id, now=desk.now).job.item_count == 2
