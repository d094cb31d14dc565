"""Forms work without scripts, are refused to other sites, and come back as they were."""

import io
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from ledger.base import utc_now
from ledger.work.jobs import views as jobs
from ledger.work.jobs.views import Status
from ledger.work.tables import Job
from tests.web_ledger import Sample

POSTED = {"Sec-Fetch-Site": "same-origin"}


def job_of(client: FlaskClient, answer_location: str) -> str:
    assert client.get(answer_location).status_code == 200
    return answer_location.rsplit("/", 1)[1]


@pytest.fixture
def status(sample: Sample) -> Callable[[str], Status]:
    def read(job_id: str) -> Status:
        with sample.ledger.read() as session:
            return jobs.view(session, job_id, now=utc_now()).status

    return read


def test_cancel_and_retry_are_plain_forms(
    client: FlaskClient, sample: Sample, status: Callable[[str], Status], notified: list[str]
) -> None:
    running = sample.jobs["running"]
    assert client.post(f"/jobs/{running}/cancel", headers=POSTED).location == f"/jobs/{running}"
    assert status(running) is Status.CANCELLED
    answer = client.post(f"/jobs/{running}/retry", headers=POSTED)
    fresh = job_of(client, answer.location)
    assert fresh != running
    assert status(fresh) is Status.QUEUED
    assert len(notified) == 1
    nothing_failed = client.post(f"/jobs/{sample.jobs['judged']}/retry", headers=POSTED)
    assert (nothing_failed.status_code, nothing_failed.mimetype) == (409, "text/html")


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://elsewhere.example"}])
def test_forms_of_other_sites_are_refused(
    headers: dict[str, str], client: FlaskClient, sample: Sample, status: Callable[[str], Status]
) -> None:
    running = sample.jobs["running"]
    for path in (f"/jobs/{running}/cancel", f"/jobs/{running}/retry", "/jobs/new", "/theme"):
        assert client.post(path, headers=headers).status_code == 403
    assert status(running) is Status.RUNNING


def test_schedules_run_pause_and_resume_by_plain_forms(client: FlaskClient, sample: Sample) -> None:
    nightly, hourly = sample.schedules["nightly"], sample.schedules["hourly"]
    ran = client.post(f"/schedules/{nightly}/run", headers=POSTED)
    with sample.ledger.read() as session:
        job = session.get_one(Job, job_of(client, ran.location))
        assert (job.schedule_id, job.item_count) == (nightly, 1)
    nothing_new = client.post(f"/schedules/{nightly}/run", headers=POSTED)
    assert nothing_new.location == "/corpora"
    client.post(f"/schedules/{nightly}/pause", headers=POSTED)
    client.post(f"/schedules/{hourly}/resume", headers=POSTED)
    page = client.get("/corpora").text
    assert f"/schedules/{nightly}/resume" in page
    assert f"/schedules/{hourly}/pause" in page


def test_the_form_makes_a_job_without_scripts(client: FlaskClient, sample: Sample, notified: list[str]) -> None:
    data = {
        "task": "summarization", "sentences": "2", "purpose": "internal", "model": "", "name": "By hand",
        "text": "Pasted.", "files": [(io.BytesIO(b"One."), "one.txt"), (io.BytesIO(b""), "")],
    }  # fmt: skip
    answer = client.post("/jobs/new", data=data, headers=POSTED)
    assert answer.status_code == 303
    with sample.ledger.read() as session:
        job = session.get_one(Job, job_of(client, answer.location))
        assert (job.name, job.parameters, job.purpose, job.item_count) == ("By hand", {"sentences": 2}, "internal", 2)
    assert len(notified) == 1


def test_the_form_asks_what_becomes_of_a_part_that_fails(client: FlaskClient, sample: Sample) -> None:
    data = {"task": "translation", "from": "en", "to": "pt", "on_fault": "fail", "purpose": "evaluation", "text": "x"}
    answer = client.post("/jobs/new", data=data, headers=POSTED)
    with sample.ledger.read() as session:
        job = session.get_one(Job, job_of(client, answer.location))
        assert job.parameters == {"from": "en", "to": "pt", "on_fault": "fail"}
    refused = client.post("/jobs/new", data=data | {"text": ""}, headers=POSTED)
    assert '<option value="fail" selected>' in refused.text


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({}, 422, "no document"),
        ({"files": [(io.BytesIO(b"x"), "a.exe")]}, 422, "a.exe: Files of this type are not read"),
        ({"text": "x", "from": "pt", "to": "de"}, 422, "No admitted model translates pt→de"),
        ({"text": "x", "from": "en", "to": "en"}, 422, "must differ"),
        ({"text": "x", "purpose": "theft"}, 422, "evaluation"),
        ({"text": "x", "task": "summarization", "sentences": "many"}, 422, "1 to 50 sentences"),
        ({"text": "x", "from": "en", "to": "de", "purpose": "commercial"}, 409, "permits no commercial use"),
    ],
)
def test_a_refused_form_comes_back_as_it_was(
    changes: dict[str, object], code: int, words: str, client: FlaskClient, sample: Sample
) -> None:
    before = len(sample.jobs)
    data = {"task": "translation", "from": "en", "to": "pt", "purpose": "evaluation", "name": "Kept name"} | changes
    answer = client.post("/jobs/new", data=data, headers=POSTED)
    assert answer.status_code == code
    assert words in answer.text
    assert 'value="Kept name"' in answer.text
    with sample.ledger.read() as session:
        assert len(session.scalars(select(Job.id)).all()) == before


def test_the_theme_is_a_cookie_and_goes_back_on_this_site_only(client: FlaskClient) -> None:
    here = client.post(
        "/theme", data={"theme": "dark"}, headers=POSTED | {"Referer": "http://localhost/jobs?task=sentiment"}
    )
    assert here.location == "/jobs?task=sentiment"
    assert 'data-theme="dark"' in client.get("/").text
    for referrer in (
        "http://elsewhere.example/x",
        "http://localhost//elsewhere.example",
        "http://localhost/\\elsewhere",
    ):
        away = client.post("/theme", data={"theme": "light"}, headers=POSTED | {"Referer": referrer})
        assert re.match(r"/(?![/\\])", away.location)
    client.post("/theme", data={"theme": '"><script>'}, headers=POSTED)
    assert 'data-theme="light"' in client.get("/").text
