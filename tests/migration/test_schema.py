"""Which tables a version works on, and how a change of them is kept from time limits and from other changes."""

import os
import sqlite3
import subprocess
import sys

import pytest
from sqlalchemy import text

import migrations
from corpusmill.output import Refusal
from corpusmill.place.local import open_ledger
from corpusmill.settings import load
from ledger.engine import Ledger
from ledger.errors import SchemaError

NEWER = "9999"


def put_at(ledger: Ledger, revision: str) -> None:
    with ledger.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def test_the_newest_tables_are_known(ledger):
    migrations.require_current(ledger)


def test_tables_of_a_newer_version_are_refused_by_a_sentence_with_a_way_back(ledger):
    put_at(ledger, NEWER)
    for act in (migrations.require_current, migrations.upgrade, lambda one: migrations.downgrade(one, "base")):
        with pytest.raises(SchemaError) as raised:
            act(ledger)
        assert NEWER in raised.value.message
        assert f"db downgrade {migrations.newest()}" in raised.value.message
        assert "\n" not in raised.value.message


@pytest.mark.parametrize("revision", ["base", "0005"])
def test_older_tables_and_none_are_refused_with_what_brings_them_up_to_date(ledger, revision):
    migrations.downgrade(ledger, revision)
    with pytest.raises(SchemaError, match="db upgrade"):
        migrations.require_current(ledger)
    migrations.upgrade(ledger)
    migrations.require_current(ledger)


def test_a_command_on_the_tables_of_a_newer_version_is_refused(sqlite_ledger, tmp_path):
    put_at(sqlite_ledger, NEWER)
    settings = load(data_dir=tmp_path, database_url=sqlite_ledger.url)
    for upgrade in (True, False):
        with pytest.raises(Refusal, match=NEWER), open_ledger(settings, upgrade=upgrade):
            pass


UPGRADES = "import sys, migrations; from ledger.engine import Ledger; migrations.upgrade(Ledger(sys.argv[1]))"


def test_two_processes_that_upgrade_at_once_change_the_tables_once(database_url):
    command = [sys.executable, "-c", UPGRADES, database_url]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    ended = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], ended
    ledger = Ledger(database_url)
    migrations.require_current(ledger)
    ledger.close()


def test_a_change_has_none_of_the_application_s_limits_of_time(ledger):
    with migrations._config(ledger) as config, config.attributes["engine"].connect() as connection:
        if ledger.is_sqlite:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 0
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() >= 600_000
        else:
            for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
                assert connection.exec_driver_sql(f"SHOW {limit}").scalar() == "0"


def test_on_sqlite_a_table_that_others_refer_to_can_be_made_anew_with_rows_in_it(sqlite_desk):
    sqlite_desk.submit("one", "two")
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from sqlalchemy import Column, Integer

    with migrations._config(sqlite_desk.ledger) as config, config.attributes["engine"].connect() as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("work_items", recreate="always") as batch:
            batch.add_column(Column("trial", Integer, nullable=True))
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        assert connection.exec_driver_sql("SELECT count(*) FROM work_items").scalar() == 2
        connection.rollback()


def test_on_sqlite_a_change_that_leaves_rows_that_refer_to_nothing_is_undone(sqlite_desk):
    """The step back makes `jobs` anew; here it does so from rows whose model is gone."""
    sqlite_desk.submit("one")
    with sqlite3.connect(sqlite_desk.ledger.url.removeprefix("sqlite:///")) as raw:
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("DELETE FROM models")
    with pytest.raises(SchemaError, match="jobs"):
        migrations.downgrade(sqlite_desk.ledger, "0008")
    assert migrations.current(sqlite_desk.ledger) == "0009"
    migrations.upgrade(sqlite_desk.ledger)
    migrations.check(sqlite_desk.ledger)


def run(*arguments: str, **settings: str):
    environment = os.environ | {f"CORPUSMILL_{name.upper()}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "corpusmill", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)


@pytest.mark.parametrize("process", [("up",), ("web",), ("worker",), ("beat",), ("db", "check")])
def test_no_process_starts_on_the_tables_of_a_newer_version(sqlite_ledger, tmp_path, process):
    put_at(sqlite_ledger, NEWER)
    done = run(*process, data_dir=str(tmp_path), database_url=sqlite_ledger.url, port="0")
    assert done.returncode == 3
    said = [line for line in done.stderr.splitlines() if line.startswith("corpusmill:")]
    assert len(said) == 1
    assert NEWER in said[0]
    assert "Traceback" not in done.stderr


def test_no_process_starts_without_tables(tmp_path):
    done = run("worker", data_dir=str(tmp_path))
    assert (done.returncode, "db upgrade" in done.stderr) == (3, True)


def test_an_operator_can_go_back_and_up_again(sqlite_ledger, tmp_path):
    settings = {"data_dir": str(tmp_path), "database_url": sqlite_ledger.url}
    assert run("db", "downgrade", "0006", "--yes", **settings).returncode == 0
    assert migrations.current(sqlite_ledger) == "0006"
    assert run("db", "upgrade", **settings).returncode == 0
    migrations.require_current(sqlite_ledger)


def test_going_back_to_what_never_was_is_refused(sqlite_ledger, tmp_path):
    done = run("db", "downgrade", "0042", "--yes", data_dir=str(tmp_path), database_url=sqlite_ledger.url)
    assert (done.returncode, "0042" in done.stderr) == (3, True)
    migrations.require_current(sqlite_ledger)
