"""The tables can be made, unmade and made again on both databases, and are what the code declares."""

from sqlalchemy import inspect

import migrations
from ledger.base import Base
from ledger.engine import Ledger


def test_up_down_up_leaves_exactly_the_declared_tables(database_url: str):
    ledger = Ledger(database_url)
    migrations.upgrade(ledger)
    migrations.check(ledger)
    migrations.downgrade(ledger, "base")
    assert set(inspect(ledger.engine).get_table_names()) == {"alembic_version"}
    migrations.upgrade(ledger)
    migrations.check(ledger)
    assert set(inspect(ledger.engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    ledger.close()


def test_upgrading_again_keeps_what_is_there(desk):
    job_id = desk.submit("one", "two")
    migrations.upgrade(desk.ledger)
    from ledger.work import jobs

    with desk.ledger.read() as session:
        assert jobs.view(session, job_id, now=desk.now).job.item_count == 2
