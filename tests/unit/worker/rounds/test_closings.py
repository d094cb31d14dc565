"""Jobs that have ended are closed, each once; what cannot be closed waits for the next sweep."""

import pytest
from sqlalchemy import event

from corpusmill.settings import load
from ledger.errors import StampError
from ledger.work.stamps import closing, key
from ledger.work.stamps.chain import Chain
from ledger.work.stamps.key import CHAIN
from tests.work import complete, take
from worker.rounds.closings import Closings


@pytest.fixture
def closings(sqlite_desk, tmp_path):
    return Closings(sqlite_desk.ledger, load(data_dir=tmp_path))


def lines(stamps_dir) -> list[str]:
    return [line.split()[0] for line in (stamps_dir / CHAIN).read_text().splitlines()]


def test_a_job_is_closed_when_it_has_ended_and_not_before(closings, sqlite_desk, stamps_dir):
    job_id = sqlite_desk.submit("one", "two")
    complete(sqlite_desk, take(sqlite_desk, items=1))
    closings.run()
    assert lines(stamps_dir) == []
    complete(sqlite_desk, take(sqlite_desk))
    closings.run()
    closings.run()
    assert lines(stamps_dir) == [job_id]
    assert closing.pending(sqlite_desk.ledger) == []


def test_a_process_that_dies_between_chain_and_ledger_has_the_job_closed_again_alike(
    closings, sqlite_desk, stamps_dir, monkeypatch
):
    job_id = sqlite_desk.submit("one")
    complete(sqlite_desk, take(sqlite_desk))
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_desk.ledger, "write", lambda name: (_ for _ in ()).throw(OSError("gone")))
        closings.run()
    assert lines(stamps_dir) == [job_id]
    closings.run()
    assert lines(stamps_dir) == [job_id, job_id]
    assert len(set(Chain(stamps_dir, key.read(stamps_dir)).of(job_id))) == 1


def test_a_chain_that_is_away_is_waited_for(closings, sqlite_desk, stamps_dir):
    job_id = sqlite_desk.submit("one")
    complete(sqlite_desk, take(sqlite_desk))
    (stamps_dir / CHAIN).rename(stamps_dir / "away")
    closings.run()
    (stamps_dir / "away").rename(stamps_dir / CHAIN)
    closings.run()
    assert lines(stamps_dir) == [job_id]


def test_without_a_key_nothing_begins(sqlite_desk, tmp_path):
    with pytest.raises(StampError):
        Closings(sqlite_desk.ledger, load(data_dir=tmp_path, stamps_dir=tmp_path / "none"))


def test_what_is_to_be_closed_is_found_by_its_index(sqlite_desk):
    asked = []
    event.listen(sqlite_desk.ledger._reader, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
    closing.pending(sqlite_desk.ledger)
    statement, values = asked[-1]
    with sqlite_desk.ledger.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    assert "ix_jobs_unclosed" in str(plan)
    assert "SCAN standings" not in str(plan)
