"""A job is there whole or not at all, however large it is, whoever dies, and others hardly wait for it."""

import threading
import time

import pytest
from sqlalchemy import func, select

from ledger.catalog import models
from ledger.engine import Ledger
from ledger.errors import ConflictError, GivenUpError, IdempotencyError, NotFoundError
from ledger.work.jobs import cancel, discard, submit, views, written
from ledger.work.jobs.submit import NewDocument, NewJob, Stage
from ledger.work.leases import lease, repair
from ledger.work.states import State
from ledger.work.tables import Document, EventRow, Job, TextRow, WorkItem


def asked(desk, **changes) -> NewJob:
    given = {
        "task": "translation",
        "model_id": desk.model.id,
        "queue": desk.queue,
        "parameters": {"from": "en", "to": "pt"},
        "purpose": "evaluation",
        "name": "a job",
    }
    return NewJob(**(given | changes))


def stage(desk, **changes) -> Stage:
    return Stage(desk.ledger, asked(desk, **changes), clock=lambda _: desk.now)


def fill(made: Stage, count: int) -> None:
    for i in range(made.count, made.count + count):
        made.add(NewDocument(f"d{i}", f"d{i}.txt", f"text {i}"))


def rows(desk, table) -> int:
    with desk.ledger.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def take(desk):
    with desk.ledger.write() as session:
        return lease.take(
            session, worker_id="w", queue=desk.queue, now=desk.now, lease_seconds=60, max_items=512, max_bytes=10**6
        )


def test_a_staged_job_is_neither_listed_nor_leased_until_it_is_sealed(desk):
    made = stage(desk)
    fill(made, submit.CHUNK_ITEMS + 1)
    assert rows(desk, WorkItem) == submit.CHUNK_ITEMS
    with desk.ledger.read() as session:
        assert views.newest(session, now=desk.now, limit=9) == []
        assert repair.waiting_queues(session, now=desk.now) == []
        with pytest.raises(NotFoundError):
            views.view(session, made.job_id, now=desk.now)
    assert take(desk) is None
    job_id = made.seal(name="whole")
    with desk.ledger.read() as session:
        view = views.view(session, job_id, now=desk.now)
        assert (view.job.name, view.job.item_count) == ("whole", submit.CHUNK_ITEMS + 1)
        positions = session.scalars(select(WorkItem.position).order_by(WorkItem.id)).all()
    assert positions == list(range(submit.CHUNK_ITEMS + 1))
    assert len(take(desk).items) == submit.CHUNK_ITEMS + 1


def test_a_small_job_is_one_transaction(desk, monkeypatch):
    names = []
    write = Ledger.write
    monkeypatch.setattr(Ledger, "write", lambda self, name="write": names.append(name) or write(self, name))
    desk.submit("one", "two")
    assert names == ["submit"]


def test_an_error_while_staging_leaves_nothing(desk):
    with pytest.raises(RuntimeError), stage(desk) as made:
        fill(made, 2 * submit.CHUNK_ITEMS)
        raise RuntimeError
    assert [rows(desk, table) for table in (Job, WorkItem, Document, EventRow, TextRow)] == [0, 0, 0, 0, 0]


def test_a_text_that_another_document_has_outlives_a_discarded_stage(desk):
    kept = desk.submit("text 0", "text 1")
    with pytest.raises(RuntimeError), stage(desk) as made:
        fill(made, submit.CHUNK_ITEMS)
        raise RuntimeError
    with desk.ledger.read() as session:
        assert sorted(row.body for row in session.scalars(select(TextRow))) == [b"text 0", b"text 1"]
        assert views.view(session, kept, now=desk.now).job.item_count == 2


def test_a_text_that_a_stage_takes_up_while_another_is_discarded_stays(desk):
    """On PostgreSQL both are at it at once; SQLite lets one write at a time."""
    going, coming = stage(desk), stage(desk)
    fill(going, submit.CHUNK_ITEMS)
    with desk.ledger.write() as session:
        coming._keep(session)
        written.write_documents(session, [("d", "d.txt", None, b"text 7")])
        if not desk.ledger.is_sqlite:
            discard.discard(desk.ledger, going.job_id)
    discard.discard(desk.ledger, going.job_id)
    with desk.ledger.read() as session:
        assert [row.body for row in session.scalars(select(TextRow))] == [b"text 7"]


def silent(desk) -> list[discard.Silent]:
    with desk.ledger.read() as session:
        return discard.silent(session, now=desk.now)


