"""What a step on a large table may use: CHECKs changed in place, columns filled in short transactions."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

import migrations
from ledger.engine import Ledger
from migrations import checks, filling
from tests.work import complete, take

TRIPLED = "coalesce(trial, 0) + attempt * 3"
"""A row that is filled twice has twice as much."""


@contextmanager
def step(ledger: Ledger) -> Iterator[Connection]:
    """What Alembic has around a step."""
    with migrations._config(ledger) as config, config.attributes["engine"].connect() as connection:
        with Operations.context(MigrationContext.configure(connection)):
            yield connection
        connection.commit()


@pytest.fixture
def desk(desk):
    """Seven documents, of which three are done and one runs."""
    desk.submit(*"abcdefg")
    complete(desk, take(desk, items=3))
    take(desk, items=1)
    return desk


@pytest.fixture
def trial(desk, monkeypatch):
    monkeypatch.setattr(filling, "ROWS", 2)
    with step(desk.ledger) as connection:
        connection.execute(text("ALTER TABLE work_items ADD COLUMN trial INTEGER"))


def filled(desk) -> list[int | None]:
    with desk.ledger.read() as session:
        return list(session.execute(text("SELECT trial FROM work_items ORDER BY id")).scalars())


def tables(desk) -> set[str]:
    with desk.ledger.engine.connect() as connection:
        names = "SELECT name FROM sqlite_schema" if desk.ledger.is_sqlite else "SELECT tablename FROM pg_tables"
        return set(connection.execute(text(names)).scalars())


@pytest.mark.usefixtures("trial")
def test_a_column_is_filled_in_ended_rows_too_which_stay_frozen_for_others(desk):
    with step(desk.ledger):
        filling.fill("work_items", "trial", TRIPLED)
    assert filled(desk) == [3, 3, 3, 3, 0, 0, 0]
    assert "filling_work_items_trial" not in tables(desk)
    with pytest.raises(DBAPIError, match="final state"), desk.ledger.write() as session:
        session.execute(text("UPDATE work_items SET trial = 9"))


class KilledError(Exception):
    """Stands for the death of the process."""


@pytest.mark.usefixtures("trial")
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_filling_that_was_killed_goes_on_where_it_was(desk, monkeypatch, steps):
    left = iter(range(steps))

    def die(_started: float) -> None:
        if next(left, None) == steps - 1:
            raise KilledError

    with monkeypatch.context() as patch, pytest.raises(KilledError), step(desk.ledger):
        patch.setattr(filling, "rest", die)
        filling.fill("work_items", "trial", TRIPLED)
    assert filled(desk)[: 2 * steps] == [3, 3, 3, 3, 0, 0][: 2 * steps]
    assert filled(desk)[2 * steps :] == [None] * (7 - 2 * steps)
    with step(desk.ledger):
        filling.fill("work_items", "trial", TRIPLED)
    assert filled(desk) == [3, 3, 3, 3, 0, 0, 0]


@pytest.mark.usefixtures("trial")
def test_others_change_rows_between_two_transactions_of_a_filling(desk, monkeypatch):
    done = []

    def work(_started: float) -> None:
        if held := take(desk, items=1):
            done.append(held.items[0].id)
            complete(desk, held)

    monkeypatch.setattr(filling, "rest", work)
    with step(desk.ledger):
        filling.fill("work_items", "trial", TRIPLED)
    assert len(done) == 3
    assert None not in filled(desk)


def test_a_check_is_changed_in_place_and_holds(desk):
    with step(desk.ledger):
        checks.drop_check("work_items", "ck_work_items_awaits_counted")
        checks.put_check(
            "work_items",
            "ck_work_items_awaits_counted",
            "awaits IN (0, 7) AND reason IS NOT ')'"
            if desk.ledger.is_sqlite
            else "awaits IN (0, 7) AND reason IS DISTINCT FROM ')'",
        )
    for value in (7, 3):
        with pytest.raises(DBAPIError) if value == 3 else nothing(), desk.ledger.write() as session:
            session.execute(text(f"UPDATE work_items SET awaits = {value} WHERE state = 'available'"))
    with step(desk.ledger):
        checks.drop_check("work_items", "ck_work_items_awaits_counted")
    with desk.ledger.write() as session:
        session.execute(text("UPDATE work_items SET awaits = -1 WHERE state = 'available'"))
    if desk.ledger.is_sqlite:
        with desk.ledger.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


@contextmanager
def nothing() -> Iterator[None]:
    yield


@pytest.mark.parametrize(("table", "name"), [("work_items", "ck_nothing"), ("no_such", "ck_nothing")])
def test_a_check_that_is_not_there_cannot_be_dropped(desk, table, name):
    with pytest.raises((ValueError, DBAPIError)), step(desk.ledger):
        checks.drop_check(table, name)


def test_postgresql_has_validated_every_check_after_an_upgrade(postgres_url):
    ledger = Ledger(postgres_url)
    migrations.upgrade(ledger)
    with ledger.engine.connect() as connection:
        assert connection.execute(text("SELECT conname FROM pg_constraint WHERE NOT convalidated")).all() == []
    ledger.close()
