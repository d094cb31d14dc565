"""`corpusmill verify` looks at the flags of a job: their number, their codes and their places."""

import pytest

from corpusmill.checking.verification import Check, verify
from ledger.work.leases.finish import Completion, Provenance, finish
from ledger.work.leases.lease import take


@pytest.fixture
def flags_check(desk, tmp_path):
    def check(*flags: dict) -> Check:
        job_id = desk.submit("12 é😀")
        body = {"model": {"weights_sha256": desk.model.weights_sha256}}
        with desk.ledger.write() as session:
            held = take(
                session, worker_id="w", queue=desk.queue, now=desk.now, lease_seconds=60, max_items=9, max_bytes=9**9
            )
            done = Completion(held.items[0].id, {"text": "21"}, Provenance(desk.model.id, body), 0.1, 0.2, flags)
            finish(session, held.id, [done], [], now=desk.now)
        return next(found for found in verify(desk.ledger, tmp_path, job_id, sample=0) if found.name == "flags")

    return check


def flag(code="number_changed", start=0, end=5, **output) -> dict:
    return {"code": code, "start": start, "end": end, "detail": "12 became 21."} | output


def test_flags_within_their_texts_are_as_they_should_be(flags_check):
    found = flags_check(flag(output_start=0, output_end=2), flag(start=5, end=5))
    assert (found.checked, found.wrong) == (2, ())


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (flag(end=6), "flag 1 lies outside its text"),
        (flag(start=3, end=2), "flag 1 lies outside its text"),
        (flag(output_start=1, output_end=3), "flag 1 lies outside its text"),
        (flag(code="nonsense"), "flag 1 has an unknown code"),
    ],
)
def test_a_flag_that_cannot_be_is_told(flags_check, given, fault):
    assert flags_check(given).wrong == (f"doc-0: {fault}",)


def test_a_number_of_flags_other_than_the_counted_is_told(desk, flags_check, tmp_path):
    from sqlalchemy import select, update

    from ledger.work.tables import Job, Result

    flags_check(flag())
    with desk.ledger.write() as session:
        session.execute(update(Result).values(flags=[]))
        job_id = session.scalars(select(Job.id)).one()
    found = verify(desk.ledger, tmp_path, job_id, sample=0)[2]
    assert found.wrong == ("doc-0: not as many flags as were counted",)
