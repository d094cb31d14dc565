"""`corpusmill db | doctor | bench`: what they change, what they say, the status they end with."""

import json
from contextlib import closing

import pytest
from click.testing import CliRunner

import migrations
from corpusmill import diagnosis
from corpusmill.cli import app
from corpusmill.diagnosis.finding import Finding
from corpusmill.output import Refusal
from corpusmill.settings import load
from ledger.engine import Ledger
from ledger.errors import SchemaError
from ledger.work.jobs.cancel import cancel
from ledger.work.tables import EventRow
from tests.conftest import Desk
from tests.work import count, states


def run(*words: str, **options):
    return CliRunner().invoke(app, list(words), **options)


def is_current(folder) -> bool:
    ledger = Ledger(load(data_dir=folder).database_url)
    try:
        migrations.require_current(ledger)
    except SchemaError:
        return False
    finally:
        ledger.close()
    return True


def test_an_installation_is_made_and_brought_up_to_date(tmp_path):
    home = tmp_path / "new"
    assert run("db", "upgrade", "--data-dir", str(home)).stdout == "The database is up to date.\n"
    assert is_current(home)
    again = run("db", "upgrade", "--data-dir", str(home), "--json")
    assert json.loads(again.stdout) == {"status": "up to date"}


def test_tables_go_back_when_somebody_says_so_and_not_before(tmp_path):
    home = ["--data-dir", str(tmp_path)]
    run("db", "upgrade", *home)
    assert run("db", "downgrade", "0007", *home, input="n\n").exit_code == 1
    assert is_current(tmp_path)
    back = run("db", "downgrade", "0007", "--yes", "--json", *home)
    assert json.loads(back.stdout) == {"status": "went back", "revision": "0007"}
    assert not is_current(tmp_path)
    assert run("db", "upgrade", *home).exit_code == 0
    assert is_current(tmp_path)


def test_a_revision_that_is_none_is_refused_with_the_newest(tmp_path):
    run("db", "upgrade", "--data-dir", str(tmp_path))
    done = run("db", "downgrade", "no-such", "--yes", "--data-dir", str(tmp_path))
    assert isinstance(done.exception, Refusal)
    assert f"no revision no-such to go back to; {migrations.newest()} is the newest" in str(done.exception)


def test_tables_are_compared_with_the_code(tmp_path):
    home = ["--data-dir", str(tmp_path)]
    run("db", "upgrade", *home)
    same = run("db", "check", "--json", *home)
    assert (same.exit_code, json.loads(same.stdout.splitlines()[-1])) == (0, {"status": "same"})
    ledger = Ledger(load(data_dir=tmp_path).database_url)
    with ledger.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE corpora ADD COLUMN stray TEXT")
    ledger.close()
    assert run("db", "check", *home).exit_code == 1


def test_history_goes_when_somebody_says_so_and_not_before(tmp_path):
    home = ["--data-dir", str(tmp_path)]
    run("db", "upgrade", *home)
    with closing(Ledger(load(data_dir=tmp_path).database_url)) as ledger:
        desk = Desk(ledger)
        cancel(ledger, desk.submit("one", "two"), clock=lambda _: desk.now)
        waiting = desk.submit("three")
        asked = ["db", "prune", "--before", "2026-11-24", *home]
        assert run(*asked, input="n\n").exit_code == 1
        assert count(desk, EventRow) == 5
        assert (
            run("db", "prune", "--before", "2026-11-23T12:00:00+00:00", "--yes", *home).stdout == "Deleted 0 events.\n"
        )
        done = run(*asked, "--yes", "--json")
        before = "2026-11-24T00:00:00+00:00"
        assert json.loads(done.stdout) == {"status": "pruned", "before": before, "ranges": [], "events": 4}
        assert states(desk, waiting) == {"available": 1}
        assert count(desk, EventRow) == 1


def test_history_that_is_still_to_come_is_refused_and_a_word_that_is_no_time_too(tmp_path):
    home = ["--data-dir", str(tmp_path)]
    run("db", "upgrade", *home)
    done = run("db", "prune", "--before", "2999-01-01", "--yes", *home)
    assert isinstance(done.exception, Refusal)
    assert "2999-01-01T00:00:00+00:00 is in the future" in str(done.exception)
    for word in ("yesterday", "2026-13-01", "2026-11-24T00:00:00"):
        assert run("db", "prune", "--before", word, "--yes", *home).exit_code == 2
    assert run("db", "prune", "--yes", *home).exit_code == 2


@pytest.mark.parametrize(
    ("findings", "status", "words"),
    [
        ([Finding("models", True, "two")], 0, ["ok"]),
        ([Finding("models", True, "two"), Finding("disk", False, "full")], 1, ["ok", "MEND"]),
        ([Finding("disk", False, "old", comfort=True)], 0, ["note"]),
    ],
)
def test_the_doctor_ends_with_one_where_something_must_be_mended(tmp_path, monkeypatch, findings, status, words):
    monkeypatch.setattr(diagnosis, "diagnose", lambda _: findings)
    done = run("doctor", "--data-dir", str(tmp_path))
    assert done.exit_code == status
    assert [word for word in done.stdout.split() if word in ("ok", "MEND", "note")] == words
    told = run("doctor", "--json", "--data-dir", str(tmp_path))
    assert told.exit_code == status
    assert [json.loads(line)["check"] for line in told.stdout.splitlines()] == [found.check for found in findings]
