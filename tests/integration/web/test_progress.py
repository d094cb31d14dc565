"""Progress inside documents over HTTP and on the pages."""

import pytest

from ledger.base import utc_now
from ledger.work.jobs.progress import Portion, Told
from ledger.work.leases import lease
from ledger.work.leases.finish import Completion, Provenance, finish
from ledger.work.states import State
from webui.pages.parts.figures import bar

SEGMENTS = "1,240 of 9,310 segments"


class Worker:
    """Holds the one lease of a job and tells of its documents."""

    def __init__(self, client, desk, texts) -> None:
        documents = [{"custom_id": f"d{i}", "text": text} for i, text in enumerate(texts)]
        asked = {"task": "translation", "parameters": {"from": "en", "to": "pt"}, "documents": documents}
        self.desk = desk
        self.job = client.post("/api/v1/jobs", json=asked).json["id"]
        with desk.ledger.write() as session:
            self.lease = lease.take(
                session,
                worker_id="w",
                queue=desk.queue,
                now=utc_now(),
                lease_seconds=600,
                max_items=9,
                max_bytes=9**9,
            )

    def tell(self, *portions: Portion) -> None:
        """Of the first documents."""
        told = Told(10, dict(zip((item.id for item in self.lease.items), portions, strict=False)))
        with self.desk.ledger.write() as session:
            lease.extend(session, [self.lease.id], now=utc_now(), lease_seconds=600, told={self.lease.id: told})

    def complete(self) -> None:
        body = {"model": {"name": "m", "revision": "a", "weights_sha256": "c"}, "license": {"concluded": "MIT"}}
        receipt = Provenance(self.desk.model.id, body)
        done = [Completion(item.id, {"text": "done"}, receipt, 0.1, 0.2) for item in self.lease.items]
        with self.desk.ledger.write() as session:
            finish(session, self.lease.id, done, [], now=utc_now())


@pytest.fixture
def worker(client, sqlite_desk) -> Worker:
    """At work on a long document and a short one."""
    return Worker(client, sqlite_desk, ["A long document.", "Short."])


def test_a_job_says_how_far_it_is_inside_its_documents(client, worker):
    def shown():
        job = client.get(f"/api/v1/jobs/{worker.job}").json
        return job["progress"], job["eta_seconds"]

    assert shown() == ({"documents_done": 0, "segments_done": 0, "segments_total": 0}, None)
    worker.tell(Portion(1240, 9310, 0.2))
    progress, eta_seconds = shown()
    assert progress == {"documents_done": 0, "segments_done": 1240, "segments_total": 9310}
    assert eta_seconds == pytest.approx(10 / 0.2 * 22 / 16 - 10, abs=0.1)
    worker.complete()
    assert shown() == ({"documents_done": 2, "segments_done": 0, "segments_total": 0}, None)


def test_the_list_of_jobs_and_the_documents_show_it_too(client, worker):
    worker.tell(Portion(1240, 9310, 0.2))
    listed = client.get("/api/v1/jobs").json["jobs"]
    assert [job["progress"]["segments_done"] for job in listed] == [1240]
    documents = client.get(f"/api/v1/jobs/{worker.job}/documents").json["documents"]
    own = {"segments_done": 1240, "segments_total": 9310}
    assert [document["progress"] for document in documents] == [own, None]
    assert client.get(f"/api/v1/jobs/{worker.job}/documents/0").json["progress"] == own
    assert client.get(f"/api/v1/jobs/{worker.job}/documents/1").json["progress"] is None
    worker.complete()
    assert client.get(f"/api/v1/jobs/{worker.job}/documents/0").json["progress"] is None


def test_the_description_names_the_progress(client):
    described = client.get("/api/v1/openapi.json").json
    for path, part in (
        ("/api/v1/jobs/{job_id}", "Progress"),
        ("/api/v1/jobs/{job_id}/documents/{position}", "DocumentProgress"),
    ):
        answer = described["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert answer["properties"]["progress"] == {"$ref": f"#/components/schemas/{part}"}
    assert set(described["components"]["schemas"]["Progress"]["properties"]) == {
        "documents_done",
        "segments_done",
        "segments_total",
    }


def test_the_pages_say_it_in_words_and_follow_it(client, worker):
    worker.tell(Portion(1240, 9310, 0.2))
    job, document = f"/jobs/{worker.job}", f"/jobs/{worker.job}/documents/0"
    assert f"<strong>{SEGMENTS}</strong> in the long document that runs" in client.get(job).text
    assert f"<strong>{SEGMENTS}</strong> done" in client.get(document).text
    for path in ("/", "/jobs", job):
        assert f", {SEGMENTS}" in client.get(path).text
    assert "6 % – " in client.get(job).text  # half of 13 %
    for path in (job, document):
        first = client.get(path)
        assert 'id="live" data-live' in first.text
        worker.tell(Portion(1300, 9310, 0.21))
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 200
        assert "1,300 of 9,310 segments" in again.text
        worker.tell(Portion(1240, 9310, 0.2))


def test_the_page_of_a_document_is_asked_for_no_more_when_it_has_ended(client, worker):
    path = f"/jobs/{worker.job}/documents/0"
    worker.complete()
    page = client.get(path)
    assert "data-live" not in page.text
    assert "segments" not in page.text
    assert client.get(path, headers={"If-None-Match": page.headers["ETag"]}).status_code == 304


def test_nothing_is_said_of_documents_that_are_not_long(client, worker):
    for path in ("/", "/jobs", f"/jobs/{worker.job}", f"/jobs/{worker.job}/documents/0"):
        assert "segments" not in client.get(path).text


def test_several_long_documents_are_summed_up(client, worker):
    worker.tell(Portion(40, 100, 0.4), Portion(10, 100, 0.1))
    page = client.get(f"/jobs/{worker.job}").text
    assert "<strong>50 of 200 segments</strong> in the 2 long documents that run" in page
    assert "25 % – " in page


def test_of_what_runs_the_bar_shows_the_share_that_is_done():
    counts = dict.fromkeys(State, 0) | {State.COMPLETED: 1, State.RUNNING: 2, State.AVAILABLE: 1}
    assert [(part.state, part.start, part.width) for part in bar(counts, 0.5)] == [
        ("completed", 0, 25),
        ("inside", 25, 12.5),
        ("running", 37.5, 37.5),
    ]
