"""Jobs over HTTP on a real ledger: accepted and announced, listed, cancelled, retried, made once for one key."""

import io
import zipfile

from tests.jobs import body, form


def test_a_json_job_is_accepted_committed_and_announced(client, notified, sqlite_desk, rows):
    answer = client.post("/api/v1/jobs", json=body("one", "two", name="Two texts"))
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/v1/jobs/{answer.json['id']}"
    assert answer.json["status"] == "queued"
    assert answer.json["counts"]["total"] == 2
    assert answer.json["model"] == {"name": "marian-en-pt", "revision": "a" * 40, "license": "MIT"}
    assert notified == [sqlite_desk.queue]
    assert rows() == {"jobs": 1, "work_items": 2, "documents": 2, "texts": 2}


def test_a_bulk_upload_takes_every_format_at_once(client):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("inner/a.md", "# Title\n\nA text.")
    files = [
        ("a.txt", b"A text."),
        ("lines.jsonl", b'{"custom_id": "l1", "text": "One."}\n{"custom_id": "l2", "text": "Two."}\n'),
        ("rows.csv", b"custom_id,text\nr1,Three.\n"),
        ("more.zip", archive.getvalue()),
    ]
    answer = client.post("/api/v1/jobs", data=form(files))
    assert answer.status_code == 202, answer.json
    listed = client.get(f"/api/v1/jobs/{answer.json['id']}/documents").json["documents"]
    assert len(listed) == 5
    assert [d["custom_id"] for d in listed][1:4] == ["l1", "l2", "r1"]


def test_cancel_and_retry(client, notified):
    job_id = client.post("/api/v1/jobs", json=body("one", "two")).json["id"]
    cancelled = client.post(f"/api/v1/jobs/{job_id}/cancel").json
    assert (cancelled["status"], cancelled["cancelled_documents"]) == ("cancelled", 2)
    again = client.post(f"/api/v1/jobs/{job_id}/retry")
    assert again.status_code == 202
    assert again.json["retry_of"] == job_id
    assert len(notified) == 2


def test_jobs_are_listed_newest_first_in_pages(client):
    made = [client.post("/api/v1/jobs", json=body("x", name=f"n{i}")).json["id"] for i in range(5)]
    first = client.get("/api/v1/jobs?limit=3").json
    second = client.get(f"/api/v1/jobs?limit=3&cursor={first['next_cursor']}").json
    assert [job["id"] for job in first["jobs"] + second["jobs"]] == made[::-1]
    assert second["next_cursor"] is None


def test_an_unchanged_job_is_not_sent_again(client):
    job_id = client.post("/api/v1/jobs", json=body("one")).json["id"]
    tag = client.get(f"/api/v1/jobs/{job_id}").headers["ETag"]
    assert client.get(f"/api/v1/jobs/{job_id}", headers={"If-None-Match": tag}).status_code == 304


def test_the_same_idempotency_key_makes_one_job(client, rows):
    headers = {"Idempotency-Key": "abc"}
    first = client.post("/api/v1/jobs", json=body("one"), headers=headers)
    assert client.post("/api/v1/jobs", json=body("one"), headers=headers).json["id"] == first.json["id"]
    other = client.post("/api/v1/jobs", json=body("two"), headers=headers)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert rows()["jobs"] == 1


def test_the_same_files_under_one_key_make_one_job(client, rows):
    headers = {"Idempotency-Key": "abc"}
    first = client.post("/api/v1/jobs", data=form([("a.txt", b"A.")]), headers=headers)
    assert client.post("/api/v1/jobs", data=form([("a.txt", b"A.")]), headers=headers).json["id"] == first.json["id"]
    assert client.post("/api/v1/jobs", data=form([("a.txt", b"B.")]), headers=headers).status_code == 422
    assert rows()["jobs"] == 1
