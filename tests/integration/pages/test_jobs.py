"""Jobs on pages: counts and filters lead to what they count, and what keeps a job from going on is told."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from ledger.base import utc_now
from ledger.work.jobs import views as jobs
from ledger.work.standings import queue_of
from ledger.work.tables import Worker
from tests.web_ledger import Sample


def test_a_job_page_polls_until_the_job_has_ended(client: FlaskClient, sample: Sample) -> None:
    assert "data-live" in client.get(f"/jobs/{sample.jobs['running']}").text
    assert "data-live" not in client.get(f"/jobs/{sample.jobs['broken']}").text


def rows(page: str) -> int:
    return page.count('<tr id="document-')


def test_every_count_leads_to_exactly_the_documents_that_it_counts(client: FlaskClient, sample: Sample) -> None:
    for job in sample.jobs.values():
        with sample.ledger.read() as session:
            counts = jobs.view(session, job, now=utc_now()).counts
        for state, count in counts.items():
            seen, after = 0, ""
            while True:
                page = client.get(f"/jobs/{job}?status={state}&after={after}").text
                seen += rows(page)
                more = re.search(r'after=(\d+)">Next', page)
                if more is None:
                    break
                after = more.group(1)
            assert seen == count


def test_errors_stand_in_the_row_of_their_document(client: FlaskClient, sample: Sample) -> None:
    page = client.get(f"/jobs/{sample.jobs['broken']}?status=discarded").text
    assert page.count("The document holds no letter and no digit.") == 2
    assert page.count("Memory ran out, also for this document alone.") == 1


def test_the_overview_groups_failures_by_cause(client: FlaskClient, sample: Sample) -> None:
    page = client.get("/").text
    assert re.search(r'empty document</span>\s*<a href="/jobs/[^"]+\?status=discarded">3 documents</a>', page)
    assert "nightly" in page
    assert "The archive, first part" in page


def test_jobs_are_filtered_by_status_and_task(client: FlaskClient, sample: Sample) -> None:
    def listed(query: str) -> set[str]:
        return set(re.findall(r'<tr id="row-([^"]+)"', client.get(f"/jobs?{query}").text))

    assert listed("") == set(sample.jobs.values())
    assert listed("status=running") == {sample.jobs["running"]}
    assert listed("status=completed&task=sentiment") == {sample.jobs["judged"]}
    assert listed("status=nonsense") == set(sample.jobs.values())


def test_jobs_beyond_a_page_are_reached_by_the_older_link(
    client: FlaskClient, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webui.pages.job_list.PAGE_JOBS", 3)
    seen: list[str] = []
    path = "/jobs"
    while True:
        page = client.get(path).text
        seen += re.findall(r'<tr id="row-([^"]+)"', page)
        older = re.search(r'<a href="([^"]+)">Older', page)
        if older is None:
            break
        path = older.group(1).replace("&amp;", "&")
    assert sorted(seen) == sorted(sample.jobs.values())


def test_flagged_documents_are_counted_and_shown_by_themselves(client: FlaskClient, sample: Sample) -> None:
    translated, broken = sample.jobs["translated"], sample.jobs["broken"]
    page = client.get(f"/jobs/{translated}").text
    assert re.search(rf'href="/jobs/{translated}\?flagged=true">.*<strong>2</strong> flagged', page)
    assert "5 flags</a>" in page
    assert rows(client.get(f"/jobs/{translated}?flagged=true").text) == 2
    assert "flagged" not in client.get(f"/jobs/{broken}").text
    assert "No document has flags here" in client.get(f"/jobs/{broken}?flagged=true").text


def test_jobs_with_flags_are_listed_by_themselves(client: FlaskClient, sample: Sample) -> None:
    page = client.get("/jobs?flagged=true").text
    assert set(re.findall(r'<tr id="row-([^"]+)"', page)) == {sample.jobs["translated"], sample.jobs["judged"]}
    assert f'/jobs/{sample.jobs["translated"]}?flagged=true">2 flagged' in page


def test_sentiment_is_shown_as_numbers_and_bars(client: FlaskClient, sample: Sample) -> None:
    page = client.get(f"/jobs/{sample.jobs['judged']}/documents/0").text
    assert '<rect class="positive" width="92.0"' in page
    assert "92.0 %" in page


def test_a_waiting_job_says_which_worker_to_start(client: FlaskClient, sample: Sample) -> None:
    path = f"/jobs/{sample.jobs['queued']}"
    assert "corpusmill worker" not in client.get(path).text
    with sample.ledger.write() as session:
        session.execute(update(Worker).values(queues=["translation.*"]))
    assert "No worker serves the queue sentiment.someone/unknown" in client.get(path).text
    with sample.ledger.write() as session:
        session.execute(update(Worker).values(stopped_at=utc_now()))
    page = client.get(path).text
    assert "No worker is running" in page
    assert f"corpusmill worker --data-dir {sample.settings.data_dir}" in page


def test_a_workers_trouble_with_a_queue_is_told(client: FlaskClient, sample: Sample) -> None:
    with sample.ledger.write() as session:
        queue = queue_of(session, sample.jobs["queued"])
        session.execute(update(Worker).values(trouble={queue: "The weights changed since admission."}))
    for path in ("/", f"/jobs/{sample.jobs['queued']}"):
        assert "The weights changed since admission." in client.get(path).text
