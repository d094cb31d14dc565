"""The flags of results on both databases: written by the completion itself, counted and asked for by job."""

import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import DBAPIError

from ledger.work.jobs import flagged as with_flags
from ledger.work.jobs import results
from ledger.work.jobs import views as jobs
from ledger.work.leases import finish as finishing
from ledger.work.leases import lease
from ledger.work.leases.finish import Completion, Provenance, finish
from ledger.work.states import State
from ledger.work.tables import Result, WorkItem

FLAG = {"code": "number_changed", "start": 0, "end": 3, "detail": "12 became 21.", "output_start": 0, "output_end": 3}


def take(desk, *, worker="w"):
    with desk.ledger.write() as session:
        return lease.take(
            session, worker_id=worker, queue=desk.queue, now=desk.now, lease_seconds=60, max_items=512, max_bytes=9**9
        )


def completions(desk, held, flags: dict[str, list]):
    receipt = Provenance(desk.model.id, {"model": "m"})
    return [
        Completion(item.id, {"text": item.text.upper()}, receipt, 0.1, 0.2, flags.get(item.text, []))
        for item in held.items
    ]


def complete(desk, held, **flags: list):
    with desk.ledger.write() as session:
        return finish(session, held.id, completions(desk, held, flags), [], now=desk.now)


def stored(desk) -> list[tuple]:
    with desk.ledger.read() as session:
        rows = select(WorkItem.state, WorkItem.flag_count, Result.flags).outerjoin(Result)
        return [tuple(row) for row in session.execute(rows.order_by(WorkItem.id))]


def names(desk, job_id, flagged, states=(State.COMPLETED,)) -> list[str]:
    return [line.document.custom_id for line in results.lines(desk.ledger, job_id, states=states, flagged=flagged)]


def test_flags_come_back_with_their_result_and_are_counted(desk):
    job_id = desk.submit("one", "two", "three")
    complete(desk, take(desk), two=[FLAG, FLAG])
    assert stored(desk) == [
        (State.COMPLETED, 0, []),
        (State.COMPLETED, 2, [FLAG, FLAG]),
        (State.COMPLETED, 0, []),
    ]
    with desk.ledger.read() as session:
        assert jobs.view(session, job_id, now=desk.now).flagged == 1


def test_documents_and_jobs_are_asked_for_by_their_flags(desk):
    flagged, clean = desk.submit("one", "two", "three"), desk.submit("four")
    complete(desk, take(desk), one=[FLAG], three=[FLAG])
    assert names(desk, flagged, flagged=True) == ["doc-0", "doc-2"]
    assert names(desk, flagged, flagged=False) == ["doc-1"]
    assert names(desk, flagged, flagged=None) == ["doc-0", "doc-1", "doc-2"]
    waiting = desk.submit("five")
    assert names(desk, waiting, flagged=False, states=list(State)) == ["doc-0"]
    with desk.ledger.read() as session:

        def listed(wanted):
            return {view.job.id for view in jobs.newest(session, now=desk.now, limit=9, flagged=wanted)}

        assert listed(True) == {flagged}
        assert listed(False) == {clean, waiting}
        assert listed(None) == {flagged, clean, waiting}


def test_a_completion_without_its_flags_cannot_be_kept(desk, monkeypatch):
    """Whatever breaks after the item moved takes the move back with it."""
    desk.submit("one")
    held = take(desk)
    monkeypatch.setattr(finishing, "STORE", text("SELECT no_such_column FROM results WHERE 1 = :rows"))
    with pytest.raises(DBAPIError):
        complete(desk, held, one=[FLAG])
    assert stored(desk) == [(State.RUNNING, 0, None)]
    monkeypatch.undo()
    complete(desk, held, one=[FLAG])
    assert stored(desk) == [(State.COMPLETED, 1, [FLAG])]


def test_flags_of_an_ended_item_cannot_be_counted_anew(desk):
    desk.submit("one")
    complete(desk, take(desk))
    with pytest.raises(DBAPIError, match="final state"), desk.ledger.write() as session:
        session.execute(update(WorkItem).values(flag_count=1))


def test_flags_of_a_fenced_output_are_dropped_with_it(desk):
    desk.submit("one")
    stale = take(desk)
    with desk.ledger.write() as session:
        lease.release_all(session, worker_id="w", now=desk.now)
    fresh = take(desk, worker="other")
    assert complete(desk, stale, one=[FLAG]).fenced == 1
    assert complete(desk, fresh).completed == 1
    assert stored(desk) == [(State.COMPLETED, 0, [])]


def test_flags_cost_finishing_no_statement(desk):
    seen: list[str] = []
    event.listen(desk.ledger.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))

    def statements(flags: list) -> int:
        desk.submit("one", "two")
        held = take(desk)
        seen.clear()
        complete(desk, held, one=flags, two=flags)
        return len(seen)

    statements([])  # stores the receipt
    assert statements([FLAG]) == statements([])


def test_the_flagged_of_a_large_ledger_are_found_by_their_index(sqlite_desk):
    job_id = sqlite_desk.submit("one")
    asked: list[tuple] = []
    listener = sqlite_desk.ledger._reader, "before_cursor_execute", lambda *given: asked.append(given[2:4])
    event.listen(*listener)
    names(sqlite_desk, job_id, flagged=True)
    with sqlite_desk.ledger.read() as session:
        jobs.newest(session, now=sqlite_desk.now, limit=9, flagged=True)
        assert with_flags.by_task(session) == {}
    event.remove(*listener)
    asked = [each for each in asked if "flag_count > 0" in each[0].partition("WHERE")[2] or "flagged > 0" in each[0]]
    assert len(asked) == 4
    with sqlite_desk.ledger.read() as session:
        for statement, values in asked:
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            words = " ".join(row[3] for row in plan)
            if "flag_count > 0" in statement:
                assert "ix_work_items_flagged" in words
            assert "SCAN standings\n" not in words + "\n"


def test_flagged_documents_are_counted_by_task(desk):
    desk.submit("one", "two")
    complete(desk, take(desk), one=[FLAG], two=[FLAG, FLAG])
    desk.submit("three", task="sentiment")
    complete(desk, take(desk), three=[FLAG])
    with desk.ledger.read() as session:
        assert with_flags.by_task(session) == {"translation": 2, "sentiment": 1}