def test_a_stage_that_was_given_up_is_discarded_and_can_never_be_sealed(desk):
    made = stage(desk)
    fill(made, submit.CHUNK_ITEMS + 3)
    assert silent(desk) == []
    desk.later(submit.STAGE_SECONDS + 1)
    [found] = silent(desk)
    assert (found.job_id, found.begun) == (made.job_id, False)
    discard.discard(desk.ledger, found.job_id, unless_since=found.staged_until)
    assert [rows(desk, table) for table in (Job, WorkItem, Document, EventRow)] == [0, 0, 0, 0]
    with pytest.raises(GivenUpError):
        made.seal()


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_jumps_takes_no_stage_away(desk, hours):
    made = stage(desk)
    fill(made, submit.CHUNK_ITEMS)
    desk.later(hours * 3600)
    before = silent(desk)
    fill(made, submit.CHUNK_ITEMS)
    for found in before:
        discard.discard(desk.ledger, found.job_id, unless_since=found.staged_until)
    assert silent(desk) == []
    assert made.seal() == made.job_id
    with desk.ledger.read() as session:
        assert views.view(session, made.job_id, now=desk.now).job.item_count == 2 * submit.CHUNK_ITEMS


def test_one_that_is_half_deleted_says_so_until_it_is_gone(desk, monkeypatch):
    monkeypatch.setattr(discard, "STEP_ITEMS", 10)
    made = stage(desk)
    fill(made, submit.CHUNK_ITEMS)
    desk.later(submit.STAGE_SECONDS + 1)
    [found] = silent(desk)
    discard.discard(desk.ledger, found.job_id, unless_since=found.staged_until, limit_seconds=0)
    [half] = silent(desk)
    assert half.begun
    discard.discard(desk.ledger, half.job_id, unless_since=half.staged_until)
    assert silent(desk) == []


def test_one_that_begins_to_be_discarded_cannot_be_sealed_by_who_comes_back(desk, monkeypatch):
    monkeypatch.setattr(discard, "STEP_ITEMS", 10)
    made = stage(desk)
    fill(made, submit.CHUNK_ITEMS)
    with desk.ledger.write() as session:
        assert discard._step(session, made.job_id, None)
    with pytest.raises(GivenUpError):
        made.seal()


def test_an_accepted_job_is_never_discarded(desk):
    job_id = desk.submit("one")
    discard.discard(desk.ledger, job_id)
    assert rows(desk, WorkItem) == 1


def test_of_two_that_write_the_same_request_at_once_one_is_kept(desk):
    first, second = (stage(desk, idempotency_key="k", request_sha256="a") for _ in range(2))
    for made in (first, second):
        fill(made, submit.CHUNK_ITEMS + 1)
    assert second.seal() == second.job_id
    assert first.seal() == second.job_id
    other = stage(desk, idempotency_key="k", request_sha256="b")
    with pytest.raises(IdempotencyError), other:
        fill(other, 1)
        other.seal()
    assert (rows(desk, Job), rows(desk, WorkItem)) == (1, submit.CHUNK_ITEMS + 1)


def test_a_job_whose_model_was_retired_while_it_was_written_is_refused(desk):
    with pytest.raises(ConflictError, match="retired"), stage(desk) as made:
        fill(made, submit.CHUNK_ITEMS + 1)
        with desk.ledger.write() as session:
            models.retire(session, "marian-en-pt", now=desk.now)
        made.seal()
    assert rows(desk, WorkItem) == 0


def test_a_cancelled_job_is_halted_at_once_and_the_sweep_goes_on_where_the_request_stopped(desk, monkeypatch):
    monkeypatch.setattr(cancel, "STEP_ITEMS", 2)
    job_id = desk.submit(*[f"text {i}" for i in range(7)])
    held = take(desk)
    assert held is not None
    other = desk.submit("other")
    cancel.cancel(desk.ledger, job_id, clock=lambda _: desk.now, limit_seconds=0)
    with desk.ledger.read() as session:
        half = views.view(session, job_id, now=desk.now)
        assert half.status is views.Status.CANCELLING
        assert half.counts[State.CANCELLED] == 2
        assert cancel.unfinished(session) == [job_id]
    assert {item.job_id for item in take(desk).items} == {other}
    assert cancel.go_on(desk.ledger, job_id, clock=lambda _: desk.now)
    with desk.ledger.read() as session:
        assert views.view(session, job_id, now=desk.now).status is views.Status.CANCELLED
        assert cancel.unfinished(session) == []


def test_cancelling_a_job_that_ended_leaves_it_as_it_is(desk):
    job_id = desk.submit("one")
    cancel.cancel(desk.ledger, job_id, clock=lambda _: desk.now)
    before = desk.now
    desk.later(60)
    cancel.cancel(desk.ledger, job_id, clock=lambda _: desk.now)
    with desk.ledger.read() as session:
        assert session.get_one(Job, job_id).cancelled_at == before


def test_others_write_while_a_large_job_is_staged(desk):
    """Not how long they wait, which the bench measures: that they wait for a step and never for the whole."""
    large = threading.Thread(target=lambda: desk.submit(*[f"text {i}" for i in range(20_000)]))
    large.start()
    written = 0
    while large.is_alive():
        desk.submit("small")
        written += 1
        time.sleep(0)
    large.join()
    assert written >= 5
