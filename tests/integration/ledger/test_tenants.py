"""Keys and names are unique inside a tenant, and what is made of a tenant's things is the tenant's."""

import pytest
from sqlalchemy.exc import IntegrityError

from ledger.access.tables import DEFAULT_TENANT, Tenant
from ledger.catalog.gate import policy
from ledger.catalog.gate.policy import Purpose
from ledger.corpora.corpus import add_corpus, corpus_named
from ledger.corpora.firing import run
from ledger.corpora.schedule import add_schedule, schedule_named
from ledger.errors import ConflictError, IdempotencyError, NotFoundError
from ledger.work.jobs import views
from ledger.work.tables import Job
from tests.work import fail, retry, take

OTHER = "other"


@pytest.fixture
def desk(desk):
    with desk.ledger.write() as session:
        session.add(Tenant(id=OTHER, name="Other", created_at=desk.now))
    return desk


def corpus(desk, directory, tenant_id=DEFAULT_TENANT):
    with desk.ledger.write() as session:
        return add_corpus(session, name="letters", directory=directory, tenant_id=tenant_id, now=desk.now)


def schedule(desk, of):
    with desk.ledger.write() as session:
        return add_schedule(
            session,
            name="nightly",
            corpus=of,
            cron="0 3 * * *",
            time_zone="UTC",
            task="translation",
            parameters={"from": "en", "to": "pt"},
            purpose=Purpose.EVALUATION,
            policy=policy.read(),
            now=desk.now,
        )


def tenant_of(desk, job_id):
    with desk.ledger.read() as session:
        return session.get_one(Job, job_id).tenant_id


def test_a_key_means_a_request_of_one_tenant(desk):
    key = {"idempotency_key": "k", "request_sha256": "a"}
    mine, theirs = desk.submit("one", **key), desk.submit("one", **key, tenant_id=OTHER)
    assert mine != theirs
    assert desk.submit("one", **key) == mine
    assert desk.submit("one", **key, tenant_id=OTHER) == theirs
    with pytest.raises(IdempotencyError):
        desk.submit("two", idempotency_key="k", request_sha256="b", tenant_id=OTHER)


def test_names_are_unique_inside_a_tenant_and_found_there_alone(desk, tmp_path):
    mine, theirs = corpus(desk, tmp_path), corpus(desk, tmp_path, OTHER)
    scheduled = [schedule(desk, each) for each in (mine, theirs)]
    for tenant_id in (DEFAULT_TENANT, OTHER):
        with pytest.raises(ConflictError, match="letters"):
            corpus(desk, tmp_path, tenant_id)
    with pytest.raises(ConflictError, match="nightly"):
        schedule(desk, theirs)
    with desk.ledger.read() as session:
        assert corpus_named(session, "letters", tenant_id=OTHER).id == theirs.id
        assert schedule_named(session, "nightly", tenant_id=OTHER).id == scheduled[1].id
        assert schedule_named(session, "nightly").id == scheduled[0].id
        for find, strange in ((corpus_named, theirs.id), (schedule_named, scheduled[1].id)):
            with pytest.raises(NotFoundError):
                find(session, strange)


def test_a_schedule_s_job_and_a_retry_stay_with_their_tenant(desk, tmp_path):
    (tmp_path / "a.txt").write_text("Good morning.")
    theirs = schedule(desk, corpus(desk, tmp_path, OTHER))
    tick = run(desk.ledger, theirs.id, policy=policy.read(), clock=lambda _: desk.now)
    assert tenant_of(desk, tick.job_id) == OTHER
    fail(desk, take(desk), reason="input")
    assert tenant_of(desk, retry(desk, tick.job_id)) == OTHER


def test_nothing_belongs_to_a_tenant_that_is_not_there(desk):
    with pytest.raises(IntegrityError):
        desk.submit("one", tenant_id="nobody")


def test_a_part_of_a_job_has_its_place_once_and_is_listed_nowhere(desk):
    whole, part, twin = desk.submit("one"), desk.submit("two"), desk.submit("three")

    def put(job_id: str, place: int | None) -> None:
        with desk.ledger.write() as session:
            job = session.get_one(Job, job_id)
            job.part_of, job.part = whole, place

    put(part, 0)
    for place in (0, None):
        with pytest.raises(IntegrityError):
            put(twin, place)
    with desk.ledger.read() as session:
        listed = [each.job.id for each in views.newest(session, now=desk.now, limit=9)]
    assert sorted(listed) == sorted([whole, twin])
