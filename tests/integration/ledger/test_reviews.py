"""Reviews on both databases: kept once there is something to check, and as they are."""

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from ledger.errors import ConflictError, InvalidRequestError, NotFoundError
from ledger.work.jobs import reviews
from ledger.work.jobs.reviews import Checked
from ledger.work.tables import Review
from tests.jobs import work


def add(desk, job_id: str, **said: object) -> None:
    with desk.ledger.write() as session:
        reviews.add(session, job_id, Checked(**{"by": "Ada", "approved": True} | said), now=desk.now)


def kept(desk, job_id: str, **asked: int) -> list[tuple]:
    with desk.ledger.read() as session:
        return [(row.by, row.approved, row.position, row.note) for row in reviews.of_job(session, job_id, **asked)]


def test_reviews_of_a_job_and_of_its_documents_are_kept_in_order(desk):
    job_id, other = desk.submit("one", "two"), desk.submit("three")
    work(desk)
    add(desk, job_id, note="Read them all.")
    add(desk, job_id, by="Bo", approved=False, position=1)
    add(desk, other)
    assert kept(desk, job_id) == [("Ada", True, None, "Read them all."), ("Bo", False, 1, "")]
    assert kept(desk, job_id, newest=1) == [("Bo", False, 1, "")]


def test_there_is_nothing_to_review_before_there_is_a_result(desk):
    job_id = desk.submit("one")
    for position in (None, 0):
        with pytest.raises(ConflictError):
            add(desk, job_id, position=position)
    work(desk, fail="one")
    for position in (None, 0):
        with pytest.raises(ConflictError):
            add(desk, job_id, position=position)
    assert kept(desk, job_id) == []


@pytest.mark.parametrize("wrong", [{"by": " "}, {"by": "A\nda"}, {"note": "x" * 2001}, {"by": "\u202eadA"}])
def test_a_name_or_a_note_that_cannot_be_kept_is_refused(desk, wrong):
    job_id = desk.submit("one")
    work(desk)
    with pytest.raises(InvalidRequestError):
        add(desk, job_id, **wrong)


def test_what_is_not_there_cannot_be_reviewed(desk):
    job_id = desk.submit("one")
    work(desk)
    with pytest.raises(NotFoundError):
        add(desk, "job_nowhere")
    with pytest.raises(NotFoundError, match="position 1"):
        add(desk, job_id, position=1)


@pytest.mark.parametrize("change", [update(Review).values(approved=False), delete(Review)])
def test_the_database_changes_and_forgets_no_review(desk, change):
    job_id = desk.submit("one")
    work(desk)
    add(desk, job_id)
    with pytest.raises(DBAPIError, match="a review never changes"), desk.ledger.write() as session:
        session.execute(change)
    assert kept(desk, job_id) == [("Ada", True, None, "")]
