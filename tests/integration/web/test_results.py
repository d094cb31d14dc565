"""Results over HTTP: in input order, while a job runs, in each format."""

import csv
import io
import json
import zipfile

from ledger.work.history.prune import prune
from tests.jobs import body, work


def test_results_come_in_input_order_with_model_and_licence(client, sqlite_desk):
    job_id = client.post("/api/v1/jobs", json=body("one", "bad", "three")).json["id"]
    work(sqlite_desk, fail="bad")
    lines = [json.loads(line) for line in client.get(f"/api/v1/jobs/{job_id}/results").text.splitlines()]
    assert [line["custom_id"] for line in lines] == ["d0", "d1", "d2"]
    assert [line["status"] for line in lines] == ["completed", "discarded", "completed"]
    assert lines[0]["output"] == {"text": "<one>"}
    assert lines[0]["model"] == {"name": "marian-en-pt", "revision": "a" * 40, "license": "MIT"}
    assert lines[1]["output"] is None
    assert lines[1]["error"] == {"code": "empty_document", "message": "No text."}
    errors = client.get(f"/api/v1/jobs/{job_id}/errors").text.splitlines()
    assert [json.loads(line)["custom_id"] for line in errors] == ["d1"]
    assert client.get(f"/api/v1/jobs/{job_id}").json["status"] == "completed_with_errors"


def test_results_are_there_while_the_job_runs(client, sqlite_desk):
    job_id = client.post("/api/v1/jobs", json=body("one")).json["id"]
    assert client.get(f"/api/v1/jobs/{job_id}/results").text == ""
    work(sqlite_desk)
    assert len(client.get(f"/api/v1/jobs/{job_id}/results").text.splitlines()) == 1


def test_csv_cells_never_start_a_formula(client, sqlite_desk):
    job_id = client.post("/api/v1/jobs", json=body("x", documents=[{"custom_id": "=HYPERLINK(1)", "text": "a"}])).json[
        "id"
    ]
    work(sqlite_desk)
    table = list(csv.reader(io.StringIO(client.get(f"/api/v1/jobs/{job_id}/results?format=csv").text)))
    assert table[0][:4] == ["custom_id", "document", "status", "text"]
    assert table[1][0] == "'=HYPERLINK(1)"


def test_results_go_on_behind_the_line_that_is_there(client, sqlite_desk):
    job_id = client.post("/api/v1/jobs", json=body("one", "two", "three")).json["id"]
    work(sqlite_desk)
    whole = client.get(f"/api/v1/jobs/{job_id}/results").text.splitlines()
    positions = [json.loads(line)["position"] for line in whole]
    assert positions == [0, 1, 2]
    for position in positions:
        rest = client.get(f"/api/v1/jobs/{job_id}/results?after={position}").text.splitlines()
        assert rest == whole[position + 1 :]
    refused = client.get(f"/api/v1/jobs/{job_id}/results?after=x")
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/after")


def test_a_zip_of_results_has_safe_names(client, sqlite_desk):
    documents = [
        {"custom_id": "a", "name": "../../etc/passwd", "text": "a"},
        {"custom_id": "b", "name": "b.md", "text": "b"},
    ]
    job_id = client.post("/api/v1/jobs", json=body(documents=documents)).json["id"]
    work(sqlite_desk)
    packed = zipfile.ZipFile(io.BytesIO(client.get(f"/api/v1/jobs/{job_id}/results?format=zip").data))
    names = packed.namelist()
    assert "results.jsonl" in names
    assert all(".." not in name.split("/") and not name.startswith("/") for name in names)
    assert packed.read(next(n for n in names if n.endswith("b.md"))) == b"<b>"


def test_a_document_shows_text_result_receipt_and_history(client, sqlite_desk):
    job_id = client.post("/api/v1/jobs", json=body("one")).json["id"]
    work(sqlite_desk)
    shown = client.get(f"/api/v1/jobs/{job_id}/documents/0").json
    assert shown["text"] == "one"
    assert shown["result"]["output"] == {"text": "<one>"}
    assert [event["event"] for event in shown["events"]] == ["submit", "lease", "complete"]
    page = client.get(f"/jobs/{job_id}/documents/0").text
    assert ("no longer kept" in page, "complete</td>" in page) == (False, True)


def test_a_document_whose_history_was_pruned_says_so(client, sqlite_desk):
    job_id = client.post("/api/v1/jobs", json=body("one")).json["id"]
    work(sqlite_desk)
    assert prune(sqlite_desk.ledger, sqlite_desk.later(1)).events == 3
    shown = client.get(f"/api/v1/jobs/{job_id}/documents/0").json
    assert (shown["events"], shown["result"]["output"]) == ([], {"text": "<one>"})
    page = client.get(f"/jobs/{job_id}/documents/0").text
    assert ("no longer kept" in page, "complete</td>" in page) == (True, False)
    assert "&lt;one&gt;" in page
