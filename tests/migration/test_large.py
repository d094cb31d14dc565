"""The tables of a ledger with much in it are changed while others work, and nothing of it is lost."""

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.schema import ForeignKeyConstraint

import migrations
from bench.rows import upgrades
from ledger.base import Base
from ledger.errors import SchemaError
from ledger.work.audit import audit

DOCUMENTS = 20_000
COUNTS = "SELECT state, count(*), sum(size_bytes), min(id), max(id) FROM work_items GROUP BY state ORDER BY state"
ERASED = {"texts", "documents", "jobs", "work_items", "leases", "results", "corpora", "schedules"}


def counts(ledger) -> list[tuple]:
    with ledger.read() as session:
        events = session.execute(text("SELECT count(*), min(id), max(id) FROM events")).all()
        return [*map(tuple, session.execute(text(COUNTS))), *map(tuple, events)]


def test_a_large_ledger_is_changed_beside_somebody_who_writes(database_url):
    paper = upgrades.finished(database_url, DOCUMENTS)
    before = counts(paper.ledger)
    _, changes, _ = upgrades.upgrade_beside(paper)
    assert changes > 0
    migrations.require_current(paper.ledger)
    assert counts(paper.ledger) == before
    with paper.ledger.read() as session:
        assert list(audit(session)) == []
        assert set(session.execute(text("SELECT tenant_id FROM jobs")).scalars()) == {"default"}
    paper.ledger.close()


def test_what_the_version_before_cannot_keep_stops_the_way_back(ledger):
    with ledger.write() as session:
        session.execute(text("INSERT INTO tenants (id, name, created_at) SELECT 'b', 'b', created_at FROM tenants"))
    with pytest.raises(SchemaError, match="tenants besides the default one"):
        migrations.downgrade(ledger, "0008")
    assert migrations.current(ledger) == "0009"
    migrations.upgrade(ledger)
    migrations.require_current(ledger)


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_a_row_that_is_erased_is_looked_for_by_an_index_wherever_others_may_refer_to_it(table, ledger):
    """The database looks for rows that refer to one before it deletes that one."""
    found = inspect(ledger.engine)
    keys = [found.get_pk_constraint(table)["constrained_columns"]]
    keys += [each["column_names"] for each in (*found.get_indexes(table), *found.get_unique_constraints(table))]
    for constraint in Base.metadata.tables[table].constraints:
        if isinstance(constraint, ForeignKeyConstraint) and constraint.referred_table.name in ERASED:
            columns = constraint.column_keys
            assert any(key[: len(columns)] == columns for key in keys), f"{table}({', '.join(columns)})"
